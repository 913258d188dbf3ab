/** The host's sheet "Who may enter": the rule, and whether people without an account may listen. */

import { go } from "../../site/js/bell.js";
import { slot } from "../../site/js/parts.js";
import { toast } from "../../site/js/toast.js";
import { gettext } from "../../site/js/words.js";

/** @typedef {import("./visit.js").RoomVisit} RoomVisit */

/**
 * @param {RoomVisit} visit
 * @param {AbortSignal} signal
 */
export function startEntry(visit, signal) {
  const dialog = /** @type {HTMLDialogElement | null} */ (document.getElementById("entry"));
  if (!dialog) return;
  const rule = /** @type {HTMLSelectElement} */ (slot(dialog, "rule"));
  const guests = /** @type {HTMLInputElement} */ (dialog.querySelector("#entry-guests"));
  const mend = () => {
    guests.disabled = rule.value !== "everyone";
    if (guests.disabled) guests.checked = false;
  };
  const read = () => {
    const { room } = visit.view.state;
    rule.value = room.entry_rule;
    guests.checked = room.guests_listen;
    mend();
  };
  read();
  rule.addEventListener("change", mend);
  // An answer on another device shall not be lost; nor shall what one is choosing here.
  visit.addEventListener("change", () => !dialog.open && read(), { signal });
  const save = slot(dialog, "save");
  save.addEventListener("click", async () => {
    if (rule.value === "ticket" && visit.view.state.room.entry_rule !== "ticket") {
      // What a ticket costs is said on a page of its own, which changes the door as well; the room goes on in the dock.
      dialog.close();
      go(rule.dataset.tickets ?? "");
      return;
    }
    const done = await visit.send(save, "room.entry", { rule: rule.value, guests_listen: guests.checked });
    if (!done) return;
    dialog.close();
    toast(gettext("Saved. Whoever is inside stays."));
  });
}
