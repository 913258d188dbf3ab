/** Shows who talks: a ring around the portrait that follows the voice, and the names below the stage. */

import { byId, say, slot } from "../../site/js/parts.js";
import { gettext, list } from "../../site/js/words.js";

/** Between two words there is silence; without this the room would flicker. */
const HOLD_MS = 400;
/** Names stay through the pauses of a sentence. */
const NAME_HOLD_MS = 1500;
/** Under reduced motion the ring says who talks, not how loudly. */
const CALM_LEVEL = 0.6;

const calm = matchMedia("(prefers-reduced-motion: reduce)");
/** When each person was heard last. @type {Map<string, number>} */
const heardAt = new Map();
/** @type {ReturnType<typeof setTimeout> | undefined} */
let later;

/**
 * @param {import("./visit.js").RoomVisit} visit
 * @param {AbortSignal} signal
 */
export function startVoices(visit, signal) {
  visit.addEventListener("levels", () => {
    for (const id of visit.audio.levels.keys()) heardAt.set(id, performance.now());
    showVoices(visit.audio, visit.view);
  }, { signal });
  signal.addEventListener("abort", () => clearTimeout(later), { once: true });
}

/**
 * @param {import("./audio.js").RoomAudio} audio
 * @param {import("./view.js").View} view
 */
export function showVoices(audio, view) {
  const talking = heardFor(HOLD_MS);
  const named = heardFor(NAME_HOLD_MS);
  for (const seat of /** @type {Iterable<HTMLElement>} */ (slot(byId("stage"), "seats").children)) {
    const id = seat.dataset.key ?? "";
    seat.classList.toggle("is-talking", talking.has(id));
    setVoice(slot(seat, "ring"), audio.levels.get(id));
  }
  const mic = byId("bar").querySelector('[data-slot="mic"]');
  if (mic) setVoice(/** @type {HTMLElement} */ (mic), audio.levels.get(view.you?.id ?? ""));
  showNames(view, named);
  clearTimeout(later);
  // Nothing more is told of silence: look again once it has lasted.
  if (named.size) later = setTimeout(() => showVoices(audio, view), HOLD_MS);
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
  const voice = level === undefined ? "0" : (calm.matches ? CALM_LEVEL : level).toFixed(2);
  if (ring.style.getPropertyValue("--voice") !== voice) ring.style.setProperty("--voice", voice);
}

/**
 * For eyes that cannot tell the ring. It is no live region: whoever listens with a screen reader hears who talks.
 *
 * @param {import("./view.js").View} view
 * @param {Set<string>} heard
 */
function showNames({ seats, you }, heard) {
  const talking = seats.map(({ person }) => person).filter(({ id }) => heard.has(id));
  const names = talking.filter(({ id }) => id !== you?.id).map(({ name }) => name);
  // Oneself comes first, where "You" may have its capital.
  if (names.length < talking.length) names.unshift(gettext("You"));
  say(slot(byId("stage"), "talking"), names.length ? list(names) : gettext("Nobody is talking just now."));
}
