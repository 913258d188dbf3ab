/** Words of the interface, from Django's JavaScriptCatalog; English if the catalog did not load. */

/** @type {{gettext?: (text: string) => string, ngettext?: (one: string, many: string, count: number) => string,
 *   pgettext?: (context: string, text: string) => string}} */
const catalog = /** @type {any} */ (globalThis);

/** @param {string} text */
export const gettext = (text) => catalog.gettext?.(text) ?? text;

/**
 * @param {string} context
 * @param {string} text
 */
export const pgettext = (context, text) => catalog.pgettext?.(context, text) ?? text;

/**
 * @param {string} one
 * @param {string} many
 * @param {number} count
 */
export const ngettext = (one, many, count) => catalog.ngettext?.(one, many, count) ?? (count === 1 ? one : many);

/**
 * Put values in the places that `%(name)s` marks.
 *
 * @param {string} text
 * @param {Record<string, string | number>} values
 */
export const fill = (text, values) => text.replace(/%\((\w+)\)s/g, (_, name) => String(values[name]));

const language = document.documentElement.lang;
const numbers = new Intl.NumberFormat(language);
const lists = new Intl.ListFormat(language, { type: "conjunction" });
const ordinals = new Intl.PluralRules(language, { type: "ordinal" });

/**
 * Our fonts lack the narrow space that French numbers have in Intl.
 *
 * @param {number} count
 */
export const number = (count) => numbers.format(count).replaceAll("\u202f", "\u00a0");

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
  return fill(endings[ordinals.select(place)] ?? endings.other, { place });
}
