/** The stage: who sits there, in which role, with which microphone. */

import { byId, fillList, mark, say, showPortrait, slot } from "../../site/js/parts.js";
import { gettext } from "../../site/js/words.js";
import { apartWords } from "./blocks.js";
import { roleWord } from "./room_words.js";

/** @typedef {import("./view.js").View} View */

// What has arrived is new no longer: moving it in the list later would play its arrival again.
document.addEventListener("animationend", ({ target }) => {
  /** @type {Element} */ (target).classList.remove("is-new", "is-moving", "is-raised");
});

/** @param {View} view */
export function showStage(view) {
  const list = slot(byId("stage"), "seats");
  const away = new Set(view.audience?.away ?? []);
  const places = isRedealt(list, view) ? placesOf(list) : null;
  mark(list, "data-count", String(view.seats.length));
  fillList(list, "seat", view.seats, keyOf, (seat, entry) => {
    const { id } = entry.person;
    showSeat(seat, entry, { mine: id === view.you?.id, away: away.has(id), apart: apartWords(view.blocks, id) });
  });
  if (places) glide(places);
}

/** @param {import("./state.js").StageEntry} entry */
const keyOf = (entry) => entry.person.id;

/** @param {HTMLElement} list */
const seatsOf = (list) => [.../** @type {Iterable<HTMLElement>} */ (list.children)];

/**
 * Whether somebody changes seat. Where seats are is asked only then: it costs a layout.
 *
 * @param {HTMLElement} list
 * @param {View} view
 */
const isRedealt = (list, view) =>
  seatsOf(list).map(({ dataset }) => dataset.key).join() !== view.seats.map(keyOf).join();

/** @param {HTMLElement} list */
const placesOf = (list) => new Map(seatsOf(list).map((seat) => [seat, seat.getBoundingClientRect()]));

/** Let whoever stays glide from the seat they had. @param {Map<HTMLElement, DOMRect>} places */
function glide(places) {
  for (const [seat, before] of places) {
    const now = seat.getBoundingClientRect();
    const [x, y] = [before.x + before.width / 2 - now.x - now.width / 2, before.y - now.y];
    if (!seat.isConnected || (Math.abs(x) < 1 && Math.abs(y) < 1)) continue;
    seat.style.setProperty("--from-x", `${x.toFixed(1)}px`);
    seat.style.setProperty("--from-y", `${y.toFixed(1)}px`);
    seat.classList.remove("is-new", "is-moving");
    // Without a look at the layout in between, the animation would not begin anew.
    void seat.offsetWidth;
    seat.classList.add("is-moving");
  }
}

/**
 * @param {HTMLElement} seat
 * @param {import("./state.js").StageEntry} entry
 * @param {{mine: boolean, away: boolean, apart: string}} facts `apart`: words about a block, or none
 */
function showSeat(seat, { person, role, muted }, { mine, away, apart }) {
  const name = mine ? gettext("You") : person.name;
  showPortrait(seat, person);
  say(slot(seat, "name"), name);
  slot(seat, "host").hidden = role !== "host";
  slot(seat, "cohost").hidden = role !== "cohost";
  // One mark at a time: a microphone says nothing of somebody who is not there.
  slot(seat, "muted").hidden = !muted || away;
  slot(seat, "away").hidden = !away;
  slot(seat, "apart").hidden = !apart;
  seat.classList.toggle("is-away", away);
  const facts = [
    name,
    role === "speaker" ? "" : roleWord(role),
    muted ? gettext("muted") : gettext("microphone on"),
    away ? gettext("not connected") : "",
    apart,
  ];
  mark(/** @type {HTMLElement} */ (seat.firstElementChild), "aria-label", facts.filter(Boolean).join(", "));
}
