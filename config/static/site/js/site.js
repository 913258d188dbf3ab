/** What every page does, whoever looks and whatever it shows. */

import { startForms } from "./forms.js";
import { startNavigation } from "./navigation.js";
import { startTheme } from "./theme.js";

startNavigation();
startForms();
startTheme();
