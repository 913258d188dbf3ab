/** The field in which one looks for something: "/" leads there from anywhere on its page. */

import { whenPresent } from "./pages.js";
import { slot } from "./parts.js";
import { onKey, singleKeys } from "./shortcuts.js";
import { gettext } from "./words.js";

/**
 * @param {HTMLElement} form
 * @param {AbortSignal} signal
 */
function start(form, signal) {
  const field = /** @type {HTMLInputElement} */ (form.querySelector("input[type=search]"));
  slot(form, "key").hidden = !singleKeys.on;
  const go = (/** @type {KeyboardEvent} */ event) => {
    // The sign itself is not looked for.
    event.preventDefault();
    field.focus();
    field.select();
  };
  onKey("/", gettext("Search"), go, signal);
}

export function startSearch() {
  whenPresent("[data-look]", start);
}
