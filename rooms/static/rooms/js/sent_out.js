/** Sending somebody out: how far a ban reaches is asked, what was done is said, with the way back for a slip. */

import { byId, say, slot } from "../../site/js/parts.js";
import { toast } from "../../site/js/toast.js";
import { fill, gettext } from "../../site/js/words.js";
import { closePerson } from "./person.js";
import { may } from "./view.js";

/**
 * @typedef {import("./state.js").Person} Person
 * @typedef {Pick<import("./visit.js").RoomVisit, "view" | "send">} Visit
 */

/** @param {Person} person who had to leave */
export function tellSentOut({ name }) {
  toast(fill(gettext("%(name)s had to leave, and may come back."), { name }));
}

/**
 * @param {Person} person
 * @param {Visit} visit
 */
export function askToBan(person, { view, send }) {
  const dialog = /** @type {HTMLDialogElement} */ (byId("ban"));
  const words = gettext("%(name)s has to leave at once, and is not let in until you say so.");
  say(slot(dialog, "who"), fill(words, { name: person.name }));
  const ban = async (/** @type {HTMLElement} */ button, /** @type {boolean} */ everywhere) => {
    if (!(await send(button, "person.ban", { person: person.id, everywhere }))) return;
    dialog.close();
    tellBan(person, { everywhere, send });
  };
  const [here, all] = [slot(dialog, "here"), slot(dialog, "everywhere")];
  all.hidden = !may(view, "ban_everywhere");
  here.onclick = () => void ban(here, false);
  all.onclick = () => void ban(all, true);
  closePerson();
  dialog.showModal();
}

/**
 * @param {Person} person
 * @param {{everywhere: boolean, send: Visit["send"]}} ban
 */
function tellBan({ id, name }, { everywhere, send }) {
  const words = everywhere
    ? gettext("%(name)s is not let into any room of yours.")
    : gettext("%(name)s is not let in again.");
  toast(fill(words, { name }), {
    label: gettext("Undo"),
    act: async () => {
      const done = await send(document.createElement("button"), "person.unban", { person: id });
      if (done) toast(fill(gettext("%(name)s may come in again."), { name }));
    },
  });
}
