/** The sound on the page: plays the room, asks for one tap where the browser wants one, switches the microphone. */

import { RoomAudio, SLOTS } from "./audio.js";
import { browser, mayPlay } from "./browser_sound.js";
import { byId, maybeSlot, say, slot } from "./parts.js";
import { hearingWord, microphoneHelp, soundSentence } from "./sound_words.js";
import { toast } from "./toast.js";
import { fill, gettext } from "./words.js";

/**
 * @typedef {import("./view.js").View} View
 * @typedef {(button: HTMLElement, type: string) => Promise<boolean>} Send
 */

/** One element for each slot: in some browsers an element plays only the first track of a stream. */
const players = Array.from({ length: SLOTS }, () => document.createElement("audio"));
/** Whether sound waits for a tap; null until that is known. @type {boolean | null} */
let waitsForTap = null;

/** @param {import("./protocol.js").RoomProtocol} protocol */
export const makeAudio = (protocol) => new RoomAudio(protocol, browser);

/**
 * @param {RoomAudio} audio
 * @param {Send} send
 * @param {() => void} show
 */
export function startSound(audio, send, show) {
  document.body.append(...players);
  audio.addEventListener("change", () => {
    rememberAir(audio);
    show();
  });
  audio.addEventListener("tracks", () => play(audio, show));
  audio.addEventListener("refused", (event) => toast(/** @type {CustomEvent} */ (event).detail));
  audio.addEventListener("silenced", () => toast(gettext("Your microphone was switched off.")));
  audio.addEventListener("moved", (event) => tellMoved(/** @type {CustomEvent} */ (event).detail));
  slot(byId("listen"), "listen").addEventListener("click", () => listen(audio, show));
  startMicrophone(audio, send);
  watchNetwork(audio);
  document.addEventListener("visibilitychange", () => {
    // After a telephone call the elements stand still, though sound arrives.
    if (document.visibilityState === "visible" && audio.hearing === "on") play(audio, show);
  });
  if (sessionStorage.getItem(airKey())) audio.wasOnAir();
  void begin(audio, show);
}

/**
 * @param {RoomAudio} audio
 * @param {() => void} show
 */
async function begin(audio, show) {
  waitsForTap = !(await mayPlay());
  if (!waitsForTap) audio.listen();
  show();
}

/**
 * @param {RoomAudio} audio
 * @param {() => void} show
 */
function listen(audio, show) {
  waitsForTap = false;
  if (audio.hearing === "on") play(audio, show);
  else audio.listen();
  show();
}

/**
 * @param {RoomAudio} audio
 * @param {() => void} show
 */
function play(audio, show) {
  players.forEach((player, index) => {
    const track = audio.tracks[index];
    if (!track) player.srcObject = null;
    else if (/** @type {MediaStream | null} */ (player.srcObject)?.getTracks()[0] !== track) {
      player.srcObject = new MediaStream([track]);
    }
    if (track) player.play().catch((error) => blocked(error, show));
  });
}

/**
 * @param {DOMException} error
 * @param {() => void} show
 */
function blocked(error, show) {
  // Anything else is a track that was replaced before it began.
  if (error.name !== "NotAllowedError") return;
  waitsForTap = true;
  show();
}

/**
 * @param {RoomAudio} audio
 * @param {Send} send
 */
function startMicrophone(audio, send) {
  const button = maybeSlot(byId("bar"), "mic");
  const dialog = /** @type {HTMLDialogElement} */ (byId("microphone"));
  slot(dialog, "close").addEventListener("click", () => dialog.close());
  if (!button) return;
  const toggle = () => void toggleMicrophone(audio, send, button);
  button.addEventListener("click", toggle);
  slot(dialog, "again").addEventListener("click", () => {
    dialog.close();
    toggle();
  });
  document.addEventListener("keydown", (event) => {
    if (isForMicrophone(event) && button.checkVisibility()) toggle();
  });
}

/** The key M, where nothing is being written or answered. @param {KeyboardEvent} event */
function isForMicrophone(event) {
  const target = /** @type {HTMLElement} */ (event.target);
  const writes = target.isContentEditable || target.matches("input, textarea, select");
  const chord = event.ctrlKey || event.altKey || event.metaKey;
  const answers = document.querySelector("dialog[open]");
  return event.key.toLowerCase() === "m" && !chord && !event.repeat && !writes && !answers;
}

/**
 * @param {RoomAudio} audio
 * @param {Send} send
 * @param {HTMLElement} button
 */
async function toggleMicrophone(audio, send, button) {
  const { voice } = audio;
  if (voice === "asking") return;
  if (voice === "air" || voice === "connecting" || voice === "reconnecting") {
    audio.mute();
    await send(button, "mic.mute");
  } else if (!(await audio.takeAir())) helpWith(audio.microphone.problem);
  else if (!(await send(button, "mic.unmute"))) audio.mute();
  // Pressed again meanwhile, when the button was busy: the last press counts.
  else if (!audio.wantsAir) await send(button, "mic.mute");
}

/** @param {import("./microphone.js").MicrophoneProblem} problem */
function helpWith(problem) {
  if (!problem) return;
  const dialog = /** @type {HTMLDialogElement} */ (byId("microphone"));
  const { title, words, steps } = microphoneHelp(problem, navigator.userAgent);
  say(slot(dialog, "title"), title);
  say(slot(dialog, "words"), words);
  slot(dialog, "steps").replaceChildren(...steps.map(itemOf));
  slot(dialog, "words").hidden = !words;
  slot(dialog, "steps").hidden = !steps.length;
  slot(dialog, "again").hidden = problem === "insecure";
  if (!dialog.open) dialog.showModal();
}

/** @param {string} text */
function itemOf(text) {
  const item = document.createElement("li");
  item.textContent = text;
  return item;
}

/** @param {string} name */
function tellMoved(name) {
  toast(name
    ? fill(gettext("Your microphone went away. You now speak through: %(name)s"), { name })
    : gettext("Your microphone went away. Another one took its place."));
}

/** @param {RoomAudio} audio */
function watchNetwork(audio) {
  addEventListener("online", () => audio.restart());
  // Only where the browser says of which kind the network is; it reports every change of its speed as well.
  /** @type {EventTarget & {type?: string} | undefined} */
  const connection = /** @type {any} */ (navigator).connection;
  let type = connection?.type;
  connection?.addEventListener("change", () => {
    const before = type;
    type = connection.type;
    if (type !== before && type !== "none") audio.restart();
  });
}

/** Whoever loads the page anew is silent, and the room shall be told so. @param {RoomAudio} audio */
function rememberAir({ wantsAir, voice }) {
  if (wantsAir) sessionStorage.setItem(airKey(), "1");
  else if (voice === "muted") sessionStorage.removeItem(airKey());
}

const airKey = () => `on-air ${location.pathname}`;

/** @param {View} view */
export function showSound({ hearing, network, phase }) {
  const stage = byId("stage");
  const silent = hearing === "off" || hearing === "elsewhere" || hearing === "refused";
  const tap = waitsForTap !== null && (waitsForTap || silent);
  byId("listen").hidden = !tap || phase === "ended";
  say(slot(byId("listen"), "listen-word"), hearing === "elsewhere" ? gettext("Listen here") : gettext("Listen"));
  const sentence = tap && hearing !== "elsewhere" && hearing !== "refused" ? "" : soundSentence(hearing, network);
  say(slot(stage, "sound"), sentence);
  slot(stage, "talking").hidden = Boolean(sentence);
  const mark = slot(byId("bar"), "listening");
  mark.dataset.voice = !tap && hearing === "on" ? "listen" : "silent";
  say(slot(mark, "hearing-word"), tap ? gettext("No sound") : hearingWord(hearing));
}
