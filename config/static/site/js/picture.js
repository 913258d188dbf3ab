/** Shows the picture that was chosen before it is sent; without script it shows afterwards. */

import { slot } from "./parts.js";

/** @param {HTMLElement} form */
export function startPicture(form) {
  const field = /** @type {HTMLInputElement} */ (form.querySelector("input[type=file]"));
  const shown = /** @type {HTMLImageElement} */ (slot(form, "preview"));
  const before = shown.src;
  field.addEventListener("change", () => {
    const [file] = field.files ?? [];
    if (!file) {
      shown.src = before;
      return;
    }
    // The policy allows pictures from us and from data: addresses, not from blob: ones.
    const reader = new FileReader();
    reader.addEventListener("load", () => {
      shown.src = String(reader.result);
    });
    reader.readAsDataURL(file);
  });
  // What the browser cannot draw, such as HEIC, the server refuses in words.
  shown.addEventListener("error", () => {
    shown.src = before;
  });
}
