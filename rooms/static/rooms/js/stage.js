/** The stage: who talks, in which role, with which microphone. */

import { byId, fillList, mark, say, showPortrait, slot } from "../../site/js/parts.js";
import { fill, gettext } from "../../site/js/words.js";
import { roleWord } from "./room_words.js";

/**
 * @typedef {import("./view.js").View} View
 * @param {View} view
 */
export function showStage(view) {
  const away = new Set(view.audience?.away ?? []);
  fillList(slot(byId("stage"), "seats"), "seat", view.seats, keyOf, (seat, entry) => {
    showSeat(seat, entry, entry.person.id === view.you?.id, away.has(entry.person.id));
  });
}

/** @param {import("./state.js").StageEntry} entry */
const keyOf = (entry) => entry.person.id;

/**
 * @param {HTMLElement} seat
 * @param {import("./state.js").StageEntry} entry
 * @param {boolean} mine
 * @param {boolean} away
 */
function showSeat(seat, { person, role, muted }, mine, away) {
  const name = mine ? gettext("You") : person.name;
  showPortrait(seat, person);
  say(slot(seat, "name"), name);
  slot(seat, "host").hidden = role !== "host";
  slot(seat, "cohost").hidden = role !== "cohost";
  // One mark at a time: a microphone says nothing of somebody who is not there.
  slot(seat, "muted").hidden = !muted || away;
  slot(seat, "away").hidden = !away;
  seat.classList.toggle("is-away", away);
  const facts = [
    name,
    role === "speaker" ? "" : roleWord(role),
    muted ? gettext("muted") : gettext("microphone on"),
    away ? gettext("not connected") : "",
  ];
  mark(/** @type {HTMLElement} */ (seat.firstElementChild), "aria-label", facts.filter(Boolean).join(", "));
}

/**
 * The line is down: dim the picture and say so in words, over the seats so that nothing moves.
 *
 * @param {View} view
 */
export function showLine({ phase, place }) {
  const stage = byId("stage");
  const lost = phase === "reconnecting";
  stage.classList.toggle("is-lost", lost);
  say(slot(stage, "live"), lost ? gettext("Reconnecting") : gettext("Live"));
  slot(stage, "lost").hidden = !lost;
  if (!lost) return;
  say(slot(stage, "lost-title"), gettext("The line dropped"));
  const calling = gettext("We are calling again.");
  const hand = fill(gettext("Your hand stays up, number %(place)s in line."), { place });
  say(slot(stage, "lost-words"), place ? `${calling} ${hand}` : calling);
}
