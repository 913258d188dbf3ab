/** Before one goes into a room in which somebody speaks whom one has blocked: one will not hear them, but is seen. */

import { byId, say, slot } from "../../site/js/parts.js";
import { list } from "../../site/js/formats.js";
import { fill, ngettext } from "../../site/js/words.js";
import { remembered } from "./here.js";

/** @typedef {import("./view.js").PageData} PageData */

/**
 * Resolve to whether one goes in. Whoever is inside, or sits on the stage, is not asked.
 *
 * @param {PageData} page
 * @param {import("./visit.js").RoomVisit | null} visit the current one
 * @returns {Promise<boolean>}
 */
export function warned(page, visit) {
  const unheard = new Set(page.blocks?.unheard ?? []);
  const inside = visit?.page.id === page.id || remembered() === page.address;
  const seated = page.state.stage.some(({ person }) => person.id === page.you?.id);
  if (!unheard.size || inside || seated) return Promise.resolve(true);
  const names = page.state.stage.map(({ person }) => person).filter(({ id }) => unheard.has(id)).map(({ name }) => name);
  return ask(names);
}

/** @param {string[]} names @returns {Promise<boolean>} */
function ask(names) {
  const dialog = /** @type {HTMLDialogElement} */ (byId("warning"));
  const words = ngettext("You have blocked %(names)s, who is on this stage.",
    "You have blocked %(names)s, who are on this stage.", names.length);
  say(slot(dialog, "who"), fill(words, { names: list(names) }));
  slot(dialog, "yes").onclick = () => dialog.close("yes");
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      resolve(dialog.returnValue === "yes");
      if (dialog.returnValue !== "yes") location.assign(slot(dialog, "no").dataset.href ?? "/");
    }, { once: true });
  });
}

