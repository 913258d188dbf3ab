/** What the room is told of its host, with the time that is left, and of a seat that another device has. */

import { clockOf } from "../../site/js/formats.js";
import { every } from "../../site/js/pages.js";
import { byId, say, slot } from "../../site/js/parts.js";
import { fill, gettext } from "../../site/js/words.js";

/** @typedef {import("./view.js").View} View */

/** What was said aloud last: a clock that is read out every second helps nobody. */
let said = "";

/**
 * @param {import("./visit.js").RoomVisit} visit
 * @param {AbortSignal} signal
 */
export function startNotices(visit, signal) {
  said = "";
  slot(byId("elsewhere"), "take").addEventListener("click", () => visit.takeSeat());
  every(1000, () => showNotices(visit.view), signal);
}

/** @param {View} view */
export function showNotices(view) {
  showHost(view);
  showElsewhere(view);
}

/** @param {View} view */
function showHost({ state, phase }) {
  const { host_awaited_until: awaited, closing_at: closing } = state.room;
  const until = phase === "ended" || phase === "gone" ? null : closing ?? awaited;
  const notice = slot(byId("stage"), "notice");
  notice.hidden = !until;
  if (!until) {
    said = "";
    return;
  }
  const time = clockOf((Date.parse(until) - Date.now()) / 1000);
  say(notice, closing
    ? fill(gettext("The host has not come back. The room closes in %(time)s."), { time })
    : fill(gettext("The host is away. The room waits for them: %(time)s"), { time }));
  sayOnce(closing ? gettext("The host has not come back. The room closes soon.")
    : gettext("The host is away. The room waits for them."));
}

/** @param {string} words */
function sayOnce(words) {
  if (words === said) return;
  said = words;
  byId("announcer").textContent = words;
}

/** @param {View} view */
function showElsewhere({ phase }) {
  const banner = byId("elsewhere");
  const hidden = phase !== "elsewhere";
  if (banner.hidden === hidden) return;
  banner.hidden = hidden;
  if (!hidden) /** @type {HTMLElement} */ (banner.querySelector("h2")).focus();
}
