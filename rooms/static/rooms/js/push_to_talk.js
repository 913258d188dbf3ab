/**
 * Holding to talk: heard while something is held, silent the moment it is let go. It knows no page.
 *
 * The sound itself is switched here and at once. The room is told one thing at a time and in order, and only once a
 * pause has lasted: whoever taps quickly sends one word at the beginning and one at the end, since commands are counted
 * (rooms/consumers.py: 10 a second, 20 at once).
 *
 * It dispatches `change` (`held` changed), `problem` (there is no microphone) and `refused` (`detail`: the error).
 *
 * @typedef {import("./protocol.js").Clock} Clock
 * @typedef {object} TalkOptions
 * @property {{takeAir: () => Promise<boolean>, mute: () => void}} audio
 * @property {(type: string) => Promise<unknown>} tell sends a command to the room
 * @property {() => boolean} isMuted whether the room takes me for muted
 * @property {Clock} clock
 */

/** Between two taps in a row the room goes on taking me for unmuted. */
export const MUTE_AFTER_MS = 400;
/** When the room could not be told that I am muted; nothing is heard of me meanwhile. */
export const TELL_AGAIN_MS = 1_500;
/** Refusals that the same command may not meet again. */
const PASSING_CODES = new Set(["timeout", "too_fast", "unavailable"]);

export class PushToTalk extends EventTarget {
  held = false;

  #options;
  /** Whether the room was told, by me, that I speak. */
  #toldOpen = false;
  #working = false;
  /** Counts what happened, so that nothing of it is overlooked while the room is told something. */
  #turn = 0;
  /** Until then the room is not told that I am silent. @type {any} */
  #pause = null;

  /** @param {TalkOptions} options */
  constructor(options) {
    super();
    this.#options = options;
  }

  press() {
    if (this.held) return;
    if (!this.#working && this.#pause === null) this.#toldOpen = !this.#options.isMuted();
    this.#cancel();
    this.#hold(true);
    void this.#work();
  }

  release() {
    if (!this.held) return;
    this.#options.audio.mute();
    this.#hold(false);
    this.#muteAfter(MUTE_AFTER_MS);
  }

  /** I am muted by somebody else, or no longer on the stage: there is nothing to tell. */
  drop() {
    this.#cancel();
    this.#toldOpen = false;
    if (this.held) this.#options.audio.mute();
    this.#hold(false);
  }

  async #work() {
    this.#turn += 1;
    if (this.#working) return;
    this.#working = true;
    for (let seen = 0; seen !== this.#turn;) {
      seen = this.#turn;
      await (this.held ? this.#speak() : this.#fallSilent());
    }
    this.#working = false;
  }

  async #speak() {
    const { audio, tell } = this.#options;
    if (!(await audio.takeAir())) return this.#giveUp("problem");
    // Let go while the browser asked or the microphone came: it was opened too late.
    if (!this.held) audio.mute();
    if (!this.held || this.#toldOpen) return;
    this.#toldOpen = true;
    try {
      await tell("mic.unmute");
      // Whatever happened meanwhile, the room now takes me for unmuted.
      this.#toldOpen = true;
      if (!this.held && this.#pause === null) this.#muteAfter(MUTE_AFTER_MS);
    } catch (error) {
      this.#toldOpen = false;
      this.#giveUp("refused", error);
    }
  }

  async #fallSilent() {
    if (!this.#toldOpen || this.#pause !== null) return;
    this.#toldOpen = false;
    try {
      await this.#options.tell("mic.mute");
    } catch (error) {
      // Without the socket the room hears of it with the next greeting, off the stage it need not.
      if (!PASSING_CODES.has(/** @type {import("./protocol.js").CommandError} */ (error).code)) return;
      this.#toldOpen = true;
      if (!this.held) this.#muteAfter(TELL_AGAIN_MS);
    }
  }

  /**
   * @param {"problem" | "refused"} name
   * @param {unknown} [detail]
   */
  #giveUp(name, detail) {
    this.#options.audio.mute();
    this.#hold(false);
    if (this.#toldOpen) this.#muteAfter(MUTE_AFTER_MS);
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  /** @param {number} ms */
  #muteAfter(ms) {
    this.#cancel();
    this.#pause = this.#options.clock.after(ms, () => {
      this.#pause = null;
      void this.#work();
    });
  }

  #cancel() {
    if (this.#pause !== null) this.#options.clock.cancel(this.#pause);
    this.#pause = null;
  }

  /** @param {boolean} held */
  #hold(held) {
    if (this.held === held) return;
    this.held = held;
    this.dispatchEvent(new Event("change"));
  }
}
