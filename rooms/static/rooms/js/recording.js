/** The recording on the page: what everybody is told, what the host may do, what a speaker is asked before the first word. */

import { byId, mark, maybeSlot, say, slot } from "../../site/js/parts.js";
import { CommandError } from "./protocol.js";
import { toast } from "../../site/js/toast.js";
import { may } from "./view.js";
import { gettext } from "../../site/js/words.js";

/** @typedef {import("./view.js").View} View */

/** The rooms that were seen being recorded: there will be a replay. @type {Set<string>} */
const seen = new Set();

/**
 * Let every unmuting ask first where the room is recorded and I have not agreed, whoever sends it.
 *
 * @param {import("./protocol.js").RoomProtocol} protocol
 */
export function askForConsent(protocol) {
  const command = protocol.command.bind(protocol);
  protocol.command = async (type, keys = {}) => {
    try {
      return await command(type, keys);
    } catch (error) {
      if (/** @type {CommandError} */ (error).code !== "consent_needed") throw error;
      if (!(await agrees())) throw new CommandError("consent_refused", gettext("You stay muted."));
      return await command(type, { ...keys, consent: true });
    }
  };
}

/** Ask, and resolve to whether I agree. @returns {Promise<boolean>} */
function agrees() {
  const dialog = /** @type {HTMLDialogElement} */ (byId("consent"));
  slot(dialog, "yes").onclick = () => dialog.close("yes");
  slot(dialog, "no").onclick = () => dialog.close("no");
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

/**
 * @param {() => View} now
 * @param {(button: HTMLElement, type: string) => Promise<boolean>} send
 */
export function startRecording(now, send) {
  if (now().state.room.recording) byId("announcer").textContent = gettext("This room is being recorded.");
  const button = maybeSlot(byId("stage"), "record");
  if (!button) return;
  const dialog = /** @type {HTMLDialogElement} */ (byId("record"));
  button.addEventListener("click", () => {
    if (now().state.room.recording) void send(button, "recording.stop");
    else dialog.showModal();
  });
  slot(dialog, "no").addEventListener("click", () => dialog.close());
  slot(dialog, "yes").addEventListener("click", async () => {
    if (await send(slot(dialog, "yes"), "recording.start")) dialog.close();
  });
}

/** @param {View} view */
export function showRecording(view) {
  const { recording, recording_trouble: trouble } = view.state.room;
  const stage = byId("stage");
  slot(stage, "recording").hidden = !recording;
  const button = maybeSlot(stage, "record");
  if (button) {
    const word = recording ? gettext("Stop recording") : gettext("Record");
    button.hidden = !may(view, "record");
    slot(stage, "line").classList.toggle("stage__line--host", !button.hidden);
    say(slot(button, "record-word"), word);
    // On a phone the word is not shown.
    mark(button, "aria-label", word);
    slot(button, "record-off").hidden = recording;
    slot(button, "record-on").hidden = !recording;
  }
  const warning = maybeSlot(stage, "recording-trouble");
  if (warning) warning.hidden = !trouble || !may(view, "record");
  if (recording) seen.add(view.page.id);
  const replay = maybeSlot(byId("ended"), "replay");
  if (replay) replay.hidden = !seen.has(view.page.id);
}

/**
 * Whether my microphone was on and is not any more.
 *
 * @param {import("./state.js").RoomState} before
 * @param {View} view
 */
function spoke(before, { you, state }) {
  const muted = (/** @type {import("./state.js").RoomState} */ { stage }) =>
    stage.find(({ person }) => person.id === you?.id)?.muted;
  return muted(before) === false && muted(state) === true;
}

/**
 * Say once that recording has begun or ended.
 *
 * @param {import("./state.js").RoomState} before
 * @param {View} view
 */
export function tellRecording(before, view) {
  const { recording, recording_trouble: trouble, state } = view.state.room;
  if (state === "ended") return;
  if (recording && !before.room.recording) {
    toast(spoke(before, view)
      ? gettext("This room is being recorded. Your microphone was switched off.")
      : gettext("This room is being recorded."));
  }
  if (!recording && before.room.recording) toast(gettext("The recording has stopped."));
  if (trouble && !before.room.recording_trouble && may(view, "record")) {
    toast(gettext("What is said cannot be recorded just now. The room goes on."));
  }
}
