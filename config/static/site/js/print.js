/**
 * A button that prints the page; without script the browser's own menu does.
 *
 * @param {HTMLElement} button
 * @param {AbortSignal} signal
 */
export function startPrint(button, signal) {
  button.hidden = false;
  button.addEventListener("click", () => window.print(), { signal });
}
