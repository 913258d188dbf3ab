/**
 * One room's socket: keeps the numbered state right through loss, doubling and reconnects. See docs/protocol.md.
 *
 * It knows no page. It dispatches `phase` (`phase` changed), `change` (`state` or `you` changed; `detail` is the
 * applied events, or null after a snapshot), `seat-moved` (another device has given its seat up to us), `pulse` (`audience` changed), `refused` (`detail`: code, message),
 * `media-gone` (`detail`: media_session, reason), `talking` (`detail`: who is heard, in -dBov by person), `reactions`
 * (`detail`: how often each was shown just now) and `blocks` (who hears whom has changed for me; ask).
 *
 * @typedef {import("./state.js").RoomState} RoomState
 * @typedef {import("./state.js").RoomEvent} RoomEvent
 * @typedef {import("./state.js").Person} Person
 * @typedef {{people: number, guests: number, away: string[], sample: Person[]}} Audience
 * @typedef {"connecting" | "live" | "reconnecting" | "ended" | "gone" | "out" | "account" | "elsewhere"} Phase
 *   `gone`: there is no such room for me; `out`: I may not be here, or was sent out; `account`: only with an account;
 *   `elsewhere`: another device of the same person has the seat; `takeSeat` brings it here.
 * @typedef {Pick<WebSocket, "send" | "close" | "onopen" | "onmessage" | "onclose">} Socket
 * @typedef {{after: (ms: number, run: () => void) => any, cancel: (timer: any) => void, now: () => number}} Clock
 *   `now` is in milliseconds and never goes back.
 * @typedef {object} Options
 * @property {number} [seq] the number that `state` belongs to
 * @property {RoomState} [state]
 * @property {string} [device] names this visit; without one it takes nobody's seat
 * @property {(url: string) => Socket} [open]
 * @property {Clock} [clock]
 * @property {() => number} [random] from 0 up to, not including, 1
 */

import { NOTHING, applyEvent } from "./state.js";

export const BACKOFF_FIRST_MS = 500;
export const BACKOFF_MOST_MS = 15_000;
/** A connection that held for so long has earned a fresh back-off. */
export const STEADY_MS = 10_000;
export const COMMAND_TIMEOUT_MS = 10_000;
export const RESYNC_TIMEOUT_MS = 5_000;
/** A pulse comes at least every 5 s; two missed ones mean that the line is dead, whatever the socket says. */
export const SILENCE_MS = 12_000;
export const CLOSED_NO_ROOM = 4404;
/** Nothing follows these states. */
const OVER = ["ended", "cancelled"];
/** Another device has the seat. */
export const CLOSED_TAKEN_OVER = 4409;
/** What a browser says of a page that goes is 1001, which counts the same. */
const CLOSE_LEFT = 1000;
/** Why the server closed for good. @type {Record<number, Phase>} */
const FINAL = { [CLOSED_NO_ROOM]: "gone", 4403: "out", 4401: "account" };

/** A command that was refused or got lost; `code` is one of docs/protocol.md, or `disconnected`, or `timeout`. */
export class CommandError extends Error {
  /**
   * @param {string} code
   * @param {string} [message] the server's sentence, empty when the server said nothing
   */
  constructor(code, message = "") {
    super(message);
    this.name = "CommandError";
    this.code = code;
  }
}

/** @type {Clock} */
const realClock = {
  after: (ms, run) => setTimeout(run, ms),
  cancel: (timer) => clearTimeout(timer),
  now: () => performance.now(),
};

/** Whether a visit in this phase is over, and nothing more comes. @param {Phase} phase */
export const isOver = (phase) => phase === "ended" || Object.values(FINAL).includes(phase);

export class RoomProtocol extends EventTarget {
  /** @type {Phase} */
  phase = "connecting";
  /** @type {Person | null} */
  you = null;
  session = "";
  /** @type {Audience | null} */
  audience = null;

  #url;
  #device;
  /** Whether the next greeting takes the seat from whichever device has it; else it only asks. */
  #take = true;
  #open;
  #clock;
  #random;
  /** @type {Socket | null} */
  #socket = null;
  #welcomed = false;
  /** Whether the whole audience was heard on this socket. */
  #whole = false;
  /** Whether the next snapshot answers a `hello` and therefore counts even if its number is lower than ours. */
  #greeting = false;
  #attempts = 0;
  #liveSince = 0;
  #heardAt = 0;
  #lastCommand = 0;
  /** @type {Map<string, {resolve: (answer: any) => void, reject: (error: CommandError) => void, timer: any}>} */
  #pending = new Map();
  /** @type {any} */
  #retry = null;
  /** @type {any} */
  #silence = null;
  /** @type {any} */
  #resync = null;
  /** The highest number that the server is known to have reached. */
  #target = 0;

  /**
   * @param {string} url
   * @param {Options} [options]
   */
  constructor(url, { seq = 0, state = NOTHING, device = "", open, clock = realClock, random = Math.random } = {}) {
    super();
    this.#url = url;
    this.#device = device;
    this.#open = open ?? ((address) => new WebSocket(address));
    this.#clock = clock;
    this.#random = random;
    this.seq = seq;
    this.state = state;
  }

  /** Open the socket. */
  start() {
    this.#connect();
  }

  /** Leave: close the socket for good. */
  stop() {
    this.#drop(CLOSE_LEFT);
    this.#cancelRetry();
  }

  /** The network or the page came back: do not wait for the back-off, and do not trust a silent socket. */
  wake() {
    if (this.#retry !== null) this.#connect();
    else if (this.#socket && this.#clock.now() - this.#heardAt >= SILENCE_MS) {
      this.#drop();
      this.#connect();
    }
  }

  /** Be here again, and no longer at the other device. */
  takeSeat() {
    if (this.phase !== "elsewhere") return;
    this.#take = true;
    this.#become("reconnecting");
    this.#connect();
  }

  /**
   * Send a command; resolves with the server's `ok`, rejects with a CommandError.
   *
   * @param {string} type
   * @param {Record<string, unknown>} [keys]
   * @returns {Promise<Record<string, any>>}
   */
  command(type, keys = {}) {
    const socket = this.#socket;
    if (!socket || !this.#welcomed) return Promise.reject(new CommandError("disconnected"));
    const id = String(++this.#lastCommand);
    return new Promise((resolve, reject) => {
      const timer = this.#clock.after(COMMAND_TIMEOUT_MS, () => {
        this.#pending.delete(id);
        reject(new CommandError("timeout"));
      });
      this.#pending.set(id, { resolve, reject, timer });
      socket.send(JSON.stringify({ ...keys, type, id }));
    });
  }

  #connect() {
    this.#cancelRetry();
    const socket = this.#open(this.#url);
    this.#socket = socket;
    this.#heard();
    socket.onopen = () => {
      this.#greeting = true;
      this.#whole = false;
      const seat = this.#device ? { device: this.#device, take: this.#take } : {};
      socket.send(JSON.stringify({ type: "hello", last_seq: this.seq, ...seat }));
    };
    socket.onmessage = ({ data }) => this.#receive(data);
    socket.onclose = ({ code }) => this.#lost(code);
  }

  /** @param {unknown} data */
  #receive(data) {
    this.#heard();
    const frame = readFrame(data);
    if (frame === null) return;
    switch (frame.type) {
      case "welcome":
        return this.#welcome(frame);
      case "snapshot":
        return this.#snapshot(frame.seq, frame.state);
      case "events":
        return this.#events(frame.events);
      case "pulse":
        return this.#pulse(frame);
      case "ok":
        return this.#answer(frame.id, ({ resolve }) => resolve(frame));
      case "error":
        return this.#refused(frame);
      case "media.gone":
        return this.#emit("media-gone", { media_session: frame.media_session, reason: frame.reason });
      case "talking":
        return this.#emit("talking", frame.levels);
      case "blocks.changed":
        return this.#emit("blocks");
      case "seat.moved":
        return this.#emit("seat-moved");
      case "reactions":
        return this.#emit("reactions", frame.counts);
      case "reconnect":
        return this.#comeBack(frame.after_ms);
    }
  }

  /** @param {{you: Person | null, session: string}} frame */
  #welcome({ you, session }) {
    this.you = you;
    this.session = session;
    this.#welcomed = true;
    this.#take = false;
    this.#liveSince = this.#clock.now();
    if (this.seq > 0) this.#arrive();
    this.#emit("change", []);
  }

  /**
   * @param {number} seq
   * @param {RoomState} state
   */
  #snapshot(seq, state) {
    if (seq < this.seq && !this.#greeting) return;
    this.#greeting = false;
    this.#target = this.seq <= seq ? Math.max(this.#target, seq) : seq;
    this.seq = seq;
    this.state = state;
    this.#cancelResync();
    this.#arrive();
    this.#emit("change", null);
    this.#catchUp();
  }

  /** @param {RoomEvent[]} events */
  #events(events) {
    /** @type {RoomEvent[]} */
    const applied = [];
    for (const event of events) {
      this.#target = Math.max(this.#target, event.seq);
      if (event.seq !== this.seq + 1) continue;
      this.state = applyEvent(this.state, event);
      this.seq = event.seq;
      applied.push(event);
    }
    if (applied.length) this.#greeting = false;
    if (this.seq >= this.#target) this.#cancelResync();
    if (this.seq > 0) this.#arrive();
    if (applied.length) this.#emit("change", applied);
    this.#catchUp();
  }

  /** @param {{seq: number, audience: Audience & {came?: Person[], gone?: string[]}}} frame */
  #pulse({ seq, audience }) {
    this.#target = Math.max(this.#target, seq);
    const { came, gone = [], ...here } = audience;
    // What is different from a pulse that was never heard says nothing; the whole one is on its way.
    if (!came) this.audience = here;
    else if (this.audience && this.#whole) {
      const ids = new Set([...gone, ...came.map(({ id }) => id)]);
      this.audience = { ...here, sample: [...this.audience.sample.filter(({ id }) => !ids.has(id)), ...came] };
    }
    this.#whole ||= !came;
    this.#emit("pulse");
    this.#catchUp();
  }

  /** Ask for what is missing, unless that was asked already. An answer that gets lost is asked for again. */
  #catchUp() {
    if (this.seq >= this.#target || this.#resync !== null || !this.#socket || !this.#welcomed) return;
    this.#socket.send(JSON.stringify({ type: "resync", last_seq: this.seq }));
    this.#resync = this.#clock.after(RESYNC_TIMEOUT_MS, () => {
      this.#resync = null;
      this.#catchUp();
    });
  }

  #arrive() {
    if (!this.#welcomed) return;
    this.#become(OVER.includes(this.state.room.state) ? "ended" : "live");
    this.#closeIfOver();
  }

  /**
   * @param {string} id
   * @param {(entry: {resolve: (answer: any) => void, reject: (error: CommandError) => void}) => void} settle
   */
  #answer(id, settle) {
    const entry = this.#pending.get(id);
    if (!entry) return;
    this.#pending.delete(id);
    this.#clock.cancel(entry.timer);
    settle(entry);
    this.#closeIfOver();
  }

  /** @param {{id: string | null, code: string, message: string}} frame */
  #refused({ id, code, message }) {
    if (id !== null) this.#answer(id, ({ reject }) => reject(new CommandError(code, message)));
    else this.#emit("refused", { code, message });
  }

  /** An ended room has no more events; but whoever ended it still waits for the answer. */
  #closeIfOver() {
    if (this.phase === "ended" && this.#pending.size === 0) this.stop();
  }

  /** @param {number} afterMs */
  #comeBack(afterMs) {
    this.#drop();
    this.#attempts = 0;
    this.#later(afterMs);
  }

  /** @param {number} code */
  #lost(code) {
    this.#drop();
    if (this.phase === "ended") return;
    if (code === CLOSED_TAKEN_OVER) return this.#become("elsewhere");
    if (FINAL[code]) return this.#become(FINAL[code]);
    const most = Math.min(BACKOFF_MOST_MS, BACKOFF_FIRST_MS * 2 ** this.#attempts++);
    this.#later(this.#random() * most);
  }

  /** @param {number} ms */
  #later(ms) {
    this.#become("reconnecting");
    this.#retry = this.#clock.after(ms, () => this.#connect());
  }

  /**
   * Let go of the socket: nothing it still says counts, and what waited for it has failed.
   *
   * @param {number} [code] says why; without one we may come back
   */
  #drop(code) {
    const socket = this.#socket;
    this.#socket = null;
    if (this.#welcomed && this.#clock.now() - this.#liveSince >= STEADY_MS) this.#attempts = 0;
    this.#welcomed = false;
    this.#cancelResync();
    if (this.#silence !== null) this.#clock.cancel(this.#silence);
    this.#silence = null;
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close(code);
    }
    for (const { reject, timer } of this.#pending.values()) {
      this.#clock.cancel(timer);
      reject(new CommandError("disconnected"));
    }
    this.#pending.clear();
  }

  #heard() {
    this.#heardAt = this.#clock.now();
    if (this.#silence !== null) this.#clock.cancel(this.#silence);
    this.#silence = this.#clock.after(SILENCE_MS, () => this.#lost(0));
  }

  #cancelRetry() {
    if (this.#retry !== null) this.#clock.cancel(this.#retry);
    this.#retry = null;
  }

  #cancelResync() {
    if (this.#resync !== null) this.#clock.cancel(this.#resync);
    this.#resync = null;
  }

  /** @param {Phase} phase */
  #become(phase) {
    if (this.phase === phase) return;
    this.phase = phase;
    this.#emit("phase");
  }

  /**
   * @param {string} name
   * @param {unknown} [detail]
   */
  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

/**
 * @param {unknown} data
 * @returns {any} the frame, or null for what is none
 */
function readFrame(data) {
  if (typeof data !== "string") return null;
  try {
    const frame = JSON.parse(data);
    return frame !== null && typeof frame === "object" ? frame : null;
  } catch {
    return null;
  }
}
