/**
 * The chat of a lobby: like a visit as far as chat.js asks, but without sound, and it lasts as long as the page.
 *
 * It dispatches `change` (`view` changed) and `said` (chat.js knows other messages), as a visit does.
 *
 * @typedef {import("./view.js").View} View
 * @typedef {import("./view.js").PageData} PageData
 */

import { byId } from "../../site/js/parts.js";
import { followBlocks } from "./blocks.js";
import { startChat } from "./chat.js";
import { commander } from "./commands.js";
import { viewOf } from "./view.js";

const NO_SOUND = /** @type {const} */ ({ hearing: "off", voice: "muted", network: "good" });
const NO_PLAYBACK = { waits: null, paused: false, elsewhere: false };

export class Lobby extends EventTarget {
  page;
  protocol;
  signal;
  send;
  /** @type {View} */
  view;
  /** How many answers are awaited to what may change whose messages I see. */
  asking = 0;

  /**
   * @param {PageData} page
   * @param {import("./protocol.js").RoomProtocol} protocol
   * @param {AbortSignal} signal
   */
  constructor(page, protocol, signal) {
    super();
    this.page = page;
    this.protocol = protocol;
    this.signal = signal;
    this.send = commander(protocol);
    this.view = this.#look();
    for (const news of ["change", "phase"]) protocol.addEventListener(news, () => this.#show(), { signal });
    followBlocks(this);
  }

  /** Put right what the page began with. @param {Partial<PageData>} news */
  learn(news) {
    this.page = { ...this.page, ...news };
    this.#show();
  }

  #look() {
    return viewOf(this.page, this.protocol, NO_SOUND, NO_PLAYBACK);
  }

  #show() {
    this.view = this.#look();
    this.dispatchEvent(new Event("change"));
  }
}

/**
 * @param {PageData} page
 * @param {import("./protocol.js").RoomProtocol} protocol
 * @param {AbortSignal} signal
 */
export function startLobby(page, protocol, signal) {
  const lobby = new Lobby(page, protocol, signal);
  startChat(lobby, signal);
  // Who somebody is stands on their own page: a lobby has no list of people to open.
  byId("chat").addEventListener("click", ({ target }) => {
    const id = /** @type {HTMLElement | null} */ (/** @type {Element} */ (target).closest("[data-open]"))?.dataset.open;
    const found = protocol.state.chat.find(({ person }) => person.id === id);
    if (found) location.assign(page.profile.replace("HANDLE", found.person.handle));
  });
}
