/** Choosing topics: what is typed narrows them down, and no more can be ticked than a room may have. */

import { slot } from "./parts.js";
import { fill, ngettext } from "./words.js";

/** As the server folds words, so that "cinema" finds "Cinéma". @param {string} text */
const folded = (text) => text.normalize("NFKD").replace(/\p{Mark}/gu, "").toLowerCase();

/**
 * @param {HTMLElement} chooser
 * @param {AbortSignal} signal
 */
export function startTopicChooser(chooser, signal) {
  const most = Number(chooser.dataset.most);
  const typed = /** @type {HTMLInputElement} */ (slot(chooser, "typed"));
  const boxes = /** @type {HTMLInputElement[]} */ ([...chooser.querySelectorAll("input[type=checkbox]")]);
  const rowOf = (/** @type {HTMLElement} */ box) => /** @type {HTMLElement} */ (box.closest("li"));

  const narrow = () => {
    const wanted = folded(typed.value.trim());
    for (const box of boxes) {
      // What is chosen stays in sight.
      rowOf(box).hidden = !box.checked && !folded(rowOf(box).textContent ?? "").includes(wanted);
    }
    slot(chooser, "nothing").hidden = boxes.some((box) => !rowOf(box).hidden && !box.checked) || !wanted;
  };
  const count = () => {
    const chosen = boxes.filter(({ checked }) => checked).length;
    for (const box of boxes) box.disabled = chosen >= most && !box.checked;
    const words = ngettext("%(chosen)s of %(most)s chosen", "%(chosen)s of %(most)s chosen", chosen);
    slot(chooser, "count").textContent = fill(words, { chosen, most });
  };

  slot(chooser, "narrow").hidden = false;
  typed.addEventListener("input", narrow, { signal });
  // Enter here would send the form; it ticks the one that is left instead.
  typed.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    const left = boxes.filter((box) => !rowOf(box).hidden && !box.checked && !box.disabled);
    if (typed.value.trim() && left.length === 1) left[0].click();
  }, { signal });
  chooser.addEventListener("change", ({ target }) => {
    if (target === typed) return;
    count();
    typed.value = "";
    narrow();
  }, { signal });
  count();
}
