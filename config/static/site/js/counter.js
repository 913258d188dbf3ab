/** Counts what is typed into fields that have a limit. */

import { whenPresent } from "./pages.js";
import { number } from "./formats.js";

/** @param {HTMLElement} count */
function start(count) {
  const field = /** @type {HTMLInputElement | HTMLTextAreaElement} */ (
    document.getElementById(count.dataset.counts ?? "")
  );
  const most = Number(count.dataset.most);
  const show = () => {
    // Characters as a person and the server count them, not UTF-16 units.
    const typed = [...field.value].length;
    count.textContent = `${number(typed)} / ${number(most)}`;
    count.classList.toggle("is-over", typed > most);
  };
  field.addEventListener("input", show);
  count.hidden = false;
  show();
}

export function startCounters() {
  whenPresent("[data-counts]", start);
}
