/** Short words that come and go, over everything; with a button if something can be done about them. */

import { byId } from "./parts.js";

const SHOWN_MS = 6000;
/** Whoever shall act needs time to get there. */
const SHOWN_TO_ACT_MS = 12_000;

/**
 * @typedef {{label: string, act: () => void, lasting?: boolean}} Action a lasting one waits until it is answered
 * @param {string} text
 * @param {Action} [action]
 */
export function toast(text, action) {
  const toasts = byId("toasts");
  const note = document.createElement("div");
  note.className = "toast";
  note.append(Object.assign(document.createElement("p"), { textContent: text }));
  if (action) note.append(buttonOf(action, note));
  toasts.replaceChildren(note);
  // A region that was hidden until now is not heard; this one always stands.
  byId("announcer").textContent = text;
  // Hidden and shown anew it comes above a dialog that opened since.
  if (toasts.matches(":popover-open")) toasts.hidePopover();
  toasts.showPopover();
  if (!action?.lasting) setTimeout(() => remove(note), action ? SHOWN_TO_ACT_MS : SHOWN_MS);
}

/**
 * @param {Action} action
 * @param {HTMLElement} note
 */
function buttonOf({ label, act }, note) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "toast__act";
  button.textContent = label;
  button.addEventListener("click", () => {
    remove(note);
    act();
  });
  return button;
}

/** @param {HTMLElement} note */
function remove(note) {
  const toasts = byId("toasts");
  note.remove();
  if (!toasts.childElementCount && toasts.matches(":popover-open")) toasts.hidePopover();
}

/** Take the words away before their time: whoever acts has read them, and they may be true no more. */
export function hush() {
  const toasts = byId("toasts");
  toasts.replaceChildren();
  if (toasts.matches(":popover-open")) toasts.hidePopover();
}
