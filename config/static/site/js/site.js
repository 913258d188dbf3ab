/** What every page does, whoever looks and whatever it shows. */

import { startCopying } from "./copy.js";
import { startCounters } from "./counter.js";
import { startDialogs } from "./dialogs.js";
import { startFollow } from "./follow.js";
import { startForms } from "./forms.js";
import { startMenus } from "./menus.js";
import { startInstall } from "./install.js";
import { startNavigation } from "./navigation.js";
import { startShortcuts } from "./shortcuts.js";
import { startSearch } from "./search.js";
import { startTabs } from "./tabs.js";
import { whenPresent } from "./pages.js";
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
startCounters();
startTimeZone();
startCopying();
startSearch();

// What only some need comes only to them.
whenPresent("[data-countdown]", async (countdown, signal) => {
  const { startCountdown } = await import("./countdown.js");
  if (!signal.aborted) startCountdown(countdown, signal);
});
whenPresent("[data-held]", async (held, signal) => {
  const { startHeld } = await import("./held.js");
  if (!signal.aborted) startHeld(held, signal);
});
whenPresent("[data-print]", async (button, signal) => {
  const { startPrint } = await import("./print.js");
  if (!signal.aborted) startPrint(button, signal);
});
whenPresent("[data-picture]", async (form, signal) => {
  const { startPicture } = await import("./picture.js");
  if (!signal.aborted) startPicture(form);
});
whenPresent("[data-topics]", async (chooser, signal) => {
  const { startTopicChooser } = await import("./topic_chooser.js");
  if (!signal.aborted) startTopicChooser(chooser, signal);
});
whenPresent("[data-chart]", async (figure, signal) => {
  const { startChart } = await import("./chart_values.js");
  if (!signal.aborted) startChart(figure);
});
whenPresent("[data-passkey]", async (form, signal) => {
  const { startPasskey } = await import("./passkeys.js");
  if (!signal.aborted) startPasskey(/** @type {HTMLFormElement} */ (form), signal);
});
whenPresent("[data-push]", async (part, signal) => {
  const { mountPush } = await import("./push.js");
  if (!signal.aborted) await mountPush(part);
});
if (document.documentElement.dataset.you) {
  const { startBell } = await import("./bell.js");
  startBell();
}
