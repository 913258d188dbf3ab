/** Which comings and goings are heard, and how often. It knows no page. */

/**
 * @typedef {"arrival" | "departure"} Moment
 * @typedef {import("./protocol.js").Audience} Audience
 */

/** Up to so many in the audience each one matters; beyond, it would never be quiet. */
export const SMALL_AUDIENCE = 12;
/** At most one sound in so long. */
export const SPACING_MS = 2_000;

/** Lets something through at most once in a while. */
export class Spacing {
  #last = -Infinity;

  /** @param {number} now milliseconds */
  take(now) {
    if (now - this.#last < SPACING_MS) return false;
    this.#last = now;
    return true;
  }
}

/**
 * Somebody else came on the stage, or left it.
 *
 * @param {import("./state.js").RoomEvent[]} events
 * @param {Set<string>} quiet of whom nothing is heard: me, and whom I have muted
 * @returns {Moment | null}
 */
export function stageMoment(events, quiet) {
  const others = events.filter((event) => !quiet.has(event.person?.id ?? event.id ?? ""));
  if (others.some(({ type }) => type === "stage.joined")) return "arrival";
  return others.some(({ type }) => type === "stage.left") ? "departure" : null;
}

/**
 * Somebody came into a small audience, or left it. Whoever goes between audience and stage does neither.
 *
 * @param {Audience | null} before
 * @param {Audience} now
 * @param {{seats: number, quiet: Set<string>}} room how many sit on the stage; of whom nothing is heard
 * @returns {Moment | null}
 */
export function audienceMoment(before, now, { seats, quiet }) {
  if (!before || now.people + now.guests - seats > SMALL_AUDIENCE) return null;
  const heads = (/** @type {Audience} */ { people, guests }) => people + guests;
  const unheard = quietIn(now, quiet) - quietIn(before, quiet);
  const more = heads(now) - heads(before) - unheard;
  if (more === 0) return null;
  return more > 0 ? "arrival" : "departure";
}

/**
 * @param {Audience} audience
 * @param {Set<string>} quiet
 */
const quietIn = ({ sample }, quiet) => sample.filter(({ id }) => quiet.has(id)).length;
