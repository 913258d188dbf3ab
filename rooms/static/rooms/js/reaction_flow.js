/** Reactions as numbers: how many may be given, how many rise, how many there were of late. It knows no page. */

/** A little less than the server allows a socket (rooms/consumers.py): it is never asked in vain. */
export const BURST = 5;
export const PER_SECOND = 1.8;
/** However many come, so many rise at once, and so many of one frame. */
export const MOST_RISING = 12;
export const MOST_AT_ONCE = 5;
/** Those of one frame set out one after the other until the next frame is due. */
const FRAME_MS = 250;
const TALLIED_MS = 60_000;
const TALLIED_KINDS = 3;

/** Whether one more may be given. */
export class Allowance {
  #left = BURST;
  #at;

  /** @param {number} now milliseconds */
  constructor(now) {
    this.#at = now;
  }

  /** @param {number} now */
  take(now) {
    this.#left = Math.min(BURST, this.#left + ((now - this.#at) / 1000) * PER_SECOND);
    this.#at = now;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}

/**
 * Which drawings set out for a frame: each kind once before any twice, the frequent ones more often.
 *
 * @param {Record<string, number>} counts
 * @param {number} rising how many are on their way already
 * @returns {{name: string, wait: number, aside: number}[]} `wait` in ms, `aside` -1, 0 or 1: where in the lane
 */
export function flights(counts, rising) {
  const room = Math.max(0, Math.min(MOST_AT_ONCE, MOST_RISING - rising));
  const left = Object.entries(counts).filter(([, count]) => count > 0).sort(([, one], [, other]) => other - one);
  /** @type {string[]} */
  const names = [];
  for (let turn = 0; names.length < room; turn += 1) {
    const again = left.filter(([, count]) => Math.ceil(Math.log2(count + 1)) > turn);
    if (!again.length) break;
    names.push(...again.slice(0, room - names.length).map(([name]) => name));
  }
  return names.map((name, index) => ({
    name,
    wait: Math.round((index * FRAME_MS) / names.length),
    aside: ((rising + index) % 3) - 1,
  }));
}

/** What was shown in the last minute. */
export class Tally {
  /** @type {{at: number, counts: Record<string, number>}[]} */
  #heard = [];

  /**
   * @param {Record<string, number>} counts
   * @param {number} now
   */
  hear(counts, now) {
    this.#heard.push({ at: now, counts });
  }

  /**
   * @param {number} now
   * @returns {{name: string, count: number}[]} the most frequent kinds, most frequent first
   */
  at(now) {
    this.#heard = this.#heard.filter(({ at }) => now - at < TALLIED_MS);
    /** @type {Map<string, number>} */
    const sums = new Map();
    for (const { counts } of this.#heard) {
      for (const [name, count] of Object.entries(counts)) sums.set(name, (sums.get(name) ?? 0) + count);
    }
    const all = [...sums].map(([name, count]) => ({ name, count }));
    return all.sort((one, other) => other.count - one.count).slice(0, TALLIED_KINDS);
  }
}
