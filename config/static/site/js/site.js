/** What every page does, whoever looks and whatever it shows. */

import { startBell } from "./bell.js";
import { startCopying } from "./copy.js";
import { startCountdowns } from "./countdown.js";
import { startCounters } from "./counter.js";
import { startDialogs } from "./dialogs.js";
import { startFollow } from "./follow.js";
import { startForms } from "./forms.js";
import { startMenus } from "./menus.js";
import { startInstall } from "./install.js";
import { startNavigation } from "./navigation.js";
import { startShortcuts } from "./shortcuts.js";
import { startTabs } from "./tabs.js";
import { whenPresent } from "./pages.js";
import { startPictures } from "./picture.js";
import { startTheme } from "./theme.js";
import { startTimeZone } from "./time_zone.js";

startNavigation();
startForms();
startFollow();
startTheme();
startShortcuts();
void startInstall();
startMenus();
startDialogs();
startTabs();
startCountdowns();
startCounters();
startTimeZone();
startBell();
startCopying();
startPictures();

whenPresent("[data-passkey]", async (form, signal) => {
  const { startPasskey } = await import("./passkeys.js");
  if (!signal.aborted) startPasskey(/** @type {HTMLFormElement} */ (form), signal);
});
whenPresent("[data-push]", async (part, signal) => {
  const { mountPush } = await import("./push.js");
  if (!signal.aborted) await mountPush(part);
});
