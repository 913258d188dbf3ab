/** A replay's player: our controls over the browser's audio element. */

import { clockOf } from "../../site/js/formats.js";
import { claimSound, releaseSound } from "../../site/js/one_sound.js";
import { mark, say, slot } from "../../site/js/parts.js";
import { onKey } from "../../site/js/shortcuts.js";
import { fill, gettext } from "../../site/js/words.js";
import { countListening } from "./replay_heard.js";

const JUMP_SECONDS = 15;
const PLAYABLE = 'audio/ogg; codecs="opus"';
const SPEED_KEY = "causerie.speed";

/** Which of a page's players the keys are for: the one that was used last. @type {Player | null} */
let atHand = null;

function remembered() {
  try {
    return localStorage.getItem(SPEED_KEY) ?? "1";
  } catch {
    return "1";
  }
}

/** @param {string} speed */
function remember(speed) {
  try {
    localStorage.setItem(SPEED_KEY, speed);
  } catch {
    // A browser that keeps nothing: the next replay begins at the plain speed.
  }
}

class Player {
  /** Whether a finger holds the slider: the sound does not move it then. */
  #held = false;

  /**
   * @param {HTMLElement} root
   * @param {AbortSignal} signal
   */
  constructor(root, signal) {
    this.root = root;
    this.audio = /** @type {HTMLAudioElement} */ (root.querySelector("audio"));
    this.seconds = Number(root.dataset.seconds);
    this.seek = /** @type {HTMLInputElement} */ (slot(root, "seek"));
    this.speed = /** @type {HTMLSelectElement} */ (slot(root, "speed"));
    this.#listen(signal);
    countListening(root, this.audio, signal);
    this.#hurry(remembered());
    this.audio.controls = false;
    slot(root, "controls").hidden = false;
    this.#show();
    atHand ??= this;
  }

  toggle() {
    // One that failed before may arrive now.
    if (this.audio.error) this.audio.load();
    if (this.audio.paused) this.audio.play().catch((error) => this.#fail(error));
    else this.audio.pause();
  }

  /** @param {number} seconds */
  jump(seconds) {
    this.#goTo(this.audio.currentTime + seconds);
  }

  /** @param {AbortSignal} signal */
  #listen(signal) {
    const { audio, root, seek } = this;
    for (const name of ["timeupdate", "seeked", "ended", "pause"]) audio.addEventListener(name, () => this.#show());
    audio.addEventListener("play", () => {
      claimSound(audio);
      slot(root, "trouble").hidden = true;
      this.#show();
    });
    audio.addEventListener("waiting", () => mark(slot(root, "play"), "aria-busy", "true"));
    audio.addEventListener("playing", () => slot(root, "play").removeAttribute("aria-busy"));
    audio.addEventListener("error", () => this.#fail());
    seek.addEventListener("input", () => {
      this.#held = true;
      this.#showPlace(Number(seek.value));
    });
    seek.addEventListener("change", () => {
      this.#held = false;
      this.#goTo(Number(seek.value));
    });
    slot(root, "play").addEventListener("click", () => this.toggle());
    slot(root, "back").addEventListener("click", () => this.jump(-JUMP_SECONDS));
    slot(root, "ahead").addEventListener("click", () => this.jump(JUMP_SECONDS));
    this.speed.addEventListener("change", () => this.#hurry(this.speed.value));
    for (const name of ["focusin", "click"]) root.addEventListener(name, () => (atHand = this));
    this.#onKey("k", gettext("Play the replay, or pause it"), () => this.toggle(), signal);
    this.#onKey("j", gettext("Go 15 seconds back in the replay"), () => this.jump(-JUMP_SECONDS), signal);
    this.#onKey("l", gettext("Go 15 seconds ahead in the replay"), () => this.jump(JUMP_SECONDS), signal);
    signal.addEventListener("abort", () => this.#end(), { once: true });
  }

  /**
   * @param {string} key
   * @param {string} label
   * @param {() => void} act
   * @param {AbortSignal} signal
   */
  #onKey(key, label, act, signal) {
    onKey(key, label, () => atHand === this && act(), signal);
  }

  /** @param {number} seconds */
  #goTo(seconds) {
    this.audio.currentTime = Math.max(0, Math.min(this.seconds, seconds));
    this.#show();
  }

  /** @param {string} speed one of those offered; any other is the plain one */
  #hurry(speed) {
    const known = [...this.speed.options].some(({ value }) => value === speed);
    this.speed.value = known ? speed : "1";
    this.audio.defaultPlaybackRate = this.audio.playbackRate = Number(this.speed.value);
    remember(this.speed.value);
  }

  #show() {
    const paused = this.audio.paused;
    slot(this.root, "paused").hidden = !paused;
    slot(this.root, "playing").hidden = paused;
    mark(slot(this.root, "play"), "aria-label", paused ? gettext("Play") : gettext("Pause"));
    if (!this.#held) this.#showPlace(this.audio.currentTime);
  }

  /** @param {number} seconds */
  #showPlace(seconds) {
    const at = clockOf(seconds);
    say(slot(this.root, "at"), at);
    if (!this.#held) this.seek.value = String(Math.floor(seconds));
    mark(this.seek, "aria-valuetext", fill(gettext("%(at)s of %(whole)s"), { at, whole: clockOf(this.seconds) }));
    const part = this.seconds ? Math.min(1, seconds / this.seconds) : 0;
    this.root.style.setProperty("--heard", `${(100 * part).toFixed(2)}%`);
  }

  /** @param {DOMException} [error] */
  #fail(error) {
    // A play that was ended by a pause has not failed.
    if (error?.name === "AbortError") return;
    const trouble = slot(this.root, "trouble");
    slot(this.root, "play").removeAttribute("aria-busy");
    say(
      trouble,
      this.audio.canPlayType(PLAYABLE)
        ? gettext("The replay did not arrive. Check your connection, then press Play.")
        : gettext("This browser cannot play the replay. Update it, or try another one."),
    );
    trouble.hidden = false;
  }

  #end() {
    if (atHand === this) atHand = null;
    this.audio.pause();
    releaseSound(this.audio);
  }
}

/**
 * @param {HTMLElement} root
 * @param {AbortSignal} signal
 */
export const startPlayer = (root, signal) => new Player(root, signal);
