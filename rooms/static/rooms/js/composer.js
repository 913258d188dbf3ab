/** A place to write: Enter sends, Shift+Enter begins a line; nothing that was written is lost until it was taken. */

import { number } from "../../site/js/formats.js";
import { byId, mark, say, slot } from "../../site/js/parts.js";
import { fill, gettext } from "../../site/js/words.js";
import { sentence } from "./commands.js";

/** From so few left on they are counted. */
const COUNTED = 60;

/**
 * @typedef {object} Composer
 * @property {HTMLTextAreaElement} field
 * @property {() => void} show
 * @property {(ready: boolean) => void} allow whether sending would work now
 */

/**
 * @param {HTMLElement} form
 * @param {string} fieldId
 * @param {object} options
 * @param {number} options.most characters
 * @param {() => string} options.draft what was written before
 * @param {(text: string) => void} options.keep
 * @param {(text: string) => Promise<unknown>} options.send rejects with a CommandError
 * @returns {Composer}
 */
export function startComposer(form, fieldId, { most, draft, keep, send }) {
  const field = /** @type {HTMLTextAreaElement} */ (byId(fieldId));
  const button = slot(form, "send");
  let ready = true;
  const show = () => {
    const left = most - [...field.value.trim()].length;
    const count = slot(form, "count");
    count.hidden = left > COUNTED;
    count.classList.toggle("is-over", left < 0);
    say(count, left < 0
      ? fill(gettext("%(count)s too many"), { count: number(-left) })
      : fill(gettext("%(count)s left"), { count: number(left) }));
    mark(button, "aria-disabled", String(!ready || left < 0 || !field.value.trim()));
  };
  const submit = async () => {
    const text = field.value;
    if (button.getAttribute("aria-disabled") === "true" || button.getAttribute("aria-busy") === "true") return;
    button.setAttribute("aria-busy", "true");
    say(slot(form, "error"), "");
    try {
      await send(text);
      // Whoever writes on meanwhile keeps that.
      if (field.value === text) field.value = "";
    } catch (error) {
      say(slot(form, "error"), sentence(/** @type {import("./protocol.js").CommandError} */ (error)));
    }
    button.removeAttribute("aria-busy");
    keep(field.value);
    show();
  };
  // Who was faster than this script goes on with what they began.
  if (field.value) keep(field.value);
  else field.value = draft();
  field.addEventListener("input", () => {
    keep(field.value);
    say(slot(form, "error"), "");
    show();
  });
  field.addEventListener("keydown", (event) => {
    // While letters are being put together Enter chooses among them.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    void submit();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void submit();
  });
  show();
  return {
    field,
    show,
    allow: (now) => {
      ready = now;
      show();
    },
  };
}
