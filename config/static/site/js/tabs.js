/** Tabs: one is chosen, its panel is shown; arrow keys, Home and End go through them. */

import { whenPresent } from "./pages.js";

/**
 * @param {HTMLElement[]} tabs
 * @param {HTMLElement} chosen
 */
function choose(tabs, chosen) {
  for (const tab of tabs) {
    const selected = tab === chosen;
    tab.setAttribute("aria-selected", String(selected));
    tab.tabIndex = selected ? 0 : -1;
    const panel = document.getElementById(tab.getAttribute("aria-controls") ?? "");
    if (panel) panel.hidden = !selected;
  }
}

/**
 * @param {KeyboardEvent} event
 * @param {HTMLElement[]} tabs
 */
function steer(event, tabs) {
  const at = tabs.indexOf(/** @type {HTMLElement} */ (event.target));
  const last = tabs.length - 1;
  /** @type {Record<string, number>} */
  const goals = { ArrowRight: at === last ? 0 : at + 1, ArrowLeft: at <= 0 ? last : at - 1, Home: 0, End: last };
  if (at < 0 || !(event.key in goals)) return;
  event.preventDefault();
  choose(tabs, tabs[goals[event.key]]);
  tabs[goals[event.key]].focus();
}

/** @param {HTMLElement} tabbed */
function start(tabbed) {
  const tabs = [.../** @type {NodeListOf<HTMLElement>} */ (tabbed.querySelectorAll('[role="tab"]'))];
  const chosen = tabs.find((tab) => tab.getAttribute("aria-selected") === "true") ?? tabs[0];
  choose(tabs, chosen);
  for (const tab of tabs) tab.addEventListener("click", () => choose(tabs, tab));
  tabbed.addEventListener("keydown", (event) => steer(event, tabs));
}

export function startTabs() {
  whenPresent("[data-tabs]", start);
}
