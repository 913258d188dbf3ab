/** What can be chosen in the dialog "Sound": microphone, loudspeaker, treatment, holding to talk. */

import { say, slot } from "../../site/js/parts.js";
import { fill, gettext } from "../../site/js/words.js";
import { settings } from "./browser_sound.js";
import { choicesOf, findDevice } from "./devices.js";
import { momentSounds } from "./moments.js";

/**
 * @typedef {"input" | "output"} Kind
 * @typedef {MediaDevices & {selectAudioOutput?: () => Promise<MediaDeviceInfo>}} Devices
 */

const SWITCHES = /** @type {const} */ (["hold", "echo", "noise", "gain"]);
/** What browsers call the treatments, as far as they can do without them. */
const CONSTRAINTS = { echo: "echoCancellation", noise: "noiseSuppression", gain: "autoGainControl" };

const devices = /** @type {Devices | undefined} */ (navigator.mediaDevices);

/**
 * @param {HTMLElement} dialog
 * @param {{inputChosen: (before: import("./sound_settings.js").SoundWishes) => void, signal: AbortSignal}} options
 */
export function startChoices(dialog, { inputChosen, signal }) {
  const choose = (/** @type {Kind} */ kind) => {
    const before = settings.now;
    const select = selectOf(dialog, kind);
    const name = select.value ? select.selectedOptions[0].text : "";
    settings.change(wishOf(kind, { id: select.value, name }));
    if (kind === "input") inputChosen(before);
  };
  for (const kind of /** @type {Kind[]} */ (["input", "output"])) selectOf(dialog, kind).onchange = () => choose(kind);
  slot(dialog, "output-ask").onclick = () => void askForOutput(dialog);
  startSwitches(dialog, inputChosen);
  devices?.addEventListener("devicechange", () => void showDevices(dialog), { signal });
}

/**
 * @param {HTMLElement} dialog
 * @param {(before: import("./sound_settings.js").SoundWishes) => void} inputChosen
 */
function startSwitches(dialog, inputChosen) {
  const supported = /** @type {Record<string, boolean>} */ (devices?.getSupportedConstraints() ?? {});
  for (const name of SWITCHES) {
    const field = /** @type {HTMLInputElement} */ (slot(dialog, name));
    field.checked = settings.now[name];
    const row = /** @type {HTMLElement} */ (field.closest("label"));
    row.hidden = name !== "hold" && !supported[CONSTRAINTS[name]];
    field.onchange = () => {
      const before = settings.now;
      settings.change({ [name]: field.checked });
      if (name !== "hold") inputChosen(before);
    };
  }
  const moments = /** @type {HTMLInputElement} */ (slot(dialog, "moments"));
  moments.checked = momentSounds.on;
  moments.onchange = () => (momentSounds.on = moments.checked);
}

/** List what is there now. @param {HTMLElement} dialog */
export async function showDevices(dialog) {
  const present = (await devices?.enumerateDevices()) ?? [];
  const named = choicesOf(present, "audioinput").length > 0;
  fillSelect(selectOf(dialog, "input"), present, "input");
  fillSelect(selectOf(dialog, "output"), present, "output");
  say(slot(dialog, "input-help"), named ? "" : gettext("Your microphones have names here once you have tried one."));
  showOutput(dialog, present);
}

/**
 * @param {HTMLElement} dialog
 * @param {MediaDeviceInfo[]} present
 */
function showOutput(dialog, present) {
  const can = "setSinkId" in HTMLMediaElement.prototype;
  const listed = choicesOf(present, "audiooutput").length > 0 || Boolean(settings.now.output);
  const asks = can && devices?.selectAudioOutput !== undefined;
  slot(dialog, "output-list").hidden = !can || !listed;
  slot(dialog, "output-ask").hidden = !asks;
  say(slot(dialog, "output-help"), listed && can ? "" : outputHelp(can, asks));
}

/**
 * @param {boolean} can whether this browser can play elsewhere at all
 * @param {boolean} asks whether it asks where, in a question of its own
 */
function outputHelp(can, asks) {
  if (!can) {
    return gettext("This browser plays where your system plays. You can change that in the settings of your device.");
  }
  if (asks) return gettext("You hear it where your system plays.");
  return gettext("Once you have tried your microphone, you can choose here where you hear the room.");
}

/**
 * @param {HTMLSelectElement} select
 * @param {MediaDeviceInfo[]} present
 * @param {Kind} kind
 */
function fillSelect(select, present, kind) {
  const wish = wished(kind);
  const choices = choicesOf(present, `audio${kind}`);
  const found = findDevice(present, `audio${kind}`, wish);
  const options = choices.map(({ id, name }) => new Option(name, id));
  if (wish.id && !found) {
    const name = wish.name || gettext("Yours");
    options.unshift(new Option(fill(gettext("%(name)s (not there)"), { name }), wish.id));
  }
  select.replaceChildren(select.options[0], ...options);
  select.value = found?.id ?? wish.id;
}

/** Firefox lists loudspeakers only after its own question. @param {HTMLElement} dialog */
async function askForOutput(dialog) {
  try {
    const chosen = await devices?.selectAudioOutput?.();
    if (chosen) settings.change(wishOf("output", { id: chosen.deviceId, name: chosen.label }));
  } catch {
    // Not wanted after all.
  }
  await showDevices(dialog);
}

/** @param {Kind} kind @returns {import("./devices.js").Choice} */
export function wished(kind) {
  const { microphone, microphoneName, output, outputName } = settings.now;
  return kind === "input" ? { id: microphone, name: microphoneName } : { id: output, name: outputName };
}

/**
 * @param {Kind} kind
 * @param {import("./devices.js").Choice} choice
 */
const wishOf = (kind, { id, name }) =>
  kind === "input" ? { microphone: id, microphoneName: name } : { output: id, outputName: name };

/**
 * @param {HTMLElement} dialog
 * @param {Kind} kind
 */
const selectOf = (dialog, kind) => /** @type {HTMLSelectElement} */ (slot(dialog, kind));
