/** How much time is left, and when that is worth saying. */

/** When what is left is spoken, in seconds. */
export const SPOKEN = [600, 300, 60, 30, 10];

/**
 * @param {number} seconds
 * @returns {{hours: number, minutes: number, seconds: number}}
 */
export function parts(seconds) {
  const left = Math.max(0, Math.ceil(seconds));
  return { hours: Math.floor(left / 3600), minutes: Math.floor(left / 60) % 60, seconds: left % 60 };
}

/**
 * Which moment lies between two looks: the nearest to now, if a window slept through several.
 *
 * @param {number} before seconds that were left at the last look
 * @param {number} now
 */
export const passed = (before, now) => SPOKEN.filter((moment) => before > moment && now <= moment).at(-1);
