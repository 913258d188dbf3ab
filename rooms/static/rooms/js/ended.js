/** The end: of the room for everyone, by its host, and what is shown then. */

import { byId, say, slot } from "../../site/js/parts.js";
import { hush } from "../../site/js/toast.js";
import { gettext } from "../../site/js/words.js";
import { isOver } from "./protocol.js";

/** What is said of each end but the room's own, and what the way to its page is called. @type {Record<string, () => [string, string]>} */
const WORDS = {
  gone: () => [gettext("This room is no longer here"), ""],
  out: () => [gettext("You were sent out of this room"), gettext("See whether you can come back")],
  account: () => [gettext("This room now asks for an account"), gettext("Log in")],
};

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
  if (!isOver(phase) || !end.hidden) return;
  for (const dialog of document.querySelectorAll("dialog")) dialog.close();
  hush();
  byId("live").hidden = true;
  end.hidden = false;
  const title = /** @type {HTMLElement} */ (end.querySelector("h1"));
  const [words, door] = WORDS[phase]?.() ?? ["", ""];
  if (words) say(title, words);
  const button = slot(end, "door");
  button.hidden = !door;
  say(button, door);
  title.focus();
}
