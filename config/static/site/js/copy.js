/** Buttons that put something on the clipboard: `data-copy` is what. Without script the words beside them can be marked. */

import { whenPresent } from "./pages.js";
import { toast } from "./toast.js";
import { gettext } from "./words.js";

export function startCopying() {
  whenPresent("[data-copy]", (button, signal) => {
    // Only a page that came over https, or from this machine, has one.
    if (!navigator.clipboard) return;
    button.hidden = false;
    const copy = async () => {
      const text = button.dataset.copy ?? "";
      try {
        await navigator.clipboard.writeText(text);
        toast(gettext("The link is copied."));
      } catch {
        toast(text);
      }
    };
    button.addEventListener("click", () => void copy(), { signal });
  });
}
