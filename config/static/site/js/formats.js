/** Numbers, lists, places and lengths as the language of the page writes them; config/lib/formats.py does it on the server. */

import { fill, gettext, pgettext } from "./words.js";

const language = document.documentElement.lang;
const numbers = new Intl.NumberFormat(language);
const percents = new Intl.NumberFormat(language, { style: "percent" });
const lists = new Intl.ListFormat(language, { type: "conjunction" });
const ordinals = new Intl.PluralRules(language, { type: "ordinal" });

/** Our fonts lack the narrow space that French numbers have in Intl. @param {string} text */
const clean = (text) => text.replaceAll("\u202f", "\u00a0");

/** @param {number} count */
export const number = (count) => clean(numbers.format(count));

/** A share of one: 0.125 is 13%, in French 13 %. @param {number} share */
export const percent = (share) => clean(percents.format(share));

/** @param {string[]} items */
export const list = (items) => lists.format(items);

/**
 * A place in the queue, short: 3rd, 3e.
 *
 * @param {number} place
 */
export function ordinal(place) {
  /** @type {Record<string, string>} */
  const endings = {
    one: pgettext("ordinal such as 1st, 21st", "%(place)sst"),
    two: pgettext("ordinal such as 2nd, 22nd", "%(place)snd"),
    few: pgettext("ordinal such as 3rd, 23rd", "%(place)srd"),
    other: pgettext("ordinal such as 4th, 11th", "%(place)sth"),
  };
  return fill(endings[ordinals.select(place)] ?? endings.other, { place: number(place) });
}

/** @param {number} part */
const twoDigits = (part) => String(part).padStart(2, "0");

/**
 * A length as players write it: 4:05, 1:02:09.
 *
 * @param {number} seconds
 */
export function clockOf(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const rest = twoDigits(whole % 60);
  return hours ? `${hours}:${twoDigits(minutes)}:${rest}` : `${minutes}:${rest}`;
}

/**
 * A length that nobody counts in seconds: 12 min, 1 h 20.
 *
 * @param {number} minutes
 */
export function minutesLong(minutes) {
  if (minutes < 60) return fill(gettext("%(minutes)s min"), { minutes: number(minutes) });
  const hours = number(Math.floor(minutes / 60));
  return fill(gettext("%(hours)s h %(minutes)s"), { hours, minutes: twoDigits(minutes % 60) });
}
