/** The switch of the microphone, wherever it stands. */

import { onKey } from "../../site/js/shortcuts.js";
import { gettext } from "../../site/js/words.js";
import { readyToSpeak } from "./ready_to_speak.js";

/** @typedef {import("./visit.js").RoomVisit} RoomVisit */

/**
 * @param {RoomVisit} visit
 * @param {HTMLElement} button the one that is busy meanwhile
 */
export async function toggleMicrophone(visit, button) {
  const { audio, send, playback } = visit;
  const { voice } = audio;
  if (voice === "asking") return;
  if (voice === "air" || voice === "connecting" || voice === "reconnecting") {
    audio.mute();
    await send(button, "mic.mute");
    return;
  }
  if (!(await readyToSpeak("microphone"))) return;
  // Whoever speaks into the room hears it.
  if (playback.paused) playback.resume();
  if (!(await audio.takeAir())) void explain(audio.microphone.problem, () => toggleMicrophone(visit, button));
  else if (!(await send(button, "mic.unmute"))) audio.mute();
  // Pressed again meanwhile, when the button was busy: the last press counts.
  else if (!audio.wantsAir) await send(button, "mic.mute");
}

/**
 * Explain why there is no microphone; what is said of it comes only to those who need it.
 *
 * @param {import("./microphone.js").MicrophoneProblem} problem
 * @param {() => unknown} goOn
 */
export async function explain(problem, goOn) {
  const help = await import("./microphone_help.js");
  await help.explain(problem, goOn);
}

/**
 * The key M.
 *
 * @param {() => HTMLElement | null} buttonOf the microphone's button that is shown now
 * @param {AbortSignal} signal
 */
export function startMicrophoneKey(buttonOf, signal) {
  onKey("m", gettext("Microphone on or off"), () => {
    const button = buttonOf();
    if (button?.checkVisibility()) button.click();
  }, signal);
}
