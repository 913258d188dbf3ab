/** Light, dark, or as the device: chosen in the foot, kept in a cookie for the server's first paint. */

import { whenPresent } from "./pages.js";

const YEAR_SECONDS = 31_536_000;

/** @param {string} theme "light", "dark", or empty: as the device */
function choose(theme) {
  const root = document.documentElement;
  if (theme) root.dataset.theme = theme;
  else delete root.dataset.theme;
  document.cookie = `theme=${theme}; path=/; max-age=${theme ? YEAR_SECONDS : 0}; samesite=lax`;
}

/** @param {HTMLElement} group */
function show(group) {
  const chosen = document.documentElement.dataset.theme ?? "";
  for (const button of group.querySelectorAll("button")) {
    button.setAttribute("aria-pressed", String(button.dataset.value === chosen));
  }
  group.hidden = false;
}

export function startTheme() {
  whenPresent("[data-theme-choice]", (group) => {
    group.addEventListener("click", ({ target }) => {
      const button = /** @type {Element} */ (target).closest("button");
      if (!button) return;
      choose(button.dataset.value ?? "");
      show(group);
    });
    show(group);
  });
}
