/** Menus: the browser opens and closes them (popover); here is where they open, and how keys go through them. */

import { whenPresent } from "./pages.js";

const GAP_PX = 8;

/** @param {HTMLElement} list */
const itemsOf = (list) =>
  [.../** @type {NodeListOf<HTMLElement>} */ (list.querySelectorAll('[role="menuitem"]'))].filter(
    (item) => item.checkVisibility() && !item.hasAttribute("disabled"),
  );

/**
 * Put the list where there is room for it: below its button or above it, within the window.
 *
 * @param {HTMLElement} list
 * @param {HTMLElement} button
 */
function place(list, button) {
  const at = button.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = list;
  const below = at.bottom + GAP_PX + height <= innerHeight || at.top < height;
  const top = below ? at.bottom + GAP_PX : at.top - GAP_PX - height;
  const left = Math.min(Math.max(GAP_PX, at.right - width), innerWidth - width - GAP_PX);
  list.style.setProperty("--menu-top", `${top + scrollY}px`);
  list.style.setProperty("--menu-left", `${Math.max(GAP_PX, left) + scrollX}px`);
}

/**
 * @param {KeyboardEvent} event
 * @param {HTMLElement} list
 */
function steer(event, list) {
  const items = itemsOf(list);
  const at = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  const last = items.length - 1;
  /** @type {Record<string, number>} */
  const goals = {
    ArrowDown: at === last ? 0 : at + 1,
    ArrowUp: at <= 0 ? last : at - 1,
    Home: 0,
    End: last,
  };
  if (event.key === "Tab") list.hidePopover();
  if (!(event.key in goals)) return;
  event.preventDefault();
  items[goals[event.key]]?.focus();
}

/** @param {HTMLElement} menu */
function start(menu) {
  const button = /** @type {HTMLElement} */ (menu.querySelector("[popovertarget]"));
  const list = /** @type {HTMLElement} */ (menu.querySelector("[popover]"));
  followMenu(list, () => button);
}

/**
 * Also for a list that many buttons share.
 *
 * @param {HTMLElement} list
 * @param {() => HTMLElement} buttonOf which of them opened it
 */
export function followMenu(list, buttonOf) {
  list.addEventListener("toggle", (event) => {
    const open = /** @type {ToggleEvent} */ (event).newState === "open";
    buttonOf().setAttribute("aria-expanded", String(open));
    if (!open) return;
    place(list, buttonOf());
    itemsOf(list)[0]?.focus();
  });
  list.addEventListener("keydown", (event) => steer(event, list));
  list.addEventListener("click", ({ target }) => {
    if (/** @type {Element} */ (target).closest('[role="menuitem"]')) list.hidePopover();
  });
}

export function startMenus() {
  whenPresent("[data-menu]", start);
}
