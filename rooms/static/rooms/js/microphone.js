/**
 * The microphone: asked for when somebody wants to speak, changed when it is pulled out, let go when it is not needed.
 * It knows no page.
 *
 * It dispatches `change` (`state` or `problem` changed), `track` (`track` is another one, or none) and `moved` (the
 * microphone in use went away and another took its place; `detail` is the new one's name).
 *
 * @typedef {import("./protocol.js").Clock} Clock
 * @typedef {"" | "refused" | "missing" | "busy" | "insecure"} MicrophoneProblem
 *   `busy`: another program has it, or the device's own switch is off.
 * @typedef {Pick<MediaDevices, "getUserMedia" | "enumerateDevices" | "addEventListener">} Devices
 */

/** Muted for so long, the microphone is let go: the browser's red mark goes out, and a telephone saves its battery. */
export const RELEASE_MS = 60_000;

/** What makes speech good in rooms without a studio. */
const CONSTRAINTS = {
  audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 },
};

/** @type {Record<string, MicrophoneProblem>} */
const PROBLEMS = {
  NotAllowedError: "refused",
  SecurityError: "refused",
  NotFoundError: "missing",
  OverconstrainedError: "missing",
  NotReadableError: "busy",
  AbortError: "busy",
};

export class Microphone extends EventTarget {
  /** @type {"off" | "asking" | "on"} */
  state = "off";
  /** @type {MicrophoneProblem} */
  problem = "";
  /** @type {MediaStreamTrack | null} */
  track = null;

  #devices;
  #clock;
  /** Whether speech is let through; without it the track carries silence. */
  #enabled = false;
  /** Counts what was asked for, so that an answer that nobody waits for any more is given back. */
  #turn = 0;
  /** @type {any} */
  #release = null;

  /** @param {{devices: Devices | undefined, clock: Clock}} options without devices the page is not secure */
  constructor({ devices, clock }) {
    super();
    this.#devices = devices;
    this.#clock = clock;
    devices?.addEventListener("devicechange", () => void this.#look());
  }

  /** Have a microphone; resolves to whether there is one. The browser may ask the person first. */
  async open() {
    this.#keep();
    if (this.track) return true;
    return this.#ask();
  }

  /** Let speech through or not, at once. Not for a while, and the microphone is let go. @param {boolean} enabled */
  enable(enabled) {
    if (this.track) this.track.enabled = enabled;
    if (enabled) this.#keep();
    else if (this.track && this.#release === null) this.#releaseLater();
    this.#enabled = enabled;
  }

  /** Let go of the microphone. */
  close() {
    this.#turn += 1;
    this.#keep();
    this.#enabled = false;
    this.#use(null);
    this.#become("off", "");
  }

  async #ask() {
    const turn = ++this.#turn;
    if (!this.#devices) return this.#fail("insecure");
    this.#become("asking", "");
    try {
      const stream = await this.#devices.getUserMedia(CONSTRAINTS);
      const [track] = stream.getAudioTracks();
      if (turn === this.#turn) return this.#have(track);
      track.stop();
      return false;
    } catch (error) {
      if (turn !== this.#turn) return false;
      return this.#fail(PROBLEMS[/** @type {Error} */ (error).name] ?? "busy");
    }
  }

  /** @param {MediaStreamTrack} track */
  #have(track) {
    track.enabled = this.#enabled;
    track.onended = () => void this.#replace();
    // The system took the sound away (a telephone call, a switch on the device) and may give it back.
    track.onmute = () => this.#become("on", "busy");
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

  /** The devices have changed: is ours still there? One that came may end that there was none. */
  async #look() {
    if (this.problem === "missing" && this.state === "off") this.#become("off", "");
    const id = this.track?.getSettings().deviceId;
    if (!this.#devices || !id) return;
    const present = await this.#devices.enumerateDevices();
    const gone = !present.some((device) => device.kind === "audioinput" && device.deviceId === id);
    if (gone && this.track?.getSettings().deviceId === id) await this.#replace();
  }

  /** The microphone in use is gone: take the one that the system now has for us. */
  async #replace() {
    this.#use(null);
    if (await this.#ask()) {
      this.dispatchEvent(new CustomEvent("moved", { detail: this.track?.label ?? "" }));
    }
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
    if (before) {
      before.onended = before.onmute = before.onunmute = null;
      before.stop();
    }
    this.track = track;
    this.dispatchEvent(new Event("track"));
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
