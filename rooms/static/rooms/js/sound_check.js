/** The dialog "Sound", on any page: from the menu, and before somebody goes on stage or speaks for the first time. */

import { byId, say, slot } from "../../site/js/parts.js";
import { toast } from "../../site/js/toast.js";
import { fill, gettext } from "../../site/js/words.js";
import { settings } from "./browser_sound.js";
import { currentVisit } from "./here.js";
import { microphoneHelp } from "./microphone_words.js";
import { showDevices, startChoices, wished } from "./sound_choices.js";
import { SoundTrial } from "./sound_trial.js";

/** @typedef {"menu" | "stage" | "microphone"} Purpose */

/** While one listens to oneself, the room is still there. */
const QUIET = 0.15;

let runs = false;

/**
 * Show it; resolves to whether to go on.
 *
 * @param {Purpose} purpose
 * @returns {Promise<boolean>}
 */
export async function checkSound(purpose) {
  const dialog = /** @type {HTMLDialogElement} */ (byId("sound"));
  if (runs) return false;
  runs = true;
  const life = new AbortController();
  const trial = new SoundTrial(dialog, duck);
  startChoices(dialog, { inputChosen: (before) => void follow(trial, before, dialog), signal: life.signal });
  trial.addEventListener("change", () => void showDevices(dialog), { signal: life.signal });
  showPurpose(dialog, purpose);
  showAir(dialog, life.signal);
  void showDevices(dialog);
  // A button that names it may have opened it already.
  if (!dialog.open) dialog.showModal();
  // Whoever only wants to hear elsewhere is not asked for a microphone.
  if (purpose !== "menu" || currentVisit()?.audio.microphone.track) void trial.begin();
  const goes = await answerOf(dialog);
  life.abort();
  trial.end();
  duck(false);
  runs = false;
  return goes;
}

/**
 * @param {HTMLDialogElement} dialog
 * @param {Purpose} purpose
 */
function showPurpose(dialog, purpose) {
  const before = purpose !== "menu";
  /** @type {Record<Purpose, {intro: string, go: string}>} */
  const words = {
    menu: { intro: gettext("Your choices are remembered in this browser."), go: gettext("Done") },
    stage: { intro: gettext("Before you go on stage: do we hear you well?"), go: gettext("Go on stage") },
    microphone: { intro: gettext("Before you speak: do we hear you well?"), go: gettext("Start talking") },
  };
  say(slot(dialog, "intro"), words[purpose].intro);
  say(slot(dialog, "go"), words[purpose].go);
  slot(dialog, "go").classList.toggle("button--lamp", before);
  slot(dialog, "later").hidden = !before;
  slot(dialog, "asks").hidden = !before;
}

/**
 * @param {HTMLDialogElement} dialog
 * @returns {Promise<boolean>}
 */
function answerOf(dialog) {
  dialog.returnValue = "";
  slot(dialog, "close").onclick = slot(dialog, "later").onclick = () => dialog.close();
  slot(dialog, "go").onclick = () => dialog.close("go");
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      const goes = dialog.returnValue === "go";
      if (goes) remember(dialog);
      resolve(goes);
    }, { once: true });
  });
}

/** @param {HTMLDialogElement} dialog */
function remember(dialog) {
  const never = /** @type {HTMLInputElement} */ (slot(dialog, "never"));
  if (!slot(dialog, "asks").hidden && never.checked) settings.change({ checked: true });
}

/**
 * Whoever is on the air is heard while trying.
 *
 * @param {HTMLElement} dialog
 * @param {AbortSignal} signal
 */
function showAir(dialog, signal) {
  const visit = currentVisit();
  const show = () => (slot(dialog, "air").hidden = visit?.audio.voice !== "air");
  visit?.audio.addEventListener("change", show, { signal });
  show();
}

/**
 * Another microphone was chosen: if it cannot be had, the former one stays.
 *
 * @param {SoundTrial} trial
 * @param {import("./sound_settings.js").SoundWishes} before
 * @param {HTMLElement} dialog
 */
async function follow(trial, before, dialog) {
  const problem = await trial.change();
  if (!problem) return;
  const { microphone, microphoneName, echo, noise, gain } = before;
  const name = wished("input").name;
  settings.change({ microphone, microphoneName, echo, noise, gain });
  const { title } = microphoneHelp(problem, { agent: navigator.userAgent });
  toast(name ? fill(gettext("%(title)s: %(name)s. The former one stays."), { title, name }) : title);
  await showDevices(dialog);
}

/** @param {boolean} quiet */
function duck(quiet) {
  for (const player of currentVisit()?.playback.players ?? []) player.volume = quiet ? QUIET : 1;
}
