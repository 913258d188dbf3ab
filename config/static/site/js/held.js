/** A seat that is held for a while: when its time is over the page is fetched anew, which says what has become of it. */

/** By then the seat is somebody else's, or paid for. */
const PAUSE_MS = 5_000;

/**
 * @param {HTMLElement} held with a countdown in it
 * @param {AbortSignal} signal
 */
export function startHeld(held, signal) {
  const until = Date.parse(held.querySelector("time")?.dateTime ?? "");
  // A page that came too late already says so, and does not ask again and again.
  if (!(until > Date.now())) return;
  held.addEventListener(
    "over",
    () => {
      const timer = setTimeout(showAnew, PAUSE_MS);
      signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
    },
    { signal, once: true },
  );
}

function showAnew() {
  const { htmx } = /** @type {any} */ (globalThis);
  htmx.ajax("GET", location.href, { target: "#page", select: "#page > *", swap: "innerHTML show:none" });
}
