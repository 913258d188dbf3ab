/** Follow buttons: they show at once what will be, and go back to what was if it did not work. */

import { toast } from "./toast.js";
import { gettext } from "./words.js";

/** @param {Event} event */
const formOf = ({ target }) => (target instanceof HTMLFormElement && "follow" in target.dataset ? target : null);

/** @param {HTMLFormElement} form */
function turn(form) {
  const button = form.querySelector("[aria-pressed]");
  button?.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
}

/**
 * Nothing of an answer that is no button may take its place.
 *
 * @param {CustomEvent} event
 */
function refuse(event) {
  const form = formOf(event);
  if (!form || event.detail.xhr.status < 400) return;
  event.detail.shouldSwap = false;
  turn(form);
  toast(gettext("That did not work. Reload the page and try again."));
}

/** @param {CustomEvent} event the server's words, and whether what they say can be undone by the same button */
function say(event) {
  const form = formOf(event);
  if (!form) return;
  const { text, undo } = event.detail;
  const again = () => {
    const now = document.getElementById(form.id);
    if (now instanceof HTMLFormElement) now.requestSubmit();
  };
  toast(text, undo ? { label: gettext("Undo"), act: again } : undefined);
}

export function startFollow() {
  for (const name of ["htmx:beforeRequest", "htmx:sendError"]) {
    document.addEventListener(name, (event) => {
      const form = formOf(event);
      if (form) turn(form);
    });
  }
  document.addEventListener("htmx:beforeSwap", (event) => refuse(/** @type {CustomEvent} */ (event)));
  document.addEventListener("said", (event) => say(/** @type {CustomEvent} */ (event)));
}
