/**
 * Keeps the screen on while somebody is on the stage: a telephone that sleeps takes the microphone away. It knows no
 * page but whether it is seen.
 *
 * @typedef {{request: (type: "screen") => Promise<{release: () => Promise<void>, released?: boolean}>}} Locks
 * @typedef {Pick<Document, "visibilityState" | "addEventListener">} Window
 */

export class StageLight {
  #locks;
  #window;
  #wanted = false;
  /** @type {Awaited<ReturnType<Locks["request"]>> | null} */
  #lock = null;
  #asking = false;

  /**
   * @param {{locks: Locks | undefined, window: Window, signal: AbortSignal}} options
   */
  constructor({ locks, window, signal }) {
    this.#locks = locks;
    this.#window = window;
    // The browser takes it back whenever the page is hidden.
    window.addEventListener("visibilitychange", () => void this.#follow(), { signal });
    signal.addEventListener("abort", () => this.keep(false), { once: true });
  }

  /** @param {boolean} wanted */
  keep(wanted) {
    if (this.#wanted === wanted) return;
    this.#wanted = wanted;
    void this.#follow();
  }

  async #follow() {
    if (!this.#wanted) return this.#release();
    const has = this.#lock && !this.#lock.released;
    if (!this.#locks || has || this.#asking || this.#window.visibilityState !== "visible") return;
    this.#asking = true;
    // Refused where the battery is low: then it is as if there were none.
    this.#lock = await this.#locks.request("screen").catch(() => null);
    this.#asking = false;
    if (!this.#wanted) this.#release();
  }

  #release() {
    void this.#lock?.release();
    this.#lock = null;
  }
}
