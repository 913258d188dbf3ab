/** How pushes are allowed in each browser. It knows no page. */

import { gettext } from "./words.js";

/**
 * Whether this is a browser on an iPhone or iPad, where only what is on the home screen may push.
 *
 * @param {string} agent
 * @param {boolean} touch an iPad says that it is a Mac, but Macs have no touch screen
 * @param {boolean} installed
 */
export const needsHomeScreen = (agent, touch, installed) =>
  !installed && (/iPhone|iPad|iPod/.test(agent) || (/Macintosh/.test(agent) && touch));

/**
 * What to do where the browser was told to refuse.
 *
 * @param {string} agent
 * @returns {string[]}
 */
export function allowSteps(agent) {
  if (/iPhone|iPad|iPod/.test(agent)) {
    return [gettext("Open the settings of your device, then Notifications, then Causerie."), gettext("Allow them.")];
  }
  if (/Firefox/.test(agent)) {
    return [
      gettext("Press the padlock to the left of the address."),
      gettext("Take the block on notifications away, and reload the page."),
    ];
  }
  if (/Macintosh.*Version\/.*Safari/.test(agent)) {
    return [
      gettext("In Safari’s menu, open the settings, then Websites, then Notifications."),
      gettext("Beside this site, choose Allow."),
    ];
  }
  return [
    gettext("Press the icon to the left of the address."),
    gettext("Beside Notifications, choose Allow."),
  ];
}
