/** The dialog that says why there is no microphone and how to get one; it notices by itself when it is allowed. */

import { byId, say, slot } from "../../site/js/parts.js";
import { toast } from "../../site/js/toast.js";
import { gettext } from "../../site/js/words.js";
import { microphoneHelp } from "./microphone_words.js";

/** What the browser was told; undefined where it does not say. */
async function permission() {
  try {
    return await navigator.permissions.query({ name: /** @type {PermissionName} */ ("microphone") });
  } catch {
    return undefined;
  }
}

/**
 * Explain a problem, and go on as soon as it is solved.
 *
 * @param {import("./microphone.js").MicrophoneProblem} problem
 * @param {() => unknown} goOn
 */
export async function explain(problem, goOn) {
  if (!problem) return;
  const dialog = /** @type {HTMLDialogElement} */ (byId("microphone"));
  const status = await permission();
  show(dialog, problem, status?.state === "prompt");
  const tryAgain = () => {
    dialog.close();
    return goOn();
  };
  slot(dialog, "close").onclick = () => dialog.close();
  slot(dialog, "again").onclick = () => void tryAgain();
  if (status) follow(dialog, status, tryAgain);
  if (!dialog.open) dialog.showModal();
}

/**
 * @param {HTMLDialogElement} dialog
 * @param {import("./microphone.js").MicrophoneProblem} problem
 * @param {boolean} asks whether the browser would ask again
 */
function show(dialog, problem, asks) {
  const touch = navigator.maxTouchPoints > 1;
  const { title, words, steps } = microphoneHelp(problem, { agent: navigator.userAgent, touch, asks });
  say(slot(dialog, "title"), title);
  say(slot(dialog, "words"), words);
  slot(dialog, "steps").replaceChildren(...steps.map(itemOf));
  slot(dialog, "words").hidden = !words;
  slot(dialog, "steps").hidden = !steps.length;
  slot(dialog, "again").hidden = problem === "insecure";
}

/**
 * @param {HTMLDialogElement} dialog
 * @param {PermissionStatus} status
 * @param {() => unknown} tryAgain
 */
function follow(dialog, status, tryAgain) {
  const allowed = async () => {
    if (status.state !== "granted") return;
    // Commands that are sent on the way take older words away.
    await tryAgain();
    toast(gettext("The microphone is allowed now."));
  };
  status.addEventListener("change", allowed);
  dialog.addEventListener("close", () => status.removeEventListener("change", allowed), { once: true });
}

/** @param {string} text */
function itemOf(text) {
  const item = document.createElement("li");
  item.textContent = text;
  return item;
}
