/** What makes speaking and listening comfortable while a visit lasts. */

/** @param {import("./visit.js").RoomVisit} _visit */
export function startComfort(_visit) {}
