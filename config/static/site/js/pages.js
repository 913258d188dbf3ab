/**
 * Pages come and go without the window being loaded anew: whatever a page needs is started when it arrives and is told
 * when it goes.
 *
 * @typedef {(element: HTMLElement, signal: AbortSignal) => unknown} Start the signal aborts when the page goes
 */

/** @type {{selector: string, start: Start}[]} */
const parts = [];
let leaving = new AbortController();

/** What navigation swaps; everything beside it lasts. */
export const shown = () => /** @type {HTMLElement} */ (document.getElementById("page"));

/**
 * Start something for each matching element of this page and of every page that comes.
 *
 * @param {string} selector
 * @param {Start} start
 */
export function whenPresent(selector, start) {
  parts.push({ selector, start });
  begin({ selector, start }, shown());
}

/**
 * @param {{selector: string, start: Start}} part
 * @param {ParentNode} root
 */
function begin({ selector, start }, root) {
  const { signal } = leaving;
  for (const element of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll(selector))) start(element, signal);
}

/** The page was swapped: end what belonged to the old one, start what the new one needs. */
function arrive() {
  leaving.abort();
  leaving = new AbortController();
  for (const part of parts) begin(part, shown());
}

// However a page is swapped, by a link or by going back, its element gets other children.
new MutationObserver(arrive).observe(shown(), { childList: true });

/**
 * Run something again and again until the signal aborts.
 *
 * @param {number} ms
 * @param {() => void} run
 * @param {AbortSignal} signal
 */
export function every(ms, run, signal) {
  const timer = setInterval(run, ms);
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
}
