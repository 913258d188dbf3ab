/** The page that is shown, fetched and shown again; whatever one listens to meanwhile goes on. */

export function showAnew() {
  const { htmx } = /** @type {any} */ (globalThis);
  return htmx.ajax("GET", location.href, { target: "#page", select: "#page > *", swap: "innerHTML show:none" });
}
