/** Shows who talks: a ring around the portrait that follows the voice, and the names below the stage. */

import { byId, maybeSlot, say, showPortrait, slot } from "../../site/js/parts.js";
import { list } from "../../site/js/formats.js";
import { gettext } from "../../site/js/words.js";

/** Between two words there is silence; without this the room would flicker. */
const HOLD_MS = 400;
/** Names stay through the pauses of a sentence. */
const NAME_HOLD_MS = 1500;
/** Under reduced motion the ring says who talks, not how loudly. */
const CALM_LEVEL = 0.6;

/** A twentieth is less than a pixel of the largest ring. */
const STEPS = Array.from({ length: 21 }, (_, step) => String(step / 20));

const calm = matchMedia("(prefers-reduced-motion: reduce)");
/** When each person was heard last. @type {Map<string, number>} */
const heardAt = new Map();
/** What shows the voices anew, with what was known last. @type {(() => void) | null} */
let next = null;
let shownAt = 0;
/** Who was named last, and in which view. @type {{view: import("./view.js").View | null, ids: string}} */
let named = { view: null, ids: "" };
/** Set once, not anew with each level. @type {ReturnType<typeof setTimeout> | null} */
let later = null;

/**
 * @param {import("./visit.js").RoomVisit} visit
 * @param {AbortSignal} signal
 */
export function startVoices(visit, signal) {
  visit.addEventListener("levels", () => hearVoices(visit.audio, visit.view), { signal });
  signal.addEventListener("abort", () => (next = null), { once: true });
}

/** @typedef {Pick<import("./audio.js").RoomAudio, "levels">} Levels */

/**
 * New levels have come: ten times a second while somebody talks.
 *
 * @param {Levels} audio
 * @param {import("./view.js").View} view
 */
export function hearVoices(audio, view) {
  for (const id of audio.levels.keys()) heardAt.set(id, performance.now());
  showVoices(audio, view);
}

/**
 * @param {Levels} audio
 * @param {import("./view.js").View} view
 */
export function showVoices(audio, view) {
  if (view.page.still) for (const id of audio.levels.keys()) heardAt.set(id, performance.now());
  const talking = heardFor(HOLD_MS);
  const heard = heardFor(NAME_HOLD_MS);
  for (const seat of /** @type {Iterable<HTMLElement>} */ (slot(byId("stage"), "seats").children)) {
    const id = seat.dataset.key ?? "";
    const talks = talking.has(id);
    if (seat.classList.contains("is-talking") !== talks) seat.classList.toggle("is-talking", talks);
    setVoice(ringOf(seat), audio.levels.get(id));
  }
  const mic = maybeSlot(byId("bar"), "mic");
  if (mic) setVoice(mic, audio.levels.get(view.you?.id ?? ""));
  showNames(view, heard);
  // Nothing more is told of silence: look again once it has lasted.
  next = heard.size ? () => showVoices(audio, view) : null;
  shownAt = performance.now();
  later ??= setTimeout(look, HOLD_MS);
}

function look() {
  const left = shownAt + HOLD_MS - performance.now();
  later = next && left > 0 ? setTimeout(look, left) : null;
  if (!later) next?.();
}

/** Looked for once: thirteen seats are asked ten times a second. @type {WeakMap<HTMLElement, HTMLElement>} */
const rings = new WeakMap();
/** What stands in `--voice` of each. @type {WeakMap<HTMLElement, string>} */
const shown = new WeakMap();

/** @param {HTMLElement} seat */
function ringOf(seat) {
  const ring = rings.get(seat) ?? slot(seat, "voice");
  rings.set(seat, ring);
  return ring;
}

/** Who was heard within the last so many milliseconds. @param {number} ms */
function heardFor(ms) {
  const since = performance.now() - ms;
  return new Set([...heardAt].filter(([, at]) => at > since).map(([id]) => id));
}

/**
 * @param {HTMLElement} ring
 * @param {number | undefined} level
 */
function setVoice(ring, level) {
  const voice = level === undefined ? "0" : STEPS[Math.round((calm.matches ? CALM_LEVEL : level) * 20)] ?? "1";
  if ((shown.get(ring) ?? "0") === voice) return;
  shown.set(ring, voice);
  ring.style.setProperty("--voice", voice);
}

/**
 * For eyes that cannot tell the ring. It is no live region: whoever listens with a screen reader hears who talks.
 *
 * @param {import("./view.js").View} view
 * @param {Set<string>} heard
 */
function showNames(view, heard) {
  const ids = [...heard].join();
  // Ten times a second nearly always the same.
  if (view === named.view && ids === named.ids) return;
  named = { view, ids };
  const { seats, you, phase } = view;
  const talking = seats.map(({ person }) => person).filter(({ id }) => heard.has(id));
  const names = talking.filter(({ id }) => id !== you?.id).map(({ name }) => name);
  // Oneself comes first, where "You" may have its capital.
  if (names.length < talking.length) names.unshift(gettext("You"));
  const nobody = phase === "connecting" ? gettext("You are coming in") : gettext("Nobody is talking just now.");
  say(slot(byId("stage"), "talking"), names.length ? list(names) : nobody);
  const face = slot(byId("stage"), "talker");
  face.hidden = talking.length === 0;
  if (talking.length) showPortrait(face, talking.find(({ id }) => id !== you?.id) ?? talking[0]);
}
