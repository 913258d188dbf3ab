/** Passing the room's link on: the system's own sheet where there is one, else the clipboard. */

import { toast } from "../../site/js/toast.js";
import { gettext } from "../../site/js/words.js";

/** @param {string} title */
export async function share(title) {
  const url = location.origin + location.pathname;
  try {
    if (navigator.share) await navigator.share({ title, url });
    else {
      await navigator.clipboard.writeText(url);
      toast(gettext("The link is copied."));
    }
  } catch (error) {
    // Closing the system's sheet is a choice, not a failure.
    if (/** @type {DOMException} */ (error)?.name !== "AbortError") toast(url);
  }
}
