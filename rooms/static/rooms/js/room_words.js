/** Words about rooms that several parts of the page say. */

import { minutesLong } from "../../site/js/formats.js";
import { fill, gettext } from "../../site/js/words.js";

/** @param {string} role */
export function roleWord(role) {
  if (role === "host") return gettext("host");
  if (role === "cohost") return gettext("co-host");
  return role === "speaker" ? gettext("speaker") : "";
}

/**
 * How long somebody has waited.
 *
 * @param {string} since
 */
export function waiting(since) {
  const minutes = Math.floor((Date.now() - Date.parse(since)) / 60_000);
  return minutes < 1 ? gettext("just now") : fill(gettext("waiting for %(time)s"), { time: minutesLong(minutes) });
}
