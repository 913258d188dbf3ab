/** Plain dialogs: a button with data-dialog opens the one of that id, whatever in it has data-close ends it. */

/** @param {MouseEvent} event */
function tapped(event) {
  const { target, clientX, clientY } = event;
  const element = /** @type {Element} */ (target);
  const opener = /** @type {HTMLElement | null} */ (element.closest("[data-dialog]"));
  // A link leads to a page that asks the same where there is no script.
  if (opener && open(opener.dataset.dialog ?? "") && opener instanceof HTMLAnchorElement) event.preventDefault();
  const dialog = element.closest("dialog");
  if (!dialog) return;
  const asks = !dialog.querySelector("[data-close]");
  // What asks for a decision waits for it; anything else also ends by a tap beside it.
  if (element.closest("[data-close]") || (!asks && element === dialog && isBeside(dialog, clientX, clientY))) dialog.close();
}

/**
 * @param {string} id
 * @returns {boolean} whether there is such a dialog
 */
function open(id) {
  const dialog = document.getElementById(id);
  if (!(dialog instanceof HTMLDialogElement)) return false;
  if (!dialog.open) dialog.showModal();
  return true;
}

/**
 * The backdrop counts as the dialog itself; so does its own padding.
 *
 * @param {HTMLDialogElement} dialog
 * @param {number} x
 * @param {number} y
 */
function isBeside(dialog, x, y) {
  const { left, right, top, bottom } = dialog.getBoundingClientRect();
  return x < left || x > right || y < top || y > bottom;
}

export function startDialogs() {
  document.addEventListener("click", tapped);
}
