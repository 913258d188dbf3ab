/**
 * Where the room is heard: the loudspeaker that somebody chose, as long as it is there. It knows no page.
 *
 * It dispatches `missed` (the chosen one is not there, the system's plays; `detail` is its name) and `returned`
 * (`detail` likewise).
 *
 * @typedef {Pick<HTMLAudioElement, "setSinkId">} Player
 * @typedef {Pick<MediaDevices, "enumerateDevices" | "addEventListener">} Devices
 * @typedef {() => import("./devices.js").Choice} Wish
 */

import { findDevice } from "./devices.js";

export class Outputs extends EventTarget {
  #devices;
  #players;
  #wish;
  #missed = false;

  /** @param {{devices: Devices | undefined, players: Player[], wish: Wish, signal: AbortSignal}} options */
  constructor({ devices, players, wish, signal }) {
    super();
    this.#devices = devices;
    this.#players = players.filter((player) => "setSinkId" in player);
    this.#wish = wish;
    devices?.addEventListener("devicechange", () => void this.apply(), { signal });
  }

  /** Play through what is wished; resolves to whether that is so. */
  async apply() {
    const wish = this.#wish();
    if (!this.#players.length) return false;
    const heard = wish.id ? await this.#playThrough(await this.#idOf(wish)) : await this.#playThrough("");
    if (!heard) await this.#playThrough("");
    this.#tell(wish, heard);
    return heard;
  }

  /**
   * Devices have names only where the microphone was allowed; else the id has to do.
   *
   * @param {import("./devices.js").Choice} wish
   */
  async #idOf(wish) {
    const present = (await this.#devices?.enumerateDevices()) ?? [];
    return findDevice(present, "audiooutput", wish)?.id ?? wish.id;
  }

  /** @param {string} id */
  async #playThrough(id) {
    try {
      await Promise.all(this.#players.map((player) => player.setSinkId(id)));
      return true;
    } catch {
      return false;
    }
  }

  /**
   * @param {import("./devices.js").Choice} wish
   * @param {boolean} heard
   */
  #tell(wish, heard) {
    if (this.#missed === !heard) return;
    this.#missed = !heard;
    if (wish.id) this.dispatchEvent(new CustomEvent(heard ? "returned" : "missed", { detail: wish.name }));
  }
}
