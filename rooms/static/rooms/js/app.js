/** Rooms on whatever page: each part is fetched only where it is needed. */

import { stayDuring } from "../../site/js/navigation.js";
import { whenPresent } from "../../site/js/pages.js";
import { showAnew } from "./page_anew.js";

const REMEMBERED = "causerie.room";

whenPresent("#live", async (live, signal) => {
  // What is pressed before the page is alive is done once it is; what the browser and the site do themselves is done.
  /** @type {HTMLElement | null} */
  let pressed = null;
  const remember = (/** @type {MouseEvent} */ { target }) => {
    pressed = /** @type {Element} */ (target).closest("button:not([popovertarget], [data-opens])");
  };
  live.addEventListener("click", remember);
  const { mountRoom } = await import("./room_page.js");
  if (!signal.aborted) await mountRoom(live, signal);
  live.removeEventListener("click", remember);
  if (signal.aborted) return;
  /** @type {HTMLElement | null} */ (pressed)?.click();
});

whenPresent("[data-replays]", async (replays, signal) => {
  const { startReplays } = await import("./replay.js");
  if (!signal.aborted) startReplays(replays, signal);
});

whenPresent("[data-stats]", async (page, signal) => {
  const { startStats } = await import("./stats.js");
  if (!signal.aborted) startStats(page, signal);
});

whenPresent("[data-planned]", async (page, signal) => {
  const { startPlanned } = await import("./planned_page.js");
  if (!signal.aborted) startPlanned(page, signal);
});

// On a first visit nobody knew by which clock this browser lives; by now site/js/time_zone.js has told it.
whenPresent("[data-zoneless]", () => document.cookie.includes("time_zone=") && stayDuring(showAnew));

whenPresent("[data-room]", async (card, signal) => {
  if (!sessionStorage.getItem(REMEMBERED)) return;
  const { startCard } = await import("./hall.js");
  if (!signal.aborted) startCard(card, signal);
});

document.addEventListener("click", async ({ target }) => {
  if (!/** @type {Element} */ (target).closest("[data-opens=sound]")) return;
  const { checkSound } = await import("./sound_check.js");
  await checkSound("menu");
});

// The window was loaded anew while one was in a room, and another page is shown now.
if (sessionStorage.getItem(REMEMBERED) && !document.getElementById("live")) {
  const { rejoin, startDock } = await import("./dock.js");
  startDock();
  await rejoin();
}
