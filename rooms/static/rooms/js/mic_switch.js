/** The switch of the microphone, wherever it stands, and what is said when there is no microphone to be had. */

import { byId, say, slot } from "../../site/js/parts.js";
import { microphoneHelp } from "./sound_words.js";

/** @typedef {import("./visit.js").RoomVisit} RoomVisit */

/**
 * @param {RoomVisit} visit
 * @param {HTMLElement} button the one that is busy meanwhile
 */
export async function toggleMicrophone({ audio, send, playback }, button) {
  const { voice } = audio;
  if (voice === "asking") return;
  if (voice === "air" || voice === "connecting" || voice === "reconnecting") {
    audio.mute();
    await send(button, "mic.mute");
    return;
  }
  // Whoever speaks into the room hears it.
  if (playback.paused) playback.resume();
  if (!(await audio.takeAir())) helpWith(audio.microphone.problem, button);
  else if (!(await send(button, "mic.unmute"))) audio.mute();
  // Pressed again meanwhile, when the button was busy: the last press counts.
  else if (!audio.wantsAir) await send(button, "mic.mute");
}

/**
 * @param {import("./microphone.js").MicrophoneProblem} problem
 * @param {HTMLElement} button
 */
function helpWith(problem, button) {
  if (!problem) return;
  const dialog = /** @type {HTMLDialogElement} */ (byId("microphone"));
  const { title, words, steps } = microphoneHelp(problem, navigator.userAgent);
  say(slot(dialog, "title"), title);
  say(slot(dialog, "words"), words);
  slot(dialog, "steps").replaceChildren(...steps.map(itemOf));
  slot(dialog, "words").hidden = !words;
  slot(dialog, "steps").hidden = !steps.length;
  slot(dialog, "again").hidden = problem === "insecure";
  slot(dialog, "close").onclick = () => dialog.close();
  slot(dialog, "again").onclick = () => {
    dialog.close();
    button.click();
  };
  if (!dialog.open) dialog.showModal();
}

/** @param {string} text */
function itemOf(text) {
  const item = document.createElement("li");
  item.textContent = text;
  return item;
}

/**
 * The key M, where nothing is being written or answered.
 *
 * @param {() => HTMLElement | null} buttonOf the microphone's button that is shown now
 * @param {AbortSignal} signal
 */
export function startMicrophoneKey(buttonOf, signal) {
  document.addEventListener("keydown", (event) => {
    const button = isForMicrophone(event) ? buttonOf() : null;
    if (button?.checkVisibility()) button.click();
  }, { signal });
}

/** @param {KeyboardEvent} event */
function isForMicrophone(event) {
  const target = /** @type {HTMLElement} */ (event.target);
  const writes = target.isContentEditable || target.matches("input, textarea, select");
  const chord = event.ctrlKey || event.altKey || event.metaKey;
  const answers = document.querySelector("dialog[open]");
  return event.key.toLowerCase() === "m" && !chord && !event.repeat && !writes && !answers;
}
