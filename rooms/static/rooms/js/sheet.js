/** The sheet beside the stage: its tabs, and on a phone its opening and closing. `:target` opens it without script. */

import { byId, slot } from "../../site/js/parts.js";

const sheetOf = () => byId("sheet");
const tabsOf = () => /** @type {HTMLElement[]} */ ([...sheetOf().querySelectorAll('[role="tab"]')]);
/** @type {HTMLElement | null} */
let opener = null;
/** Whether opening the sheet was a step in the history; closing it then takes that step back. */
let stepped = false;

/** @param {HTMLElement} chosen */
function choose(chosen) {
  for (const tab of tabsOf()) {
    const selected = tab === chosen;
    tab.setAttribute("aria-selected", String(selected));
    tab.tabIndex = selected ? 0 : -1;
    byId(tab.getAttribute("aria-controls") ?? "").hidden = !selected;
  }
  sheetOf().dispatchEvent(new CustomEvent("chosen"));
}

/** @param {KeyboardEvent} event */
function steer(event) {
  const tabs = tabsOf();
  const at = tabs.indexOf(/** @type {HTMLElement} */ (event.target));
  const last = tabs.length - 1;
  const goals = /** @type {Record<string, number>} */ ({
    ArrowRight: at === last ? 0 : at + 1,
    ArrowLeft: at === 0 ? last : at - 1,
    Home: 0,
    End: last,
  });
  if (at < 0 || !(event.key in goals)) return;
  event.preventDefault();
  choose(tabs[goals[event.key]]);
  tabs[goals[event.key]].focus();
}

function close() {
  if (!sheetOf().matches(":target")) return;
  // However often one looks into the sheet, "back" still leaves the room.
  if (stepped) history.back();
  else location.replace("#room");
  stepped = false;
  opener?.focus({ preventScroll: true });
}

/** @param {AbortSignal} signal */
export function startSheet(signal) {
  const sheet = sheetOf();
  stepped = false;
  sheet.addEventListener("click", (event) => {
    const tab = /** @type {HTMLElement} */ (event.target).closest('[role="tab"]');
    if (tab) choose(/** @type {HTMLElement} */ (tab));
  });
  sheet.addEventListener("keydown", steer);
  slot(sheet, "close").addEventListener("click", (event) => {
    event.preventDefault();
    close();
  });
  document.addEventListener("keydown", (event) => {
    // What is open above the sheet goes first; the browser closes it after this event.
    const above = document.querySelector("dialog[open], :popover-open");
    if (event.key === "Escape" && !event.defaultPrevented && !above) close();
  }, { signal });
  for (const door of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-tab]"))) {
    door.addEventListener("click", () => {
      opener = door;
      stepped ||= !sheet.matches(":target");
      const tab = byId(`tab-${door.dataset.tab}`);
      choose(tab);
      // The sheet becomes visible with the fragment, after this event.
      setTimeout(() => tab.focus({ preventScroll: true }));
    });
  }
}
