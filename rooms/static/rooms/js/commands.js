/** Sends what a button asks for: the button is busy until the answer, a refusal is shown in the server's words. */

import { hush, toast } from "../../site/js/toast.js";
import { gettext } from "../../site/js/words.js";

/** @typedef {import("./protocol.js").CommandError} CommandError */

/** @param {CommandError} error */
function sentence({ code, message }) {
  if (code === "disconnected") return gettext("You are not connected just now. Try again in a moment.");
  if (code === "timeout") return gettext("The room did not answer. Try again in a moment.");
  return message || gettext("That did not work. Please try again.");
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
      await protocol.command(type, keys);
      return true;
    } catch (error) {
      toast(sentence(/** @type {CommandError} */ (error)));
      return false;
    } finally {
      button.removeAttribute("aria-busy");
    }
  };
