/** What somebody else's doing means for me, or for the room: said once, quietly. */

import { fill, gettext } from "../../site/js/words.js";

/** @typedef {import("./state.js").RoomState} RoomState */
/** @typedef {import("./state.js").Person | null} You */

/**
 * @param {RoomState} state
 * @param {string | null | undefined} id
 */
const nameOf = ({ stage }, id) => stage.find(({ person }) => person.id === id)?.person.name ?? gettext("A host");

/**
 * What an event means for me personally; empty if nothing.
 *
 * @param {import("./state.js").RoomEvent} event
 * @param {RoomState} before the state before it
 * @param {You} you
 */
export function personalWords(event, before, you) {
  if (!you) return "";
  const { type, id, by } = event;
  if (type === "hands.cleared") {
    const waited = before.hands.some(({ person }) => person.id === you.id);
    return waited && by !== you.id ? gettext("All hands were lowered. You can raise yours again.") : "";
  }
  if (id !== you.id) return "";
  if (type === "hand.lowered" && by) return gettext("Your hand was lowered. You can raise it again later.");
  if (type === "stage.muted" && by) {
    return fill(gettext("%(name)s has muted you. You can switch your microphone on again."), { name: nameOf(before, by) });
  }
  if (type !== "stage.role") return "";
  if (event.role === "host") return gettext("You are the host now.");
  return event.role === "cohost" ? gettext("You are a co-host now.") : gettext("You are a speaker now.");
}

/**
 * What everybody should hear of: who the host is now.
 *
 * @param {import("./state.js").RoomEvent} event
 * @param {RoomState} before
 */
export const commonWords = (event, before) =>
  event.type === "stage.role" && event.role === "host"
    ? fill(gettext("%(name)s is the host now."), { name: nameOf(before, event.id) })
    : "";
