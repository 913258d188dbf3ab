/**
 * The microphone: asked for when somebody wants to speak, changed when it is pulled out or another one is wished, let
 * go when it is not needed. It knows no page.
 *
 * It dispatches `change` (`state` or `problem` changed), `track` (`track` is another one, or none), `moved` (the
 * microphone in use went away and another took its place; `detail` is the new one's name), `missed` (the wished one is
 * not there; `detail`: `wished` and `used`, names) and `returned` (the wished one is back; `detail` is its name).
 *
 * @typedef {import("./protocol.js").Clock} Clock
 * @typedef {"" | "refused" | "system" | "missing" | "busy" | "insecure"} MicrophoneProblem
 *   `system`: not the browser but what it runs on refuses; `busy`: another program has it, or its own switch is off.
 * @typedef {Pick<MediaDevices, "getUserMedia" | "enumerateDevices" | "addEventListener">} Devices
 * @typedef {Pick<import("./sound_settings.js").SoundWishes, "microphone" | "microphoneName" | "echo" | "noise" |
 *   "gain">} Wishes
 */

import { findDevice } from "./devices.js";
import { DEFAULT_WISHES } from "./sound_settings.js";

/** Muted for so long, the microphone is let go: the browser's red mark goes out, and a telephone saves its battery. */
export const RELEASE_MS = 60_000;
/** A connection needs a moment to take the next track; until then the former one goes on. */
export const HANDOVER_MS = 300;

/** @type {Record<string, MicrophoneProblem>} */
const PROBLEMS = {
  NotAllowedError: "refused",
  SecurityError: "refused",
  NotFoundError: "missing",
  OverconstrainedError: "missing",
  NotReadableError: "busy",
  AbortError: "busy",
};

/** @param {unknown} error @returns {MicrophoneProblem} */
function problemOf(error) {
  const { name, message } = /** @type {Error} */ (error);
  // Only Chromium tells who refuses.
  if (name === "NotAllowedError" && /denied by system/i.test(message)) return "system";
  return PROBLEMS[name] ?? "busy";
}

export class Microphone extends EventTarget {
  /** @type {"off" | "asking" | "on"} */
  state = "off";
  /** @type {MicrophoneProblem} */
  problem = "";
  /** @type {MediaStreamTrack | null} */
  track = null;

  #devices;
  #clock;
  #wishes;
  /** Whether speech is let through; without it the track carries silence. */
  #enabled = false;
  /** Counts what was asked for, so that an answer that nobody waits for any more is given back. */
  #turn = 0;
  /** @type {any} */
  #release = null;
  /** Whether the next track is fetched while this one still serves. */
  #changing = false;
  /** The wished device that was not there when it was looked for. */
  #missed = "";
  /** What was in use before, for as long as it goes on. @type {MediaStreamTrack | null} */
  #former = null;

  /**
   * @param {{devices: Devices | undefined, clock: Clock, wishes?: () => Wishes, signal?: AbortSignal}} options without
   *   devices the page is not secure; after the signal it looks for none any more
   */
  constructor({ devices, clock, wishes = () => DEFAULT_WISHES, signal }) {
    super();
    this.#devices = devices;
    this.#clock = clock;
    this.#wishes = wishes;
    devices?.addEventListener("devicechange", () => void this.#look(), { signal });
  }

  /** Have a microphone; resolves to whether there is one. The browser may ask the person first. */
  async open() {
    this.#keep();
    if (this.track) return true;
    return this.#ask();
  }

  /**
   * Something else is wished now: have that, without a gap; an unused microphone follows when it is opened. Resolves to
   * why that cannot be, with the former one still in use; empty if all is well.
   *
   * @returns {Promise<MicrophoneProblem>}
   */
  async change() {
    if (!this.track) return "";
    const turn = ++this.#turn;
    this.#changing = true;
    try {
      const track = await this.#acquire();
      if (turn === this.#turn) this.#have(track);
      else track.stop();
      return "";
    } catch (error) {
      return problemOf(error);
    } finally {
      if (turn === this.#turn) this.#changing = false;
    }
  }

  /** Let speech through or not, at once. Not for a while, and the microphone is let go. @param {boolean} enabled */
  enable(enabled) {
    for (const track of [this.track, this.#former]) if (track) track.enabled = enabled;
    if (enabled) this.#keep();
    else if (this.track && this.#release === null) this.#releaseLater();
    this.#enabled = enabled;
  }

  /** Let go of the microphone. */
  close() {
    this.#turn += 1;
    this.#changing = false;
    this.#keep();
    this.#enabled = false;
    this.#use(null);
    this.#become("off", "");
  }

  async #ask() {
    const turn = ++this.#turn;
    this.#changing = false;
    if (!this.#devices) return this.#fail("insecure");
    this.#become("asking", "");
    try {
      const track = await this.#acquire();
      if (turn === this.#turn) return this.#have(track);
      track.stop();
      return false;
    } catch (error) {
      if (turn !== this.#turn) return false;
      return this.#fail(problemOf(error));
    }
  }

  /** The wished microphone, or another one if that is not there. */
  async #acquire() {
    const wishes = this.#wishes();
    const track = await this.#get(wishes.microphone);
    if (!wishes.microphone || idOf(track) === wishes.microphone) {
      this.#missed = "";
      return track;
    }
    const known = await this.#find();
    // What the browser's own question was answered with goes before what is remembered.
    if (!known) this.#miss(wishes, track);
    if (!known || known.id === wishes.microphone || known.id === idOf(track)) return track;
    track.stop();
    return this.#get(known.id);
  }

  /** @param {string} device */
  async #get(device) {
    const { echo, noise, gain } = this.#wishes();
    const treatment = { echoCancellation: echo, noiseSuppression: noise, autoGainControl: gain, channelCount: 1 };
    const audio = device ? { deviceId: { ideal: device }, ...treatment } : treatment;
    const stream = await /** @type {Devices} */ (this.#devices).getUserMedia({ audio });
    return stream.getAudioTracks()[0];
  }

  /** The wished device, if it is plugged in. */
  async #find() {
    const { microphone: id, microphoneName: name } = this.#wishes();
    return findDevice(await /** @type {Devices} */ (this.#devices).enumerateDevices(), "audioinput", { id, name });
  }

  /**
   * @param {Wishes} wishes
   * @param {MediaStreamTrack} track
   */
  #miss({ microphone, microphoneName }, { label }) {
    const told = this.#missed === microphone;
    this.#missed = microphone;
    if (!told) this.dispatchEvent(new CustomEvent("missed", { detail: { wished: microphoneName, used: label } }));
  }

  /** @param {MediaStreamTrack} track */
  #have(track) {
    track.enabled = this.#enabled;
    track.onended = () => void this.#replace();
    // The system took the sound away (a telephone call, a switch on the device) and may give it back. Some browsers
    // have one microphone at a time: the former falls silent while the next is fetched.
    track.onmute = () => this.#changing || this.#become("on", "busy");
    track.onunmute = () => this.#become("on", "");
    this.#use(track);
    this.#become("on", track.muted ? "busy" : "");
    return true;
  }

  /** @param {MicrophoneProblem} problem */
  #fail(problem) {
    this.#use(null);
    this.#become("off", problem);
    return false;
  }

  /** The devices have changed: is ours there, or the wished one back? One that came may end that there was none. */
  async #look() {
    if (this.problem === "missing" && this.state === "off") this.#become("off", "");
    const id = this.track && idOf(this.track);
    if (!this.#devices || !id) return;
    const present = await this.#devices.enumerateDevices();
    if (!this.track || idOf(this.track) !== id) return;
    const gone = !present.some((device) => device.kind === "audioinput" && device.deviceId === id);
    if (gone) await this.#replace();
    else if (this.#missed && (await this.#find()) && !(await this.change())) this.#tell("returned");
  }

  /** The microphone in use is gone: take the one that the system now has for us. */
  async #replace() {
    // Whoever hears that it has moved need not hear that it is missed.
    if (this.track && idOf(this.track) === this.#wishes().microphone) this.#missed = this.#wishes().microphone;
    this.#use(null);
    if (await this.#ask()) this.#tell("moved");
  }

  /** @param {"moved" | "returned"} name */
  #tell(name) {
    this.dispatchEvent(new CustomEvent(name, { detail: this.track?.label ?? "" }));
  }

  #releaseLater() {
    this.#release = this.#clock.after(RELEASE_MS, () => this.close());
  }

  #keep() {
    if (this.#release !== null) this.#clock.cancel(this.#release);
    this.#release = null;
  }

  /** @param {MediaStreamTrack | null} track */
  #use(track) {
    const before = this.track;
    if (before === track) return;
    if (before) before.onended = before.onmute = before.onunmute = null;
    this.track = track;
    this.dispatchEvent(new Event("track"));
    this.#stopFormer();
    this.#former = before;
    if (before && track) this.#clock.after(HANDOVER_MS, () => before === this.#former && this.#stopFormer());
    else this.#stopFormer();
  }

  #stopFormer() {
    this.#former?.stop();
    this.#former = null;
  }

  /**
   * @param {"off" | "asking" | "on"} state
   * @param {MicrophoneProblem} problem
   */
  #become(state, problem) {
    if (this.state === state && this.problem === problem) return;
    this.state = state;
    this.problem = problem;
    this.dispatchEvent(new Event("change"));
  }
}

/** @param {MediaStreamTrack} track */
const idOf = (track) => track.getSettings().deviceId;
