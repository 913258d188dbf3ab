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
 * @param {string | undefined} me my id
 * @returns {Moment | null}
 */
export function stageMoment(events, me) {
  const others = events.filter((event) => (event.person?.id ?? event.id) !== me);
  if (others.some(({ type }) => type === "stage.joined")) return "arrival";
  return others.some(({ type }) => type === "stage.left") ? "departure" : null;
}

/**
 * Somebody came into a small audience, or left it. Whoever goes between audience and stage does neither.
 *
 * @param {Audience | null} before
 * @param {Audience} now
 * @param {{seats: number, me: string | undefined}} room how many sit on the stage; my id
 * @returns {Moment | null}
 */
export function audienceMoment(before, now, { seats, me }) {
  if (!before || now.people + now.guests - seats > SMALL_AUDIENCE) return null;
  const heads = (/** @type {Audience} */ { people, guests }) => people + guests;
  const mine = Number(isIn(now, me)) - Number(isIn(before, me));
  const more = heads(now) - heads(before) - mine;
  if (more === 0) return null;
  return more > 0 ? "arrival" : "departure";
}

/**
 * @param {Audience} audience
 * @param {string | undefined} me
 */
const isIn = ({ sample }, me) => sample.some(({ id }) => id === me);
