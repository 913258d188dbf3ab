/** How long the room has been open. */

import { clockOf } from "../../site/js/formats.js";
import { every } from "../../site/js/pages.js";
import { mark, say } from "../../site/js/parts.js";

/**
 * @param {HTMLElement} clock
 * @param {string} startedAt
 * @param {AbortSignal} signal
 */
export function startClock(clock, startedAt, signal) {
  const began = Date.parse(startedAt);
  const tick = () => {
    const seconds = Math.max(0, Math.floor((Date.now() - began) / 1000));
    say(clock, clockOf(seconds));
    mark(clock, "datetime", `PT${seconds}S`);
  };
  tick();
  every(1000, tick, signal);
}
