/** Soft sounds when somebody comes or goes, wherever on the site one hears the room; they can be switched off. */

import { chime } from "./chime.js";
import { audienceMoment, Spacing, stageMoment } from "./moment_rules.js";

/** @typedef {import("./visit.js").RoomVisit} RoomVisit */

const STORED_AS = "causerie.moments";

/** Whether they are heard; remembered in this browser. */
export const momentSounds = {
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
      // A browser that keeps nothing: it stays as it is.
    }
  },
};

/**
 * Follow a visit as long as it lasts.
 *
 * @param {RoomVisit} visit
 */
export function startMoments(visit) {
  const { protocol, signal } = visit;
  const spacing = new Spacing();
  let audience = protocol.audience;
  const hear = (/** @type {import("./moment_rules.js").Moment | null} */ moment) => {
    const { tap, paused, hearing } = visit.view;
    if (!moment || !momentSounds.on || tap || paused || hearing !== "on") return;
    if (spacing.take(performance.now())) void chime(moment);
  };
  const quiet = () => new Set([visit.view.you?.id ?? "", ...(visit.page.quiet ?? [])]);
  protocol.addEventListener("change", (event) => {
    const events = /** @type {CustomEvent} */ (event).detail;
    if (events) hear(stageMoment(events, quiet()));
  }, { signal });
  protocol.addEventListener("pulse", () => {
    const now = protocol.audience;
    if (now) hear(audienceMoment(audience, now, { seats: visit.view.seats.length, quiet: quiet() }));
    audience = now;
  }, { signal });
  // What happened while the line was down is not heard afterwards.
  protocol.addEventListener("phase", () => {
    if (protocol.phase !== "live") audience = null;
  }, { signal });
}
