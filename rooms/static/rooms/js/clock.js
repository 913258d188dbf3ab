/** How long the room has been open. */

import { every } from "../../site/js/pages.js";

/**
 * @param {HTMLElement} clock
 * @param {string} startedAt
 * @param {AbortSignal} signal
 */
export function startClock(clock, startedAt, signal) {
  const began = Date.parse(startedAt);
  const tick = () => {
    const seconds = Math.max(0, Math.floor((Date.now() - began) / 1000));
    const hours = Math.floor(seconds / 3600);
    const [minutes, left] = [Math.floor(seconds / 60) % 60, seconds % 60].map((part) => String(part).padStart(2, "0"));
    clock.textContent = hours ? `${hours}:${minutes}:${left}` : `${minutes}:${left}`;
  };
  tick();
  every(1000, tick, signal);
}
