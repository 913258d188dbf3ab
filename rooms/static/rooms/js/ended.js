/** The end: of the room for everyone, by its host, and what is shown then. */

import { byId, say, slot } from "../../site/js/parts.js";
import { hush } from "../../site/js/toast.js";
import { gettext } from "../../site/js/words.js";

/** @param {(button: HTMLElement, type: string) => Promise<boolean>} send */
export function startEnding(send) {
  const dialog = /** @type {HTMLDialogElement} */ (byId("end"));
  document.querySelector('[data-slot="end"]')?.addEventListener("click", () => dialog.showModal());
  slot(dialog, "no").addEventListener("click", () => dialog.close());
  slot(dialog, "yes").addEventListener("click", async () => {
    if (await send(slot(dialog, "yes"), "room.end")) dialog.close();
  });
}

/** Show that the room is over, or was never there, in the place of the room. @param {import("./view.js").View} view */
export function showEnd({ phase }) {
  const end = byId("ended");
  if ((phase !== "ended" && phase !== "gone") || !end.hidden) return;
  for (const dialog of document.querySelectorAll("dialog")) dialog.close();
  hush();
  byId("live").hidden = true;
  end.hidden = false;
  const title = /** @type {HTMLElement} */ (end.querySelector("h1"));
  if (phase === "gone") say(title, gettext("This room is no longer here"));
  title.focus();
}
