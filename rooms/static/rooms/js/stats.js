/** The figures of a room that is live renew themselves: the page is fetched, and what changed is put in its place. */

import { startChart } from "../../site/js/chart_values.js";
import { every } from "../../site/js/pages.js";
import { showAnew } from "./page_anew.js";

const RENEW_MS = 15_000;

/**
 * @param {HTMLElement} page
 * @param {AbortSignal} signal
 */
export function startStats(page, signal) {
  if (page.dataset.stats !== "live") return;
  // A server that is away for a moment is asked again.
  every(RENEW_MS, () => renew(page, signal).catch(() => {}), signal);
}

/**
 * @param {HTMLElement} page
 * @param {AbortSignal} signal
 */
async function renew(page, signal) {
  if (document.visibilityState !== "visible") return;
  const response = await fetch(location.href, { headers: { accept: "text/html" }, signal });
  if (!response.ok) return;
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html").querySelector("[data-stats]");
  if (!(fresh instanceof HTMLElement) || fresh.dataset.stats !== "live") {
    // It has ended, or is no longer ours to see: the page says which.
    showAnew();
    return;
  }
  for (const part of /** @type {NodeListOf<HTMLElement>} */ (page.querySelectorAll("[data-part]"))) {
    const its = fresh.querySelector(`[data-part="${part.dataset.part}"]`);
    if (its) replace(part, its);
  }
}

/**
 * Nothing moves under somebody's fingers: what has the focus stays, and a table that was opened stays open.
 *
 * @param {HTMLElement} part
 * @param {Element} fresh
 */
function replace(part, fresh) {
  if (part.contains(document.activeElement) || part.innerHTML === fresh.innerHTML) return;
  const open = part.querySelector("details")?.open ?? false;
  part.replaceChildren(...fresh.childNodes);
  const table = part.querySelector("details");
  if (table) table.open = open;
  for (const figure of /** @type {NodeListOf<HTMLElement>} */ (part.querySelectorAll("[data-chart]"))) startChart(figure);
}
