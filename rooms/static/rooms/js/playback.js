/** Plays a room: one audio element for each slot, outside every page. Knows when the browser waits for a tap. */

import { claimSound, releaseSound } from "../../site/js/one_sound.js";
import { SLOTS } from "./audio.js";
import { mayPlay } from "./browser_sound.js";

/**
 * It dispatches `change` (`waits` or `paused` changed) and `interrupted` (another sound began).
 */
export class Playback extends EventTarget {
  /** In some browsers an element plays only the first track of a stream. */
  players = Array.from({ length: SLOTS }, () => document.createElement("audio"));
  /** Whether sound waits for a tap; null until that is known. @type {boolean | null} */
  waits = null;
  /** Whether nothing shall be heard: the person wants it so, or another sound has begun. */
  paused = false;
  /** Whether another window of this browser has the sound. */
  elsewhere = false;

  #audio;
  #life;

  /**
   * @param {import("./audio.js").RoomAudio} audio
   * @param {AbortSignal} signal
   */
  constructor(audio, signal) {
    super();
    this.#audio = audio;
    this.#life = signal;
    document.body.append(...this.players);
    audio.addEventListener("tracks", () => this.play());
    // After a telephone call the elements stand still, though sound arrives.
    const wake = () => document.visibilityState === "visible" && audio.hearing === "on" && this.play();
    document.addEventListener("visibilitychange", wake, { signal });
    signal.addEventListener("abort", () => this.#end(), { once: true });
  }

  /**
   * Begin by itself, if the browser lets it.
   *
   * @param {boolean} again whether the window was loaded anew while one listened: then any tap will do
   */
  async begin(again) {
    if (await mayPlay()) return this.resume();
    this.#become(true, false);
    if (again) this.#takeAnyTap();
  }

  #takeAnyTap() {
    const tapped = new AbortController();
    const signal = AbortSignal.any([tapped.signal, this.#life]);
    const resume = () => {
      tapped.abort();
      if (this.waits) this.resume();
    };
    // Scrolling by touch is no tap to the browser, hence `pointerup`.
    for (const kind of ["pointerup", "keydown"]) document.addEventListener(kind, resume, { signal });
  }

  /** Hear the room. */
  resume() {
    claimSound(this.#owner);
    this.elsewhere = false;
    this.#become(false, false);
    if (this.#audio.hearing === "on") this.play();
    else this.#audio.listen();
  }

  /** Hear nothing of the room. */
  pause() {
    releaseSound(this.#owner);
    this.#audio.hush();
    this.#become(false, true);
  }

  /** The system has taken the sound away: it goes on with a tap, or when it is given back. */
  stall() {
    this.#become(true, this.paused);
  }

  play() {
    this.players.forEach((player, index) => {
      const track = this.paused ? undefined : this.#audio.tracks[index];
      if (!track) player.srcObject = null;
      else if (/** @type {MediaStream | null} */ (player.srcObject)?.getTracks()[0] !== track) {
        player.srcObject = new MediaStream([track]);
      }
      if (track) player.play().catch((error) => this.#blocked(error));
    });
  }

  #owner = {
    pause: (/** @type {boolean} */ elsewhere) => {
      this.elsewhere = elsewhere;
      this.pause();
      this.dispatchEvent(new Event("interrupted"));
    },
  };

  #end() {
    releaseSound(this.#owner);
    for (const player of this.players) {
      player.srcObject = null;
      player.remove();
    }
  }

  /** @param {DOMException} error */
  #blocked(error) {
    // Anything else is a track that was replaced before it began.
    if (error.name === "NotAllowedError") this.#become(true, this.paused);
  }

  /**
   * @param {boolean} waits
   * @param {boolean} paused
   */
  #become(waits, paused) {
    this.waits = waits;
    this.paused = paused;
    this.dispatchEvent(new Event("change"));
  }
}
