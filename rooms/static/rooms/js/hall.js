/** The room that I am in, where its card is shown: its faces move with the voices. */

import { currentVisit, here } from "./here.js";

/** Between two words there is silence; without this the faces would flicker. */
const HOLD_MS = 400;

/**
 * @param {HTMLElement} card
 * @param {AbortSignal} signal
 */
export function startCard(card, signal) {
  let following = new AbortController();
  const follow = () => {
    following.abort();
    following = new AbortController();
    const visit = currentVisit();
    if (visit && visit.page.id === card.dataset.room) show(card, visit, AbortSignal.any([signal, following.signal]));
  };
  here.addEventListener("change", follow, { signal });
  follow();
}

/**
 * @param {HTMLElement} card
 * @param {import("./visit.js").RoomVisit} visit
 * @param {AbortSignal} signal
 */
function show(card, visit, signal) {
  /** When each was heard last. @type {Map<string, number>} */
  const heardAt = new Map();
  const paint = () => {
    const now = performance.now();
    for (const id of visit.audio.levels.keys()) heardAt.set(id, now);
    for (const face of /** @type {NodeListOf<HTMLElement>} */ (card.querySelectorAll("[data-person]"))) {
      const id = face.dataset.person ?? "";
      face.classList.toggle("is-talking", (heardAt.get(id) ?? -Infinity) > now - HOLD_MS);
      face.style.setProperty("--voice", (visit.audio.levels.get(id) ?? 0).toFixed(2));
    }
  };
  visit.addEventListener("levels", paint, { signal });
  // Nothing more is told of silence.
  const timer = setInterval(paint, HOLD_MS);
  signal.addEventListener("abort", () => {
    clearInterval(timer);
    for (const face of card.querySelectorAll(".is-talking")) face.classList.remove("is-talking");
  }, { once: true });
}
