/** The bar at the thumb: hand, microphone, what I may do now. */

import { byId, mark, maybeSlot, say, slot } from "../../site/js/parts.js";
import { onKey } from "../../site/js/shortcuts.js";
import { closedWords } from "./speaking_rules.js";
import { may } from "./view.js";
import { settings } from "./browser_sound.js";
import { voiceWords } from "./sound_words.js";
import { number, ordinal } from "../../site/js/formats.js";
import { fill, gettext } from "../../site/js/words.js";

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
  showQueue(bar, view);
  const mic = slot(bar, "mic");
  const { word, label } = voiceWords(view.voice, settings.now.hold);
  const air = view.voice === "air";
  // Just brought up, and muted: the button calls until it was used.
  if (mic.hidden && speaks && view.role !== "host") mic.classList.add("is-called");
  if (view.voice !== "muted") mic.classList.remove("is-called");
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
  if (up && hand.getAttribute("aria-pressed") === "false") hand.firstElementChild?.classList.add("is-raised");
  hand.hidden = !may(view, "raise_hand");
  mark(hand, "aria-pressed", String(up));
  // Whoever was invited may answer by it all the same; a press that is refused is answered with the reason.
  const closed = up || view.invited ? "" : closedWords(view);
  mark(hand, "aria-disabled", String(closed !== ""));
  const word = up ? ordinal(view.place) : closed ? gettext("Closed") : gettext("Hand");
  // Whoever speaks to their device says the word that stands there (WCAG 2.5.3).
  mark(hand, "aria-label", up
    ? fill(gettext("%(ordinal)s in line, your hand is up. Lower it"), { ordinal: word })
    : [closed && word, gettext("Raise your hand"), closed].filter(Boolean).join(". "));
  say(slot(hand, "hand-word"), word);
}

/**
 * In the place of the hand, for those on the stage: the way to the queue.
 *
 * @param {HTMLElement} bar
 * @param {View} view
 */
function showQueue(bar, view) {
  const raised = view.state.hands.length;
  const count = slot(bar, "queue-count");
  slot(bar, "queue-door").hidden = may(view, "raise_hand");
  count.hidden = raised === 0;
  say(count, number(raised));
}

/**
 * Keys of the room's page beside the microphone's.
 *
 * @param {AbortSignal} signal
 */
export function startBarKeys(signal) {
  const press = (/** @type {string} */ selector) => () => {
    const buttons = /** @type {NodeListOf<HTMLElement>} */ (byId("bar").querySelectorAll(selector));
    [...buttons].find((button) => button.checkVisibility())?.click();
  };
  const hands = gettext("Raise or lower your hand, or see whose hands are up");
  onKey("h", hands, press("[data-slot=hand], [data-tab=hands]"), signal);
  onKey("r", gettext("React"), press("[data-slot=react]"), signal);
  for (const [key, tab, label] of [["c", "chat", gettext("Open the chat")], ["b", "board", gettext("Open the board")]]) {
    onKey(key, label, () => {
      /** @type {HTMLElement} */ (byId("more").querySelector(`[data-tab=${tab}]`)).click();
    }, signal);
  }
  onKey("p", gettext("See who is here"), () => {
    /** @type {HTMLElement} */ (byId("more").querySelector("[data-tab=people]")).click();
  }, signal);
}
