/**
 * A visit to a room: its socket, its sound, what I may do there. It outlives the room's page: wherever one goes on the
 * site, the dock carries it along.
 *
 * It dispatches `change` (`view` changed), `said` (chat.js knows other messages), `levels` (`audio.levels` changed) and
 * `over` (the room has ended or is gone, or one has left).
 *
 * @typedef {import("./view.js").View} View
 * @typedef {import("./view.js").PageData} PageData
 */

import { toast } from "../../site/js/toast.js";
import { gettext, fill } from "../../site/js/words.js";
import { announce } from "./announce.js";
import { followBlocks } from "./blocks.js";
import { RoomAudio } from "./audio.js";
import { browser } from "./browser_sound.js";
import { commander } from "./commands.js";
import { startComfort } from "./comfort.js";
import { toggleMicrophone } from "./mic_switch.js";
import { startMoments } from "./moments.js";
import { Playback } from "./playback.js";
import { RoomProtocol, isOver } from "./protocol.js";
import { askForConsent, tellRecording } from "./recording.js";
import { may, viewOf } from "./view.js";

/** What is asked of the server while leaving may not keep anybody waiting. */
const GOODBYE_MS = 1_000;

export class RoomVisit extends EventTarget {
  page;
  protocol;
  audio;
  playback;
  send;
  /** @type {View} */
  view;

  #life = new AbortController();

  /** How many answers are awaited to what may change whose messages I see. */
  asking = 0;

  /** @param {PageData} page */
  constructor(page) {
    super();
    this.page = page;
    const address = new URL(page.socket, location.href);
    address.protocol = address.protocol.replace("http", "ws");
    this.protocol = new RoomProtocol(address.href, { seq: page.seq, state: page.state, device: newDevice() });
    askForConsent(this.protocol);
    this.send = commander(this.protocol);
    this.audio = new RoomAudio(this.protocol, browser);
    this.playback = new Playback(this.audio, this.signal);
    this.view = viewOf(page, this.protocol, this.audio, this.playback);
    this.#hearProtocol();
    this.#hearAudio();
    this.#hearWorld();
    followBlocks(this);
  }

  /** Aborts when the visit is over. */
  get signal() {
    return this.#life.signal;
  }

  /** Whether leaving would cost a place on the stage or in the queue. */
  get holds() {
    return may(this.view, "speak") || this.view.place > 0;
  }

  /** @param {boolean} again whether this window was in the room when it was loaded anew */
  start(again) {
    if (sessionStorage.getItem(this.#airKey)) this.audio.wasOnAir();
    this.protocol.start();
    startComfort(this);
    startMoments(this);
    void this.playback.begin(again);
  }

  /** Leave the room: give the place back that one holds, then hang up. */
  async leave() {
    this.playback.pause();
    this.audio.mute();
    const { view } = this;
    const goodbyes = [];
    if (may(view, "step_down")) goodbyes.push(this.protocol.command("stage.leave"));
    if (view.place) goodbyes.push(this.protocol.command("hand.lower"));
    const patience = new Promise((resolve) => setTimeout(resolve, GOODBYE_MS));
    await Promise.race([Promise.allSettled(goodbyes), patience]);
    this.end();
  }

  /** Be in the room here, and no longer on the other device. */
  takeSeat() {
    this.protocol.takeSeat();
    this.playback.resume();
  }

  /** Hang up, and keep what one holds in the room for a return. */
  end() {
    if (this.signal.aborted) return;
    this.protocol.stop();
    this.#finish();
  }

  #finish() {
    this.audio.stop();
    sessionStorage.removeItem(this.#airKey);
    this.#life.abort();
    this.dispatchEvent(new Event("over"));
  }

  /** Put right what the page began with. @param {Partial<PageData>} news */
  learn(news) {
    this.page = { ...this.page, ...news };
    this.#show();
  }

  /** @param {HTMLElement} button the one that is busy meanwhile */
  toggleMicrophone(button) {
    return toggleMicrophone(this, button);
  }

  #hearProtocol() {
    const { protocol } = this;
    let before = protocol.state;
    protocol.addEventListener("change", (event) => {
      const events = /** @type {CustomEvent} */ (event).detail;
      this.#show();
      if (events) announce(events, before, this.view.you);
      tellRecording(before, this.view);
      before = protocol.state;
    });
    protocol.addEventListener("phase", () => {
      this.#show();
      // The socket closes by itself, once whoever ended the room has had the answer.
      if (isOver(protocol.phase)) this.#finish();
      if (protocol.phase === "elsewhere") this.playback.pause();
    });
    protocol.addEventListener("seat-moved", () => {
      toast(gettext("You were in this room on another device. You are here now, and no longer there."));
    });
    protocol.addEventListener("pulse", () => this.#show());
    protocol.addEventListener("refused", (event) => toast(/** @type {CustomEvent} */ (event).detail.message));
  }

  #hearAudio() {
    const { audio, playback } = this;
    audio.addEventListener("change", () => {
      this.#rememberAir();
      this.#show();
    });
    audio.addEventListener("levels", () => this.dispatchEvent(new Event("levels")));
    audio.addEventListener("refused", (event) => toast(/** @type {CustomEvent} */ (event).detail));
    audio.addEventListener("silenced", () => toast(gettext("Your microphone was switched off.")));
    audio.addEventListener("moved", (event) => tellMoved(/** @type {CustomEvent} */ (event).detail));
    playback.addEventListener("change", () => this.#show());
    playback.addEventListener("interrupted", () => this.#interrupted());
  }

  /** The network, the window and the machine come and go. */
  #hearWorld() {
    const { protocol, audio, signal } = this;
    const wake = () => protocol.wake();
    addEventListener("pageshow", wake, { signal });
    addEventListener("online", () => {
      wake();
      audio.restart();
    }, { signal });
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && wake(), { signal });
    // Only where the browser says of which kind the network is; it reports every change of its speed as well.
    /** @type {EventTarget & {type?: string} | undefined} */
    const connection = /** @type {any} */ (navigator).connection;
    let type = connection?.type;
    connection?.addEventListener("change", () => {
      const before = type;
      type = connection.type;
      if (type !== before && type !== "none") audio.restart();
    }, { signal });
  }

  #show() {
    this.view = viewOf(this.page, this.protocol, this.audio, this.playback);
    this.dispatchEvent(new Event("change"));
  }

  /** Another sound has begun: nobody speaks into a room that they do not hear. */
  #interrupted() {
    if (!this.audio.wantsAir) return;
    this.audio.mute();
    this.protocol.command("mic.mute").catch(() => undefined);
    toast(gettext("Another sound has begun. Your microphone is off."));
  }

  /** Whoever loads the page anew is silent, and the room shall be told so. */
  #rememberAir() {
    if (this.audio.wantsAir) sessionStorage.setItem(this.#airKey, "1");
    else if (this.audio.voice === "muted") sessionStorage.removeItem(this.#airKey);
  }

  get #airKey() {
    return `on-air ${this.page.id}`;
  }
}

/** A name for this visit, known to nobody before. */
const newDevice = () => [...crypto.getRandomValues(new Uint8Array(12))].map((n) => n.toString(16).padStart(2, "0")).join("");

/** @param {string} name */
function tellMoved(name) {
  toast(name
    ? fill(gettext("Your microphone went away. You now speak through: %(name)s"), { name })
    : gettext("Your microphone went away. Another one took its place."));
}
