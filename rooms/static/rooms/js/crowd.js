/** Who stands where in the crowd. It knows no page. */

/** @typedef {import("./state.js").Person} Person */

/** Faces that are shown; rooms/now.py has the same. */
export const MOST_HEADS = 60;
/** From so many listeners on the crowd goes on to the horizon. */
const HALL = 1000;

/**
 * Let whoever stays stand still: who comes takes the place of who went, and only where nobody came does the last one
 * step in.
 *
 * @param {string[]} before ids in their places
 * @param {string[]} now the ids to show, in any order
 */
export function keepPlaces(before, now) {
  const shown = new Set(now);
  const fresh = now.filter((id) => !before.includes(id));
  const places = before.map((id) => (shown.has(id) ? id : (fresh.shift() ?? "")));
  places.push(...fresh);
  for (let gap = places.indexOf(""); gap >= 0; gap = places.indexOf("")) {
    const last = places.pop() ?? "";
    if (gap < places.length) places[gap] = last;
  }
  return places;
}

/**
 * Whom the crowd shows, the most wanted first: me, whose hand is up, who came first.
 *
 * @param {import("./view.js").View} view
 * @param {Person[]} listeners
 * @returns {Person[]}
 */
export function headsOf({ you, state }, listeners) {
  const seated = new Set(state.stage.map(({ person }) => person.id));
  const people = [...(you ? [you] : []), ...state.hands.map(({ person }) => person), ...listeners];
  const once = new Map(people.filter(({ id }) => !seated.has(id)).map((person) => [person.id, person]));
  return [...once.values()].slice(0, MOST_HEADS);
}

/**
 * How far the crowd goes on behind the faces.
 *
 * @param {number} listening
 * @param {number} heads
 */
export function beyond(listening, heads) {
  if (listening <= heads) return "";
  return listening < HALL ? "hall" : "arena";
}
