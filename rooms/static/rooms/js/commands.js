/** Sends what a button asks for: the button is busy until the answer, a refusal is shown in the server's words. */

import { hush, toast } from "../../site/js/toast.js";
import { gettext } from "../../site/js/words.js";

/** @typedef {import("./protocol.js").CommandError} CommandError */

const PATIENCE_MS = 5_000;

/** @param {CommandError} error */
export function sentence({ code, message }) {
  if (code === "disconnected") return gettext("You are not connected just now. Try again in a moment.");
  if (code === "timeout") return gettext("The room did not answer. Try again in a moment.");
  return message || gettext("That did not work. Please try again.");
}

/**
 * Resolve once the first connection stands: whoever is quicker than it need not press twice.
 *
 * @param {import("./protocol.js").RoomProtocol} protocol
 * @returns {Promise<void>}
 */
function connected(protocol) {
  if (protocol.phase !== "connecting") return Promise.resolve();
  return new Promise((resolve) => {
    protocol.addEventListener("phase", () => resolve(), { once: true });
    setTimeout(resolve, PATIENCE_MS);
  });
}

/**
 * Return the function that sends a command on behalf of a button; it resolves to whether it was done.
 *
 * @param {import("./protocol.js").RoomProtocol} protocol
 */
export const commander = (protocol) =>
  /**
   * @param {HTMLElement} button
   * @param {string} type
   * @param {Record<string, unknown>} [keys]
   */
  async (button, type, keys) => {
    if (button.getAttribute("aria-busy") === "true") return false;
    button.setAttribute("aria-busy", "true");
    hush();
    try {
      await connected(protocol);
      await protocol.command(type, keys);
      return true;
    } catch (error) {
      toast(sentence(/** @type {CommandError} */ (error)));
      return false;
    } finally {
      button.removeAttribute("aria-busy");
    }
  };
