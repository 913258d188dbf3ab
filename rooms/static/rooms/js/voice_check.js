/**
 * Whether a microphone hears somebody well, said in words. It knows no page.
 *
 * @typedef {"waiting" | "nothing" | "quiet" | "well" | "loud"} Verdict `waiting`: nothing was said yet
 */

import { QUIETEST_DBOV } from "./levels.js";

/** Quieter than this a microphone hears nothing: the line below which nobody is heard in a room. */
export const NOTHING_DBOV = QUIETEST_DBOV;
/** Quieter than this a voice is hard to follow beside others. */
export const QUIET_DBOV = 42;
/** Louder than this the peaks of a voice, some 9 dB above what is measured, are cut off. */
export const LOUD_DBOV = 9;
/** The loudest of so long counts: between two words there is silence. */
export const HOLD_MS = 2_000;
/** Before so long has passed, silence says nothing. */
export const PATIENCE_MS = 4_000;

/**
 * @param {number} dbov the loudest of late, in -dBov: 0 is the loudest that there is
 * @returns {Exclude<Verdict, "waiting">}
 */
export function verdictOf(dbov) {
  if (dbov > NOTHING_DBOV) return "nothing";
  if (dbov > QUIET_DBOV) return "quiet";
  return dbov < LOUD_DBOV ? "loud" : "well";
}

/** How far the bar goes, from 0 to 1. @param {number} dbov */
export const heightOf = (dbov) => Math.min(1, Math.max(0, 1 - dbov / NOTHING_DBOV));

/** Listens to one microphone; tell it what is measured some ten times a second. */
export class VoiceCheck {
  /** @type {{at: number, dbov: number}[]} */
  #recent = [];
  #began;
  #heard = false;

  /** @param {number} now milliseconds */
  constructor(now) {
    this.#began = now;
  }

  /**
   * @param {number} dbov
   * @param {number} now
   * @returns {Verdict}
   */
  hear(dbov, now) {
    this.#recent = [...this.#recent.filter(({ at }) => now - at < HOLD_MS), { at: now, dbov }];
    const verdict = verdictOf(Math.min(...this.#recent.map((one) => one.dbov)));
    this.#heard ||= verdict !== "nothing";
    return this.#heard || now - this.#began >= PATIENCE_MS ? verdict : "waiting";
  }
}
