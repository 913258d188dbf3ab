/**
 * A room's sound: one connection to listen, one to speak, the microphone, levels, the network's quality. It follows the
 * room's socket by itself: whoever leaves the stage is off the air at once, whoever comes back is connected anew.
 *
 * It knows no page. It dispatches `change` (`hearing`, `voice` or `network` changed), `tracks` (`tracks` to be played),
 * `levels` (`levels` changed), `moved` (another microphone; `detail` is its name), `refused` (`detail`: a sentence),
 * `silenced` (somebody else has muted me).
 *
 * @typedef {import("./protocol.js").RoomProtocol} RoomProtocol
 * @typedef {import("./protocol.js").Clock} Clock
 * @typedef {"off" | "connecting" | "on" | "reconnecting" | "no_relay" | "unreachable" | "elsewhere" |
 *   "refused"} Hearing
 * @typedef {"muted" | "asking" | "connecting" | "air" | "reconnecting" | "elsewhere" |
 *   Exclude<import("./microphone.js").MicrophoneProblem, "">} Voice what my microphone is doing
 * @typedef {{level: () => number, stop: () => void}} Meter the loudest amplitude of late, from 0 to 1
 * @typedef {object} Browser what the browser brings
 * @property {() => RTCPeerConnection} open
 * @property {import("./microphone.js").Devices | undefined} devices
 * @property {() => import("./microphone.js").Wishes} [wishes] how the microphone is wanted
 * @property {(track: MediaStreamTrack) => Meter} meter
 * @property {Clock} clock
 * @property {() => number} wall milliseconds that go on while the machine sleeps
 * @property {() => number} random
 */

import { isOver } from "./protocol.js";
import { AudioLink } from "./audio_link.js";
import { SlotLevels, ToldLevels, dbovOf, loudness } from "./levels.js";
import { Microphone } from "./microphone.js";
import { NetworkWatch } from "./quality.js";

/** The relay forwards the loudest three. */
export const SLOTS = 3;
export const LEVELS_MS = 100;
export const QUALITY_MS = 2_000;
/** The relay closes whoever it has not heard for 12 s: after such a sleep nothing of the connections is left. */
export const SLEEP_MS = 10_000;

export class RoomAudio extends EventTarget {
  /** @type {Map<string, number>} how loudly each person is heard now, 0 to 1 */
  levels = new Map();
  /** @type {MediaStreamTrack[]} */
  tracks = [];
  microphone;

  #protocol;
  #browser;
  #listen;
  #publish;
  #network = new NetworkWatch();
  #slots = new SlotLevels();
  /** The room's socket, by the server's name for it: another one knows nothing of our connections. */
  #session = "";
  #wantsAir = false;
  /** Whether the server must still be told that I am muted. */
  #owesMute = false;
  #mutedBefore = true;
  /** Whether I have heard the room since I began to listen. */
  #heardOnce = false;
  /** @type {Meter | null} */
  #meter = null;
  #told = new ToldLevels();
  /** When levels were looked at last; null while nobody looks. @type {number | null} */
  #lookedAt = null;
  #seen = "";

  /**
   * @param {RoomProtocol} protocol
   * @param {Browser} browser
   */
  constructor(protocol, browser) {
    super();
    this.#protocol = protocol;
    this.#browser = browser;
    this.microphone = new Microphone(browser);
    this.#listen = this.#link("listen", () => true, (peer) => {
      for (let slot = 0; slot < SLOTS; slot += 1) peer.addTransceiver("audio", { direction: "recvonly" });
    });
    this.#publish = this.#link("publish", () => !this.#listenSeeks(), (peer) => {
      peer.addTransceiver(this.microphone.track ?? "audio", { direction: "sendonly" });
    });
    this.#hearMicrophone();
    this.#hearProtocol();
    this.#seen = this.#shown();
  }

  /** What I hear of the room. @returns {Hearing} */
  get hearing() {
    const { state, problem } = this.#listen;
    if (state !== "connecting" && state !== "waiting") return state;
    if (problem === "relay_unavailable") return "no_relay";
    if (problem === "unreachable") return "unreachable";
    return this.#heardOnce ? "reconnecting" : "connecting";
  }

  /** @returns {Voice} */
  get voice() {
    const { state, problem } = this.microphone;
    if (problem) return problem;
    if (state === "asking") return "asking";
    const mine = this.#mine();
    if (!this.#wantsAir) return mine && !mine.muted && !this.#owesMute ? "elsewhere" : "muted";
    if (this.#publish.problem) return "reconnecting";
    return this.#publish.state === "on" && mine && !mine.muted ? "air" : "connecting";
  }

  get network() {
    return this.#network.grade;
  }

  /** Whether I want to be heard. */
  get wantsAir() {
    return this.#wantsAir;
  }

  /** Hear the room. */
  listen() {
    this.#heardOnce = false;
    this.#listen.start();
    this.#startLooking();
  }

  /** Have a microphone and a way to the relay; resolves to whether there are. What is said is not let through yet. */
  async takeAir() {
    if (!(await this.microphone.open()) || !this.#mine()) return false;
    this.#wantsAir = true;
    this.#owesMute = false;
    this.#publish.start();
    this.#startLooking();
    this.#follow();
    return true;
  }

  /** Say nothing from this moment on. The server is told by whoever calls, or once it can be. */
  mute() {
    this.#wantsAir = false;
    this.#owesMute = true;
    this.#follow();
  }

  /** The page was loaded anew while its microphone was on: until that is switched on again, I am muted. */
  wasOnAir() {
    this.#owesMute = true;
  }

  /** The network is another one: what was connected is connected anew. */
  restart() {
    this.#listen.restart();
    this.#publish.restart();
  }

  /** Hear nothing any more; what I say goes on. */
  hush() {
    this.#listen.stop();
    this.#changed();
  }

  /** Leave. */
  stop() {
    this.#wantsAir = false;
    this.#lookedAt = null;
    this.#listen.stop();
    this.#publish.stop();
    this.microphone.close();
  }

  /**
   * @param {"publish" | "listen"} kind
   * @param {() => boolean} tries
   * @param {(peer: RTCPeerConnection) => void} prepare
   */
  #link(kind, tries, prepare) {
    const { open, clock, random } = this.#browser;
    const ask = this.#protocol.command.bind(this.#protocol);
    const link = new AudioLink({ kind, ask, open, prepare, tries, clock, random });
    link.addEventListener("change", () => this.#linkChanged(link));
    link.addEventListener("peer", () => this.#peerChanged(link));
    return link;
  }

  /** While one connection looks for a relay the other need not: offers are counted by the server. */
  #listenSeeks() {
    return this.#listen.wanted && this.#listen.problem === "relay_unavailable";
  }

  /** @param {AudioLink} link */
  #linkChanged(link) {
    const { state, message } = link;
    if (link === this.#listen && state === "on") this.#heardOnce = true;
    if (link === this.#listen && this.#publish.state === "waiting" && !this.#listenSeeks()) this.#publish.restart();
    if (link === this.#publish && !link.wanted && this.#wantsAir) this.#leaveAir();
    if (state === "refused" && message) this.#emit("refused", message);
    this.#changed();
  }

  /** @param {AudioLink} link */
  #peerChanged(link) {
    if (link !== this.#listen) return;
    this.#network.reset();
    // The tracks exist before the offer; they can be handed to the page before anything arrives.
    queueMicrotask(() => {
      this.tracks = this.#receivers().map(({ track }) => track);
      this.#emit("tracks");
    });
  }

  #receivers() {
    return this.#listen.peer?.getReceivers() ?? [];
  }

  #hearMicrophone() {
    const { microphone } = this;
    microphone.addEventListener("change", () => {
      if (microphone.state === "off" && this.#wantsAir) this.#loseMicrophone();
      this.#changed();
    });
    microphone.addEventListener("track", () => this.#useTrack());
    microphone.addEventListener("moved", (event) => {
      this.#emit("moved", /** @type {CustomEvent} */ (event).detail);
    });
  }

  /** Nobody shall think that I am heard. */
  #loseMicrophone() {
    this.mute();
    this.#payMute();
  }

  #useTrack() {
    const { track } = this.microphone;
    this.#meter?.stop();
    this.#meter = track && this.#browser.meter(track);
    const sender = this.#publish.peer?.getSenders()[0];
    // A connection that is being closed needs no track.
    sender?.replaceTrack(track).catch(() => undefined);
  }

  #hearProtocol() {
    const protocol = this.#protocol;
    for (const name of ["change", "phase"]) protocol.addEventListener(name, () => this.#follow());
    protocol.addEventListener("media-gone", (event) => {
      const end = /** @type {CustomEvent} */ (event).detail;
      this.#listen.ended(end);
      this.#publish.ended(end);
    });
    protocol.addEventListener("talking", (event) => this.#hearTold(/** @type {CustomEvent} */ (event).detail));
  }

  #mine() {
    const { state, you } = this.#protocol;
    return you && state.stage.find(({ person }) => person.id === you.id);
  }

  /** Do what the room now says of me. */
  #follow() {
    const { phase, session } = this.#protocol;
    if (isOver(phase)) return this.stop();
    if (phase === "elsewhere") return this.#yield();
    const mine = this.#mine();
    const muted = mine?.muted ?? true;
    if (!mine) this.#leaveAir();
    else if (muted && !this.#mutedBefore) this.#silence();
    if (muted) this.#owesMute = false;
    this.#mutedBefore = muted;
    // After the look at the stage: whoever was moved off it meanwhile publishes nothing anew.
    if (phase === "live" && session !== this.#session) this.#greeted(session);
    this.microphone.enable(this.#wantsAir && !muted);
    this.#changed();
  }

  /** Another device has my seat: nothing is heard or said here. */
  #yield() {
    if (!this.#listen.wanted && !this.#publish.wanted && this.microphone.state === "off") return;
    this.#leaveAir();
    this.hush();
  }

  /** I am muted in the room; unless it was I who did it, that is news. */
  #silence() {
    if (!this.#wantsAir) return;
    this.#wantsAir = false;
    this.#emit("silenced");
  }

  /** @param {string} session */
  #greeted(session) {
    this.#session = session;
    this.restart();
    this.#payMute();
  }

  #payMute() {
    if (this.#owesMute && this.#mine()) this.#protocol.command("mic.mute").catch(() => undefined);
  }

  /** The stage is not mine any more, or another of my pages has it. */
  #leaveAir() {
    this.#wantsAir = this.#owesMute = false;
    this.#publish.stop();
    if (this.microphone.state !== "off") this.microphone.close();
  }

  #startLooking() {
    if (this.#lookedAt !== null) return;
    this.#lookedAt = this.#browser.wall();
    let looks = 0;
    const look = () => {
      if (this.#lookedAt === null) return;
      const asleep = this.#browser.wall() - this.#lookedAt >= SLEEP_MS;
      this.#lookedAt = this.#browser.wall();
      if (asleep) this.#wake();
      this.#showLevels();
      looks += 1;
      if (looks % (QUALITY_MS / LEVELS_MS) === 0) void this.#judge();
      this.#browser.clock.after(LEVELS_MS, look);
    };
    this.#browser.clock.after(LEVELS_MS, look);
  }

  #wake() {
    this.#protocol.wake();
    this.restart();
  }

  #showLevels() {
    const { state, you } = this.#protocol;
    const heard = this.#listen.state === "on"
      ? this.#slots.look(this.#receivers(), state.stage.map(({ person }) => person.id))
      : this.#told.at(this.#browser.clock.now());
    if (you) this.#setOwn(heard, you.id);
    this.#setLevels(heard);
  }

  /**
   * The relay never sends one's own voice back: what the microphone hears is shown instead.
   *
   * @param {Map<string, number>} levels
   * @param {string} id
   */
  #setOwn(levels, id) {
    if (this.voice !== "air") return;
    const own = loudness(dbovOf(this.#meter?.level() ?? 0));
    if (own === null) levels.delete(id);
    else levels.set(id, own);
  }

  /** @param {Record<string, number>} dbovs */
  #hearTold(dbovs) {
    const now = this.#browser.clock.now();
    this.#told.hear(dbovs, now);
    if (this.#lookedAt === null) this.#setLevels(this.#told.at(now));
  }

  /** @param {Map<string, number>} levels */
  #setLevels(levels) {
    if (!levels.size && !this.levels.size) return;
    this.levels = levels;
    this.#emit("levels");
  }

  async #judge() {
    const listening = this.#listen.state === "on" ? this.#listen.peer : null;
    const speaking = this.voice === "air" ? this.#publish.peer : null;
    if (await this.#network.look(listening, speaking)) this.#changed();
  }

  #shown() {
    return `${this.hearing} ${this.voice} ${this.network}`;
  }

  /** Say `change` if something that is shown did. */
  #changed() {
    const seen = this.#shown();
    if (seen === this.#seen) return;
    this.#seen = seen;
    this.#emit("change");
  }

  /**
   * @param {string} name
   * @param {unknown} [detail]
   */
  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
