/**
 * One peer connection with the relay, kept alive: it offers, and when it is lost it offers again. It knows no page.
 *
 * It dispatches `change` (`state` or `problem` changed) and `peer` (`peer` is another connection, or none).
 *
 * @typedef {import("./protocol.js").Clock} Clock
 * @typedef {(type: string, keys: Record<string, unknown>) => Promise<Record<string, any>>} Ask sends a command
 * @typedef {"off" | "connecting" | "on" | "waiting" | "elsewhere" | "refused"} LinkState
 *   `waiting` for the next offer; `elsewhere`: another page of the same person took it over; `refused`: for good.
 * @typedef {object} LinkOptions
 * @property {"publish" | "listen"} kind
 * @property {Ask} ask
 * @property {() => RTCPeerConnection} open
 * @property {(peer: RTCPeerConnection) => void} prepare adds what is to be offered
 * @property {() => boolean} tries whether it may offer again by itself; else its owner calls `restart`
 * @property {Clock} clock
 * @property {() => number} random from 0 up to, not including, 1
 */

export const RETRY_FIRST_MS = 300;
/** Whoever has just lost a relay shall hear within 3 s of its return; after a while that hurry only costs. */
export const RETRY_MOST_MS = 2_400;
export const RETRY_LATER_MS = 5_000;
export const LONG_OUTAGE_MS = 30_000;
/** From the relay's answer to the connection. */
export const CONNECT_MS = 5_000;
/** Browsers say "disconnected" of a short hiccup too. */
export const DISCONNECTED_MS = 2_000;
/** A connection that held for so long has earned a fresh back-off. */
export const STEADY_MS = 5_000;
/** So many connections in a row that the relay answered and nothing came of: the network lets no sound through. */
export const UNREACHABLE_TIMES = 2;

/** Ends that somebody wanted. */
const WANTED_ENDS = new Set(["closed", "left", "replaced", "revoked", "room_closed"]);
/** Refusals that the same offer would meet again. */
const LASTING_CODES = new Set([
  "bad_sdp", "forbidden", "login_required", "not_found", "not_on_stage", "room_ended", "too_many_sessions",
]);

export class AudioLink extends EventTarget {
  /** @type {LinkState} */
  state = "off";
  /** Why it is waiting or refused: a code of docs/protocol.md, or `lost`, `unreachable`, or empty. */
  problem = "";
  /** The server's sentence of a refusal. */
  message = "";
  /** @type {RTCPeerConnection | null} */
  peer = null;

  #options;
  /** The media session that the relay answered for; empty until then. */
  #session = "";
  /** Counts the offers, so that what an older one still brings is known as such. */
  #turn = 0;
  #attempts = 0;
  #unanswered = 0;
  #connectedAt = 0;
  /** @type {number | null} */
  #lostAt = null;
  /** The one thing that is waited for. @type {any} */
  #timer = null;
  /** The end that was told last: it may come before the answer that names the session. */
  #lastEnd = { media_session: "", reason: "" };

  /** @param {LinkOptions} options */
  constructor(options) {
    super();
    this.#options = options;
  }

  /** Whether it is meant to be up. */
  get wanted() {
    return this.state === "connecting" || this.state === "on" || this.state === "waiting";
  }

  /** Connect, unless it is doing so. */
  start() {
    if (this.wanted) return;
    this.#attempts = this.#unanswered = 0;
    this.#lostAt = null;
    void this.#offer();
  }

  /** Close for good. */
  stop() {
    if (this.#session) this.#closeSession(this.#session);
    this.#drop();
    this.#become("off");
  }

  /** What it stood on has changed (socket, network, sleep): connect anew at once, if it is wanted at all. */
  restart() {
    if (!this.wanted) return;
    this.#attempts = 0;
    void this.#offer();
  }

  /**
   * A media session has ended, says the server; it may not be this one's.
   *
   * @param {{media_session: string, reason: string}} end
   */
  ended(end) {
    this.#lastEnd = end;
    if (end.media_session !== this.#session || !this.#session) return;
    if (!WANTED_ENDS.has(end.reason)) return this.#lost("lost");
    this.#drop();
    this.#become(end.reason === "replaced" ? "elsewhere" : "off");
  }

  async #offer() {
    this.#drop();
    const turn = this.#turn;
    const { kind, ask, open, prepare } = this.#options;
    this.#become("connecting", this.problem);
    const peer = open();
    this.#usePeer(peer);
    peer.onconnectionstatechange = () => this.#follow(peer);
    try {
      prepare(peer);
      await peer.setLocalDescription();
      // Candidates are not waited for: the relay learns our address from the first check that reaches it.
      const sdp = peer.localDescription?.sdp ?? "";
      if (turn !== this.#turn) return;
      const answer = await ask("media.offer", { kind, sdp });
      if (turn !== this.#turn) return this.#closeSession(answer.media_session);
      await this.#accept(peer, answer);
    } catch (error) {
      if (turn === this.#turn) this.#refused(/** @type {import("./protocol.js").CommandError} */ (error));
    }
  }

  /**
   * @param {RTCPeerConnection} peer
   * @param {Record<string, any>} answer
   */
  async #accept(peer, { sdp, media_session }) {
    this.#session = media_session;
    this.#timer = this.#options.clock.after(CONNECT_MS, () => this.#neverConnected());
    if (this.#lastEnd.media_session === media_session) return this.ended(this.#lastEnd);
    await peer.setRemoteDescription({ type: "answer", sdp });
  }

  /** @param {RTCPeerConnection} peer */
  #follow(peer) {
    if (peer !== this.peer) return;
    if (peer.connectionState === "connected") this.#connected();
    else if (peer.connectionState === "failed") this.#lost("lost");
    else if (peer.connectionState === "disconnected") {
      this.#wait(DISCONNECTED_MS, () => this.#lost("lost"));
    }
  }

  #connected() {
    this.#cancel();
    this.#connectedAt = this.#options.clock.now();
    this.#unanswered = 0;
    this.#lostAt = null;
    this.#become("on");
  }

  #neverConnected() {
    this.#unanswered += 1;
    this.#lost(this.#unanswered >= UNREACHABLE_TIMES ? "unreachable" : "lost");
  }

  /** @param {import("./protocol.js").CommandError} error */
  #refused({ code = "lost", message = "" }) {
    if (!LASTING_CODES.has(code)) return this.#lost(code);
    this.#drop();
    this.message = message;
    this.#become("refused", code);
  }

  /** @param {string} problem */
  #lost(problem) {
    const { clock } = this.#options;
    if (this.state === "on" && clock.now() - this.#connectedAt >= STEADY_MS) this.#attempts = 0;
    this.#drop();
    this.#lostAt ??= clock.now();
    // Without the room's socket nothing can be offered; its owner calls `restart` when it is back.
    const tries = problem !== "disconnected" && this.#options.tries();
    if (tries) this.#wait(this.#delay(), () => void this.#offer());
    this.#become("waiting", problem);
  }

  #delay() {
    const { clock, random } = this.#options;
    const long = clock.now() - (this.#lostAt ?? clock.now()) >= LONG_OUTAGE_MS;
    const most = Math.min(long ? RETRY_LATER_MS : RETRY_MOST_MS, RETRY_FIRST_MS * 2 ** this.#attempts++);
    return most * (0.5 + random() / 2);
  }

  /** Let go of the connection: whatever it still says does not count. */
  #drop() {
    this.#turn += 1;
    this.#cancel();
    this.#session = "";
    const peer = this.peer;
    if (!peer) return;
    peer.onconnectionstatechange = null;
    peer.close();
    this.#usePeer(null);
  }

  /** @param {string} session */
  #closeSession(session) {
    // If the socket is gone the server has ended the session already.
    this.#options.ask("media.close", { media_session: session }).catch(() => undefined);
  }

  /**
   * @param {number} ms
   * @param {() => void} run
   */
  #wait(ms, run) {
    this.#cancel();
    this.#timer = this.#options.clock.after(ms, run);
  }

  #cancel() {
    if (this.#timer !== null) this.#options.clock.cancel(this.#timer);
    this.#timer = null;
  }

  /** @param {RTCPeerConnection | null} peer */
  #usePeer(peer) {
    this.peer = peer;
    this.dispatchEvent(new Event("peer"));
  }

  /**
   * @param {LinkState} state
   * @param {string} [problem]
   */
  #become(state, problem = "") {
    if (this.state === state && this.problem === problem) return;
    this.state = state;
    this.problem = problem;
    this.dispatchEvent(new Event("change"));
  }
}
