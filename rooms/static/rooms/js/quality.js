/**
 * How good the network is for sound, judged from the browser's own figures every 2 s. It knows no page.
 *
 * @typedef {"good" | "weak" | "bad"} Grade
 * @typedef {{received: number, lost: number, jitter: number, rtt: number}} Heard
 *   packets since the connection began; `jitter` and `rtt` (round trip) are the present ones, in seconds
 * @typedef {{loss: number, jitter: number, rtt: number}} Measure a share from 0 to 1, and seconds
 * @typedef {Iterable<[string, any]> | RTCStatsReport} Report
 */

/** From these on a conversation suffers; from the second on it breaks. */
export const WEAK = Object.freeze({ loss: 0.03, jitter: 0.06, rtt: 0.4 });
export const BAD = Object.freeze({ loss: 0.1, jitter: 0.15, rtt: 1 });
/** Fewer packets in an interval say nothing of loss: three at the end of a sentence are no network. */
export const FEWEST_PACKETS = 40;
/** So many like measures in a row, and the grade moves: down sooner than up. */
export const WORSE_TIMES = 2;
export const BETTER_TIMES = 4;

const ORDER = /** @type {Grade[]} */ (["good", "weak", "bad"]);

/**
 * A packet that comes too late to be played is as good as lost. Concealed samples are not looked at: the end of every
 * sentence counts as some, because nothing is sent in silence.
 *
 * @param {Report} report
 * @returns {Heard}
 */
export function heardOf(report) {
  const heard = { received: 0, lost: 0, jitter: 0, rtt: 0 };
  for (const [, entry] of /** @type {Iterable<[string, any]>} */ (report)) {
    if (entry.type === "inbound-rtp") {
      const late = entry.packetsDiscarded ?? 0;
      heard.received += (entry.packetsReceived ?? 0) - late;
      heard.lost += Math.max(0, entry.packetsLost ?? 0) + late;
      heard.jitter = Math.max(heard.jitter, entry.jitter ?? 0);
    } else if (entry.type === "candidate-pair" && entry.nominated) heard.rtt = entry.currentRoundTripTime ?? 0;
  }
  return heard;
}

/**
 * What happened between two looks at a connection on which one listens; null if too little came to tell.
 *
 * @param {Heard} before
 * @param {Heard} now
 * @returns {Measure | null}
 */
export function measureHeard(before, now) {
  const received = now.received - before.received;
  const lost = Math.max(0, now.lost - before.lost);
  if (received + lost < FEWEST_PACKETS) return null;
  return { loss: lost / (received + lost), jitter: now.jitter, rtt: now.rtt };
}

/**
 * What the relay reports of what one sends; null before its first report.
 *
 * @param {Report} report
 * @returns {Measure | null}
 */
export function measureSent(report) {
  for (const [, entry] of /** @type {Iterable<[string, any]>} */ (report)) {
    if (entry.type !== "remote-inbound-rtp") continue;
    return { loss: entry.fractionLost ?? 0, jitter: entry.jitter ?? 0, rtt: entry.roundTripTime ?? 0 };
  }
  return null;
}

/**
 * @param {Measure} measure
 * @returns {Grade}
 */
export function gradeOf(measure) {
  const beyond = (/** @type {Measure} */ line) =>
    /** @type {(keyof Measure)[]} */ (Object.keys(line)).some((key) => measure[key] >= line[key]);
  if (beyond(BAD)) return "bad";
  return beyond(WEAK) ? "weak" : "good";
}

/** The grade that is shown: one bad measure is a hiccup, not a network. */
export class Quality {
  /** @type {Grade} */
  grade = "good";
  #worse = 0;
  #better = 0;

  /**
   * @param {(Measure | null)[]} measures of one interval: what one hears, what one sends
   * @returns {boolean} whether the grade has moved
   */
  add(measures) {
    const known = measures.filter((measure) => measure !== null);
    if (!known.length) return false;
    const worst = Math.max(...known.map((measure) => ORDER.indexOf(gradeOf(measure))));
    const present = ORDER.indexOf(this.grade);
    this.#worse = worst > present ? this.#worse + 1 : 0;
    this.#better = worst < present ? this.#better + 1 : 0;
    if (this.#worse < WORSE_TIMES && this.#better < BETTER_TIMES) return false;
    this.#worse = this.#better = 0;
    this.grade = ORDER[worst];
    return true;
  }

  /** A new connection starts without a past. */
  reset() {
    this.grade = "good";
    this.#worse = this.#better = 0;
  }
}

/** Looks at both connections; call it every 2 s. */
export class NetworkWatch {
  #quality = new Quality();
  /** @type {{peer: RTCPeerConnection, heard: Heard} | null} */
  #before = null;

  get grade() {
    return this.#quality.grade;
  }

  /**
   * @param {RTCPeerConnection | null} listening
   * @param {RTCPeerConnection | null} speaking
   * @returns {Promise<boolean>} whether the grade has moved
   */
  async look(listening, speaking) {
    const heard = listening && (await this.#measureHeard(listening));
    const sent = speaking && measureSent(await speaking.getStats());
    return this.#quality.add([heard, sent]);
  }

  /** A new connection starts without a past. */
  reset() {
    this.#before = null;
    this.#quality.reset();
  }

  /** @param {RTCPeerConnection} peer */
  async #measureHeard(peer) {
    const heard = heardOf(await peer.getStats());
    const before = this.#before;
    this.#before = { peer, heard };
    return before && before.peer === peer ? measureHeard(before.heard, heard) : null;
  }
}
