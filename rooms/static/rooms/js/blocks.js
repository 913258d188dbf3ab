/**
 * Who of the stage is not heard by whom, as I may know it. The server says it with the page; here it is asked again
 * whenever it may have changed.
 *
 * @typedef {{any: boolean, unheard: string[], unheard_by: string[]}} Blocks `any`: whether I have blocked anybody;
 *   `unheard`: whom I do not hear; `unheard_by`: who does not hear me
 */

import { gettext } from "../../site/js/words.js";

/** @typedef {import("./visit.js").RoomVisit | import("./lobby.js").Lobby} RoomVisit */

/**
 * Keep it true as long as the visit lasts.
 *
 * @param {RoomVisit} visit
 */
export function followBlocks(visit) {
  const { protocol } = visit;
  const ask = async () => {
    visit.asking += 1;
    try {
      const { any, unheard, unheard_by, hidden } = await protocol.command("blocks.list");
      visit.learn({ blocks: { any, unheard, unheard_by }, hidden });
    } catch {
      // It is asked again at the next change; sound is the relay's matter and does not wait for it.
    } finally {
      visit.asking -= 1;
      if (!visit.asking) visit.dispatchEvent(new Event("said"));
    }
  };
  protocol.addEventListener("blocks", () => void ask());
  protocol.addEventListener("change", (event) => {
    const events = /** @type {CustomEvent} */ (event).detail;
    if (concernsMe(visit.view) && mayChange(events)) void ask();
  });
}

/**
 * A guest has blocked nobody, and of those in the audience only who has blocked somebody finds news on the stage.
 *
 * @param {Pick<import("./view.js").View, "blocks" | "role">} view
 */
export const concernsMe = ({ blocks, role }) => blocks.any || (role !== "listener" && role !== "guest");

/**
 * Somebody came on the stage, or everything was read anew.
 *
 * @param {import("./state.js").RoomEvent[] | null} events
 */
export const mayChange = (events) => events === null || events.some(({ type }) => type === "stage.joined");

/**
 * What to say of somebody; empty if there is nothing.
 *
 * @param {Blocks} blocks
 * @param {string} id
 */
export function apartWords({ unheard, unheard_by }, id) {
  if (unheard.includes(id)) return gettext("blocked: you do not hear them");
  return unheard_by.includes(id) ? gettext("does not hear you") : "";
}
