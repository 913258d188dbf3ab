/**
 * Who is heard, and how loudly: read from the packets themselves, without any message. It knows no page.
 *
 * The relay writes into each packet who speaks (CSRC, a hash of the person's id) and leaves the speaker's own audio
 * level (RFC 6464) in it. A level is 0 to 127 in -dBov on the wire, 0 to 1 here.
 *
 * @typedef {Pick<RTCRtpReceiver, "getContributingSources" | "getSynchronizationSources">} Slot
 */

/** Quieter than this nobody is heard; the relay and the server draw the same line. */
export const QUIETEST_DBOV = 60;
/** From here on a voice is as loud as the picture can say. */
export const LOUDEST_DBOV = 15;
/** What a speaker counts as whose level nobody says. */
const UNKNOWN_DBOV = 30;
/** A slot in which nothing came between so many looks is silent; packets come every 60 ms at the slowest. */
export const SILENT_LOOKS = 3;
/** Told levels hold until the next ones, which come within 5 s in the largest rooms. */
export const TOLD_MS = 6_000;

const bytesOf = new TextEncoder();

/**
 * The number by which packets name a person: FNV-1a, 32 bits. Zero would mean nobody.
 *
 * @param {string} id
 */
export function sourceOf(id) {
  let hash = 0x811c9dc5;
  for (const byte of bytesOf.encode(id)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash || 1;
}

/**
 * How thick the ring is: evenly over what voices do, as ears hear it. Null for whoever is not heard.
 *
 * @param {number} dbov
 */
export function loudness(dbov) {
  if (dbov > QUIETEST_DBOV) return null;
  return Math.min(1, Math.max(0, (QUIETEST_DBOV - dbov) / (QUIETEST_DBOV - LOUDEST_DBOV)));
}

/** The browser says a level as a share of the loudest. @param {number} amplitude */
export const dbovOf = (amplitude) => (amplitude > 0 ? Math.min(127, -20 * Math.log10(amplitude)) : 127);

/**
 * @template {{timestamp: number}} T
 * @param {T[]} sources
 * @returns {T | undefined}
 */
const newest = (sources) => sources.reduce((/** @type {T | undefined} */ best, one) =>
  (best && best.timestamp >= one.timestamp ? best : one), undefined);

/** Looks into the slots; call it ten times a second. */
export class SlotLevels {
  /** @type {WeakMap<Slot, {timestamp: number, looks: number}>} */
  #seen = new WeakMap();

  /**
   * @param {Iterable<Slot>} slots
   * @param {Iterable<string>} people the ids that may be speaking
   * @returns {Map<string, number>} levels by person
   */
  look(slots, people) {
    const names = new Map([...people].map((id) => [sourceOf(id), id]));
    /** @type {Map<string, number>} */
    const levels = new Map();
    for (const slot of slots) {
      const speaker = newest(slot.getContributingSources());
      const id = speaker && names.get(speaker.source);
      if (!speaker || !id || this.#isSilent(slot, speaker.timestamp)) continue;
      const amplitude = newest(slot.getSynchronizationSources())?.audioLevel;
      const level = loudness(amplitude === undefined ? UNKNOWN_DBOV : dbovOf(amplitude));
      if (level !== null) levels.set(id, Math.max(level, levels.get(id) ?? 0));
    }
    return levels;
  }

  /**
   * Whether nothing came for a while. Browsers count `timestamp` from different moments, so only its changes are used.
   *
   * @param {Slot} slot
   * @param {number} timestamp
   */
  #isSilent(slot, timestamp) {
    const before = this.#seen.get(slot);
    const looks = before?.timestamp === timestamp ? before.looks + 1 : 0;
    this.#seen.set(slot, { timestamp, looks });
    return looks >= SILENT_LOOKS;
  }
}

/** What the server tells of those who talk, for whoever does not hear them. It holds until the next, not for ever. */
export class ToldLevels {
  /** @type {Map<string, number>} */
  #levels = new Map();
  #until = 0;

  /**
   * @param {Record<string, number>} dbovs
   * @param {number} now milliseconds
   */
  hear(dbovs, now) {
    this.#levels = new Map();
    this.#until = now + TOLD_MS;
    for (const [id, dbov] of Object.entries(dbovs)) {
      const level = loudness(dbov);
      if (level !== null) this.#levels.set(id, level);
    }
  }

  /** @param {number} now @returns {Map<string, number>} a copy */
  at(now) {
    return new Map(now < this.#until ? this.#levels : []);
  }
}
