/** The audience: a crowd of faces and its count in words. */

import { byId, fillList, mark, say, showPortrait, slot } from "../../site/js/parts.js";
import { number } from "../../site/js/formats.js";
import { fill, gettext, ngettext } from "../../site/js/words.js";
import { beyond, headsOf, keepPlaces } from "./crowd.js";
import { listeners, listening } from "./view.js";

/** @typedef {import("./view.js").View} View */

/** @param {View} view */
export function showAudience(view) {
  const audience = byId("audience");
  say(slot(audience, "hands"), number(view.state.hands.length));
  if (!view.audience) return;
  const count = listening(view);
  say(slot(audience, "count"), count ? countWords(count) : gettext("Nobody is listening yet"));
  showNote(slot(audience, "note"), count, view);
  showCrowd(slot(audience, "crowd"), view, count);
}

/**
 * @param {HTMLElement} crowd
 * @param {View} view
 * @param {number} count
 */
function showCrowd(crowd, view, count) {
  const heads = new Map(headsOf(view, listeners(view)).map((person) => [person.id, person]));
  const before = [.../** @type {Iterable<HTMLElement>} */ (crowd.children)].flatMap(({ dataset }) => dataset.key || []);
  const places = keepPlaces(before, [...heads.keys()]).flatMap((id) => heads.get(id) ?? []);
  const raised = new Set(view.state.hands.map((hand) => hand.person.id));
  const away = new Set(view.audience?.away ?? []);
  mark(crowd, "data-beyond", beyond(count, places.length));
  fillList(crowd, "head", places, (person) => person.id, (head, person) => {
    showPortrait(head, person);
    showRaised(slot(head, "raised"), raised.has(person.id));
    head.classList.toggle("is-away", away.has(person.id));
    head.classList.toggle("me", person.id === view.you?.id);
  });
}

/**
 * @param {HTMLElement} hand
 * @param {boolean} up
 */
function showRaised(hand, up) {
  if (up && hand.hidden) hand.classList.add("is-raised");
  hand.hidden = !up;
}

/** @param {number} count */
const countWords = (count) =>
  fill(ngettext("%(count)s listening", "%(count)s listening", count), { count: number(count) });

/**
 * @param {HTMLElement} note
 * @param {number} count
 * @param {View} view
 */
function showNote(note, count, { audience, state }) {
  const guests = audience?.guests ?? 0;
  note.hidden = count > 0 && guests === 0;
  const without = ngettext("%(count)s without an account", "%(count)s without an account", guests);
  const alone = state.room.guests_listen
    ? gettext("Share the room: its link is enough to listen.")
    : gettext("Share the room, or ask people in.");
  say(note, count ? fill(without, { count: number(guests) }) : alone);
}
