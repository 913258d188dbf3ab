/** Short words that come and go, over everything. */

import { byId } from "./parts.js";

const SHOWN_MS = 6000;

/** @param {string} text */
export function toast(text) {
  const toasts = byId("toasts");
  const note = document.createElement("p");
  note.className = "toast";
  note.textContent = text;
  toasts.replaceChildren(note);
  // A region that was hidden until now is not heard; this one always stands.
  byId("announcer").textContent = text;
  // Hidden and shown anew it comes above a dialog that opened since.
  if (toasts.matches(":popover-open")) toasts.hidePopover();
  toasts.showPopover();
  setTimeout(() => {
    note.remove();
    if (!toasts.childElementCount && toasts.matches(":popover-open")) toasts.hidePopover();
  }, SHOWN_MS);
}

/** Take the words away before their time: whoever acts has read them, and they may be true no more. */
export function hush() {
  const toasts = byId("toasts");
  toasts.replaceChildren();
  if (toasts.matches(":popover-open")) toasts.hidePopover();
}
