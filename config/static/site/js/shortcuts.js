/**
 * Single keys: each part says what its key does, the dialog "?" tells them all, and a switch there stops them
 * (WCAG 2.1.4): whoever speaks to their computer would press keys by talking.
 */

import { byId, slot } from "./parts.js";
import { gettext, pgettext } from "./words.js";

const STORED_AS = "causerie.keys";
const WRITTEN_IN = "input, textarea, select, [contenteditable], [role=menu] *";

/** @typedef {{key: string, label: string, act: (event: KeyboardEvent) => unknown}} Shortcut */
/** @type {Set<Shortcut>} */
const shortcuts = new Set();

/** Whether single keys do anything; remembered in this browser. */
export const singleKeys = {
  get on() {
    try {
      return localStorage.getItem(STORED_AS) !== "off";
    } catch {
      return true;
    }
  },
  set on(on) {
    try {
      localStorage.setItem(STORED_AS, on ? "on" : "off");
    } catch {
      // A browser that keeps nothing: the keys stay as they are.
    }
  },
};

/**
 * Let a key do something, until the signal aborts.
 *
 * @param {string} key as `KeyboardEvent.key` names it, in lower case
 * @param {string} label what it does, as a sentence without its end
 * @param {(event: KeyboardEvent) => unknown} act
 * @param {AbortSignal} signal
 */
export function onKey(key, label, act, signal) {
  if (signal.aborted) return;
  const shortcut = { key, label, act };
  shortcuts.add(shortcut);
  signal.addEventListener("abort", () => shortcuts.delete(shortcut), { once: true });
}

export function startShortcuts() {
  const dialog = /** @type {HTMLDialogElement} */ (byId("keys"));
  const on = /** @type {HTMLInputElement} */ (slot(dialog, "on"));
  onKey("?", gettext("Show this list"), () => open(dialog), new AbortController().signal);
  document.addEventListener("keydown", press);
  document.addEventListener("click", ({ target }) => {
    if (/** @type {Element} */ (target).closest("[data-opens=keys]")) open(dialog);
  });
  slot(dialog, "close").addEventListener("click", () => dialog.close());
  on.addEventListener("change", () => {
    singleKeys.on = on.checked;
  });
}

/** @param {KeyboardEvent} event */
function press(event) {
  if (!singleKeys.on || !isMeant(event)) return;
  const key = event.key.toLowerCase();
  for (const shortcut of [...shortcuts]) if (shortcut.key === key) shortcut.act(event);
}

/** Whether nothing is being written, answered or chosen by this key. @param {KeyboardEvent} event */
function isMeant(event) {
  const { target, ctrlKey, altKey, metaKey, repeat, defaultPrevented } = event;
  // On some keyboards "?" itself is made with AltGr, which counts as both.
  const chord = metaKey || ((ctrlKey || altKey) && !event.getModifierState("AltGraph"));
  const writes = /** @type {Element} */ (target).matches(WRITTEN_IN);
  return !chord && !repeat && !writes && !defaultPrevented && !document.querySelector("dialog[open]");
}

/** @param {HTMLDialogElement} dialog */
function open(dialog) {
  const labels = new Map([...shortcuts].map(({ key, label }) => [label, key]));
  const nameOf = (/** @type {string} */ key) => (key === " " ? pgettext("key", "Space") : key.toUpperCase());
  const rows = [...labels].map(([label, key]) => rowOf(nameOf(key), label, true));
  const escape = rowOf(gettext("Esc"), gettext("Close what is open"), false);
  slot(dialog, "list").replaceChildren(...rows, escape);
  /** @type {HTMLInputElement} */ (slot(dialog, "on")).checked = singleKeys.on;
  dialog.showModal();
}

/**
 * @param {string} key
 * @param {string} label
 * @param {boolean} single whether the switch stops it
 */
function rowOf(key, label, single) {
  const row = document.createElement("div");
  if (single) row.dataset.single = "";
  const word = Object.assign(document.createElement("dt"), { textContent: label });
  const description = document.createElement("dd");
  description.append(Object.assign(document.createElement("kbd"), { textContent: key }));
  row.append(word, description);
  return row;
}
