/** The bar at the thumb: hand, microphone, what I may do now. */

import { byId, mark, maybeSlot, say, slot } from "../../site/js/parts.js";
import { may } from "./view.js";
import { voiceWords } from "./sound_words.js";
import { fill, gettext, ordinal } from "../../site/js/words.js";

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
  slot(bar, "step-down").hidden = !may(view, "step_down");
  slot(bar, "end").hidden = !may(view, "end_room");
  showHand(bar, view);
  const mic = slot(bar, "mic");
  const { word, label } = voiceWords(view.voice);
  const air = view.voice === "air";
  mic.hidden = !speaks;
  mark(mic, "data-voice", view.voice);
  mark(mic, "aria-label", label);
  say(slot(mic, "mic-word"), word);
  slot(mic, "mic-off").hidden = air;
  slot(mic, "mic-on").hidden = !air;
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
