/** The queue of raised hands, in the sheet. */

import { byId, fillList, mark, maybeSlot, say, showPortrait, slot } from "../../site/js/parts.js";
import { may } from "./view.js";
import { showOrder } from "./queue.js";
import { closedWords, ruleWords } from "./speaking_rules.js";
import { number } from "../../site/js/formats.js";
import { fill, gettext, ngettext } from "../../site/js/words.js";
import { waiting } from "./room_words.js";

/** @typedef {import("./view.js").View} View */

/** @param {View} view */
export function showHands(view) {
  const sheet = byId("sheet");
  const { hands } = view.state;
  const tab = fill(gettext("Hands %(count)s"), { count: number(hands.length) });
  say(slot(sheet, "hands-tab"), hands.length ? tab : gettext("Hands"));
  say(slot(sheet, "hands-title"), titleOf(view));
  say(slot(sheet, "hands-words"), wordsOf(view));
  showRoom(slot(sheet, "hands-stage"), view);
  const rule = ruleWords(view);
  slot(sheet, "queue-rule").hidden = !rule;
  say(slot(sheet, "queue-rule-words"), rule);
  slot(sheet, "queue-all").hidden = !may(view, "lock_hands");
  slot(sheet, "clear-hands").hidden = !hands.length || !may(view, "lower_any_hand");
  const queue = slot(sheet, "queue");
  const focused = queue.contains(document.activeElement) ? /** @type {HTMLElement} */ (document.activeElement) : null;
  fillList(queue, "hand", hands, (hand) => hand.person.id, (row, hand, index) => {
    showHand(view, row, hand, index);
  });
  // A row that changes its place in the document loses the focus.
  if (focused?.isConnected && document.activeElement === document.body) focused.focus({ preventScroll: true });
}

/** @param {View} view */
function titleOf(view) {
  const count = view.state.hands.length;
  if (may(view, "accept_hand") && isFull(view)) return gettext("The stage is full");
  if (view.place === 1) return gettext("You are next");
  if (view.place) return fill(gettext("You are number %(place)s in line"), { place: number(view.place) });
  if (!count) return gettext("No hands are up");
  return fill(ngettext("%(count)s hand is up", "%(count)s hands are up", count), { count: number(count) });
}

/** @param {View} view */
function wordsOf(view) {
  if (may(view, "accept_hand") && isFull(view)) return gettext("Move somebody to the audience to make room.");
  if (view.state.hands.length) return gettext("Everybody sees the same line.");
  if (view.role === "guest") return gettext("Log in to raise yours.");
  return may(view, "raise_hand") && !closedWords(view)
    ? gettext("Raise yours and a host may bring you on stage.")
    : gettext("When somebody asks to speak, they stand here.");
}

/** @param {View} view */
const isFull = ({ state, page }) => state.stage.length >= page.stage_limit;

/**
 * @param {HTMLElement} tag
 * @param {View} view
 */
function showRoom(tag, view) {
  tag.hidden = !may(view, "accept_hand");
  say(tag, `${number(view.state.stage.length)} / ${number(view.page.stage_limit)}`);
}

/**
 * @param {View} view
 * @param {HTMLElement} row
 * @param {import("./state.js").HandEntry} hand
 * @param {number} index
 */
function showHand(view, row, hand, index) {
  const { person, raised_at } = hand;
  const mine = person.id === view.you?.id;
  const accept = may(view, "accept_hand");
  showPortrait(row, person);
  say(slot(row, "place"), number(index + 1));
  say(slot(row, "name"), mine ? gettext("You") : person.name);
  const away = view.audience?.away.includes(person.id) ?? false;
  say(slot(row, "wait"), away && !mine ? gettext("not connected") : waiting(raised_at));
  row.classList.toggle("is-away", away && !mine);
  row.classList.toggle("queue__item--me", mine);
  slot(row, "tools").hidden = !(accept && index === 0);
  slot(row, "lower-mine").hidden = !mine;
  showQuick(row, "accept-quick", accept && index > 0, fill(gettext("Bring %(name)s on stage"), { name: person.name }));
  showOrder(view, row, hand, index);
}

/**
 * @param {HTMLElement} row
 * @param {string} name
 * @param {boolean} shown
 * @param {string} label
 */
function showQuick(row, name, shown, label) {
  const button = maybeSlot(row, name);
  if (!button) return;
  button.hidden = !shown;
  mark(button, "aria-label", label);
}
