/** Forms: the first wrong field has the focus, and what is being sent is not sent twice. */

import { whenPresent } from "./pages.js";

/** @type {WeakSet<HTMLFormElement>} */
const sending = new WeakSet();

/** @param {Event} event */
const formOf = (event) => (event.target instanceof HTMLFormElement ? event.target : null);

/**
 * @param {HTMLFormElement} form
 * @param {boolean} busy
 */
function mark(form, busy) {
  if (busy) sending.add(form);
  else sending.delete(form);
  // Not disabled: the button's name and value go with the form, and the focus stays on it.
  for (const button of form.querySelectorAll('button:not([type="button"])')) {
    if (busy) button.setAttribute("aria-busy", "true");
    else button.removeAttribute("aria-busy");
  }
}

/** @param {SubmitEvent} event */
function refuseSecond(event) {
  const form = formOf(event);
  if (!form || !sending.has(form)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}

/** @param {SubmitEvent} event */
function submitted(event) {
  const form = formOf(event);
  // Whoever prevented it sends it by itself, or not at all.
  if (form && !event.defaultPrevented && form.method === "post") mark(form, true);
}

/** @param {HTMLElement} main */
function leadToMistake(main) {
  const field = /** @type {HTMLElement | null} */ (
    main.querySelector('[aria-invalid="true"]') ?? main.querySelector("[data-mistake]")
  );
  if (!field) return;
  // navigation.js looks for this after a swap, later than now.
  field.autofocus = true;
  field.focus();
}

export function startForms() {
  addEventListener("submit", refuseSecond, { capture: true });
  addEventListener("submit", submitted);
  // Back from another page: a form that lives on in the browser's memory may be sent again.
  addEventListener("pageshow", () => document.querySelectorAll("form").forEach((form) => mark(form, false)));
  document.addEventListener("htmx:beforeRequest", (event) => {
    const form = formOf(event);
    if (form) mark(form, true);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = formOf(event);
    if (form) mark(form, false);
  });
  whenPresent("main", leadToMistake);
}
