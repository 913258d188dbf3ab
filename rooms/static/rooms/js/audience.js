/** The audience: a crowd of faces and its count in words. */

import { byId, fillList, say, showPortrait, slot } from "../../site/js/parts.js";
import { listeners, listening } from "./view.js";
import { fill, gettext, ngettext, number } from "../../site/js/words.js";

/** @param {import("./view.js").View} view */
export function showAudience(view) {
  const audience = byId("audience");
  say(slot(audience, "hands"), number(view.state.hands.length));
  if (!view.audience) return;
  const count = listening(view);
  say(slot(audience, "count"), count ? countWords(count) : gettext("Nobody is listening yet"));
  showNote(slot(audience, "note"), count, view.audience.guests);
  const raised = new Set(view.state.hands.map((hand) => hand.person.id));
  fillList(slot(audience, "crowd"), "head", listeners(view), (person) => person.id, (head, person) => {
    showPortrait(head, person);
    slot(head, "raised").hidden = !raised.has(person.id);
    head.classList.toggle("me", person.id === view.you?.id);
  });
}

/** @param {number} count */
const countWords = (count) =>
  fill(ngettext("%(count)s listening", "%(count)s listening", count), { count: number(count) });

/**
 * @param {HTMLElement} note
 * @param {number} count
 * @param {number} guests
 */
function showNote(note, count, guests) {
  note.hidden = count > 0 && guests === 0;
  const without = ngettext("%(count)s without an account", "%(count)s without an account", guests);
  const alone = gettext("Share the room: its link is enough to listen.");
  say(note, count ? fill(without, { count: number(guests) }) : alone);
}
