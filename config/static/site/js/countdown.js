/** The time that is left, ticking. It is spoken at few moments only: nobody wants to hear every second. */

import { every } from "./pages.js";
import { say, slot } from "./parts.js";
import { parts, passed } from "./time_left.js";
import { number } from "./formats.js";
import { fill, gettext, ngettext } from "./words.js";

/** @param {number} seconds */
function words(seconds) {
  if (seconds < 60) return fill(ngettext("%(count)s second left", "%(count)s seconds left", seconds), { count: number(seconds) });
  const minutes = Math.round(seconds / 60);
  return fill(ngettext("%(count)s minute left", "%(count)s minutes left", minutes), { count: number(minutes) });
}

/**
 * @param {HTMLElement} countdown
 * @param {AbortSignal} signal
 */
export function startCountdown(countdown, signal) {
  const until = Date.parse(countdown.querySelector("time")?.dateTime ?? "");
  // By the server's clock, where the page says what that shows: money hangs on it, and people's clocks go wrong.
  const { now } = countdown.dataset;
  const ahead = now ? Date.parse(now) - Date.now() : 0;
  let before = Infinity;
  const ended = new AbortController();
  const tick = () => {
    const left = (until - ahead - Date.now()) / 1000;
    const { hours, minutes, seconds } = parts(left);
    slot(countdown, "hours-place").hidden = !hours;
    say(slot(countdown, "hours"), number(hours));
    say(slot(countdown, "minutes"), number(minutes));
    say(slot(countdown, "seconds"), String(seconds).padStart(2, "0"));
    const moment = passed(before, left);
    if (moment && before !== Infinity) say(slot(countdown, "spoken"), words(moment));
    before = left;
    if (left <= 0) end(countdown, ended);
  };
  tick();
  if (!ended.signal.aborted) every(1000, tick, AbortSignal.any([signal, ended.signal]));
}

/**
 * @param {HTMLElement} countdown
 * @param {AbortController} ended
 */
function end(countdown, ended) {
  ended.abort();
  say(slot(countdown, "spoken"), gettext("The time is up."));
  slot(countdown, "over").hidden = false;
  /** @type {HTMLElement} */ (countdown.querySelector(".countdown__places")).hidden = true;
  countdown.dispatchEvent(new Event("over", { bubbles: true }));
}
