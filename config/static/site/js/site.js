/** What every page does, whoever looks and whatever it shows. */

import { startCopying } from "./copy.js";
import { startCountdowns } from "./countdown.js";
import { startCounters } from "./counter.js";
import { startDialogs } from "./dialogs.js";
import { startForms } from "./forms.js";
import { startMenus } from "./menus.js";
import { startInstall } from "./install.js";
import { startNavigation } from "./navigation.js";
import { startShortcuts } from "./shortcuts.js";
import { startTabs } from "./tabs.js";
import { startTheme } from "./theme.js";
import { startTimeZone } from "./time_zone.js";

startNavigation();
startForms();
startTheme();
startShortcuts();
void startInstall();
startMenus();
startDialogs();
startTabs();
startCountdowns();
startCounters();
startTimeZone();
startCopying();
