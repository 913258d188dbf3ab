/** Holding to talk by key, mouse and finger: what counts as holding, and everything that ends it. */

import { singleKeys } from "../../site/js/shortcuts.js";
import { settings } from "./browser_sound.js";

const MIC = '[data-slot="mic"]';
const WRITTEN_IN = 'input:not([type="checkbox"], [type="radio"], [type="button"]), textarea, select, [contenteditable]';
const ANSWERS_TO_SPACE = 'button, a[href], summary, input, video, audio, [role="button"], [role="tab"]';

/**
 * @param {object} options
 * @param {() => boolean} options.mayTalk
 * @param {() => void} options.press
 * @param {() => void} options.release
 * @param {AbortSignal} options.signal
 */
export function startTalkControls({ mayTalk, press, release, signal }) {
  const holds = () => settings.now.hold && mayTalk();
  /** What is held now: the key, or a finger on the button. @type {"" | "key" | "pointer"} */
  let by = "";
  const begin = (/** @type {"key" | "pointer"} */ how) => {
    by = how;
    press();
  };
  const end = () => {
    if (by) release();
    by = "";
  };
  /** @type {(target: EventTarget, name: string, act: (event: any) => void) => void} */
  const listen = (target, name, act) => target.addEventListener(name, act, { capture: true, signal });

  startKey({ holds, listen, by: () => by, begin: () => begin("key"), end });
  startPointer({ holds, listen, begin: () => begin("pointer"), end: () => by === "pointer" && end() });
  // Whatever takes the eyes or the hands away: nobody may be heard without knowing it.
  listen(window, "blur", end);
  listen(window, "pagehide", end);
  listen(document, "visibilitychange", end);
  const dialogs = new MutationObserver(() => by && isAnswering() && end());
  dialogs.observe(document.body, { subtree: true, attributeFilter: ["open"] });
  signal.addEventListener("abort", () => dialogs.disconnect(), { once: true });
}

const isAnswering = () => document.querySelector("dialog[open]") !== null;

/** @param {any} options */
function startKey({ holds, listen, by, begin, end }) {
  /** What was last touched: the space bar then talks, though it has the focus. @type {Element | null} */
  let touched = null;
  listen(document, "pointerdown", (/** @type {PointerEvent} */ { target }) => {
    touched = /** @type {Element} */ (target).closest(ANSWERS_TO_SPACE);
  });
  listen(document, "focusin", (/** @type {FocusEvent} */ { target }) => {
    if (target !== touched) touched = null;
  });
  const talks = (/** @type {HTMLElement} */ target) => {
    if (target.matches?.(WRITTEN_IN) || target.isContentEditable || isAnswering()) return false;
    const answering = target.closest?.(ANSWERS_TO_SPACE);
    // Whoever goes from button to button by keyboard presses them by the space bar, but for the microphone's own.
    return !answering || answering === touched || answering.matches(MIC);
  };
  listen(document, "keydown", (/** @type {KeyboardEvent} */ event) => {
    if (event.code !== "Space" || event.ctrlKey || event.altKey || event.metaKey) return;
    const held = by() === "key";
    const begins = !event.repeat && singleKeys.on && holds() && talks(/** @type {HTMLElement} */ (event.target));
    if (!held && !begins) return;
    // The page would scroll, the button be pressed.
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!held) begin();
  });
  listen(document, "keyup", (/** @type {KeyboardEvent} */ event) => {
    if (event.code !== "Space" || by() !== "key") return;
    event.preventDefault();
    end();
  });
}

/** @param {any} options */
function startPointer({ holds, listen, begin, end }) {
  const micOf = (/** @type {Event} */ { target }) => /** @type {Element} */ (target).closest?.(MIC);
  listen(document, "pointerdown", (/** @type {PointerEvent} */ event) => {
    const mic = micOf(event);
    if (!mic || !holds() || event.button !== 0 || !event.isPrimary) return;
    // The finger may slide off the button: it still holds.
    mic.setPointerCapture(event.pointerId);
    begin();
  });
  for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) listen(document, name, end);
  listen(document, "contextmenu", (/** @type {Event} */ event) => {
    if (micOf(event) && holds()) event.preventDefault();
  });
  listen(document, "click", (/** @type {MouseEvent} */ event) => {
    // The key Enter and screen readers click without a pointer: for them it stays a switch.
    if (!micOf(event) || !holds() || event.detail === 0) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  });
}
