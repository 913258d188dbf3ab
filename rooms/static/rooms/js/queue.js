/** What hosts do to the queue, and what one wants to speak about. */

import { byId, mark, maybeSlot, say, slot } from "../../site/js/parts.js";
import { toast } from "../../site/js/toast.js";
import { number } from "../../site/js/formats.js";
import { fill, gettext } from "../../site/js/words.js";
import { may } from "./view.js";

/** @typedef {import("./view.js").View} View */
/** @typedef {import("./visit.js").RoomVisit} RoomVisit */

/** Whose tools are open. @type {string} */
let opened = "";

/**
 * @param {RoomVisit} visit
 */
export function startQueue(visit) {
  opened = "";
  const sheet = byId("hands");
  sheet.addEventListener("click", ({ target }) => {
    const button = /** @type {HTMLElement | null} */ (/** @type {Element} */ (target).closest("[data-queue]"));
    if (button) void act(button, button.dataset.queue ?? "", visit);
  });
  sheet.addEventListener("keydown", (event) => {
    const step = { ArrowUp: "earlier", ArrowDown: "later" }[event.key];
    const row = /** @type {Element} */ (event.target).closest("[data-key]");
    if (!event.altKey || !step || !row || !may(visit.view, "order_hands")) return;
    event.preventDefault();
    void act(/** @type {HTMLElement} */ (event.target), step, visit);
  });
  startReason(visit);
}

/**
 * @param {HTMLElement} button
 * @param {string} what
 * @param {RoomVisit} visit
 */
async function act(button, what, visit) {
  if (what === "clear") return clear(button, visit);
  if (what === "reason") return openReason(visit.view);
  const row = /** @type {HTMLElement | null} */ (button.closest("[data-key]"));
  const id = row?.dataset.key ?? "";
  if (what === "more") {
    opened = opened === id ? "" : id;
    showTools(visit.view);
    return undefined;
  }
  const { hands } = visit.view.state;
  const at = hands.findIndex(({ person }) => person.id === id);
  if (at < 0) return undefined;
  const { person, pinned } = hands[at];
  if (what === "pin") {
    if (!(await visit.send(button, "hand.pin", { person: id, pinned: !pinned }))) return undefined;
  } else {
    const place = at + (what === "earlier" ? 0 : 2);
    if (place < 1 || place > hands.length) return undefined;
    if (!(await visit.send(button, "hand.move", { person: id, place }))) return undefined;
  }
  byId("announcer").textContent = placeWords(visit.view, person);
  return undefined;
}

/**
 * @param {View} view
 * @param {import("./state.js").Person} person
 */
function placeWords({ state }, { id, name }) {
  const place = state.hands.findIndex((hand) => hand.person.id === id) + 1;
  return place ? fill(gettext("%(name)s is number %(place)s in line."), { name, place: number(place) }) : "";
}

/**
 * @param {HTMLElement} button
 * @param {RoomVisit} visit
 */
async function clear(button, visit) {
  if (!(await visit.send(button, "hands.clear"))) return;
  toast(gettext("All hands are down."), {
    label: gettext("Undo"),
    act: () => void visit.send(button, "hands.restore"),
  });
}

/**
 * A row's tools: for hosts the order, for oneself the reason.
 *
 * @param {View} view
 * @param {HTMLElement} row
 * @param {import("./state.js").HandEntry} hand
 * @param {number} index
 */
export function showOrder(view, row, { person, reason, pinned }, index) {
  const { hands } = view.state;
  const orders = may(view, "order_hands");
  const more = maybeSlot(row, "hand-more");
  if (!more) return;
  more.hidden = !orders;
  mark(more, "aria-label", fill(gettext("More for the hand of %(name)s"), { name: person.name }));
  mark(more, "aria-expanded", String(opened === person.id));
  const order = slot(row, "order");
  order.hidden = !orders || opened !== person.id;
  mark(order, "aria-label", fill(gettext("The hand of %(name)s"), { name: person.name }));
  disable(slot(row, "earlier"), !hands[index - 1] || hands[index - 1].pinned !== pinned);
  disable(slot(row, "later"), !hands[index + 1] || hands[index + 1].pinned !== pinned);
  say(slot(row, "pin-word"), pinned ? gettext("No longer pinned") : gettext("Pin to the top"));
  slot(row, "decline").hidden = index === 0;
  slot(row, "pinned").hidden = !pinned;
  const words = slot(row, "reason");
  words.hidden = !reason;
  say(words, reason);
  slot(row, "mine").hidden = person.id !== view.you?.id;
  say(slot(row, "reason-word"), reason ? gettext("Change what it is about") : gettext("Say what about"));
}

/**
 * A button that has the focus keeps it, or whoever moves a hand by keyboard would lose their place at the ends.
 *
 * @param {HTMLElement} button
 * @param {boolean} off
 */
const disable = (button, off) => mark(button, "aria-disabled", String(off));

/** @param {View} view */
function showTools(view) {
  const rows = /** @type {NodeListOf<HTMLElement>} */ (slot(byId("hands"), "queue").querySelectorAll("[data-key]"));
  for (const row of rows) {
    const index = view.state.hands.findIndex(({ person }) => person.id === row.dataset.key);
    if (index >= 0) showOrder(view, row, view.state.hands[index], index);
  }
}

/** @param {RoomVisit} visit */
function startReason(visit) {
  const dialog = /** @type {HTMLDialogElement} */ (byId("reason"));
  const text = /** @type {HTMLInputElement} */ (slot(dialog, "text"));
  slot(dialog, "no").addEventListener("click", () => dialog.close());
  slot(dialog, "form").addEventListener("submit", async (event) => {
    event.preventDefault();
    if (await visit.send(slot(dialog, "yes"), "hand.raise", { reason: text.value })) dialog.close();
  });
}

/** @param {View} view */
export function openReason({ state, you }) {
  const dialog = /** @type {HTMLDialogElement} */ (byId("reason"));
  const text = /** @type {HTMLInputElement} */ (slot(dialog, "text"));
  text.value = state.hands.find(({ person }) => person.id === you?.id)?.reason ?? "";
  // What counts the characters hears of it.
  text.dispatchEvent(new Event("input"));
  dialog.showModal();
}

/**
 * Raise or lower one's own hand; whoever has raised it may say what about.
 *
 * @param {HTMLElement} button
 * @param {RoomVisit} visit
 */
export async function switchHand(button, visit) {
  const raises = !visit.view.place;
  const invited = visit.view.invited;
  const done = await visit.send(button, raises ? "hand.raise" : "hand.lower");
  if (!done || !raises || invited) return;
  toast(gettext("Your hand is up."), { label: gettext("Say what about"), act: () => openReason(visit.view) });
}
