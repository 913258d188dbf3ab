/** The bar at the thumb: hand, microphone, what I may do now. */

import { byId, mark, maybeSlot, say, slot } from "./parts.js";
import { may } from "./view.js";
import { fill, gettext, ordinal } from "./words.js";

/** @typedef {import("./view.js").View} View */

/** @param {View} view */
export function showBar(view) {
  const bar = byId("bar");
  const focused = bar.contains(document.activeElement) ? /** @type {HTMLElement} */ (document.activeElement) : null;
  const speaks = may(view, "speak");
  slot(bar, "listening").hidden = speaks;
  if (maybeSlot(bar, "mic")) showMine(bar, view, speaks);
  // What I just used may be gone: the hand once I am on stage. The focus then stays in the bar.
  if (focused && !focused.checkVisibility()) focusBar();
}

/** Put the focus where pressing a key once too often does no harm. */
export function focusBar() {
  const bar = byId("bar");
  const mic = maybeSlot(bar, "mic");
  (mic?.checkVisibility() ? mic : slot(bar, "share")).focus();
}

/**
 * @param {HTMLElement} bar
 * @param {View} view
 * @param {boolean} speaks
 */
function showMine(bar, view, speaks) {
  const mine = view.state.stage.find(({ person }) => person.id === view.you?.id);
  slot(bar, "step-down").hidden = !may(view, "step_down");
  slot(bar, "end").hidden = !may(view, "end_room");
  showHand(bar, view);
  const mic = slot(bar, "mic");
  const muted = mine?.muted ?? true;
  mic.hidden = !speaks;
  mark(mic, "data-voice", muted ? "muted" : "air");
  mark(mic, "aria-label", muted ? gettext("Muted. Switch the microphone on") : gettext("Mic on. Mute"));
  say(slot(mic, "mic-word"), muted ? gettext("Muted") : gettext("Mic on"));
  slot(mic, "mic-off").hidden = !muted;
  slot(mic, "mic-on").hidden = muted;
}

/**
 * @param {HTMLElement} bar
 * @param {View} view
 */
function showHand(bar, view) {
  const hand = slot(bar, "hand");
  const up = view.place > 0;
  hand.hidden = !may(view, "raise_hand");
  mark(hand, "aria-pressed", String(up));
  mark(hand, "aria-label", up
    ? fill(gettext("%(ordinal)s in line, your hand is up. Lower it"), { ordinal: ordinal(view.place) })
    : gettext("Raise your hand"));
  say(slot(hand, "hand-word"), up ? ordinal(view.place) : gettext("Hand"));
}
