/**
 * How the microphone is allowed in each browser and each system. It knows no page.
 *
 * @typedef {"inside" | "samsung" | "firefox_android" | "firefox" | "chromium_android" | "edge" | "chromium" |
 *   "safari" | "safari_ios" | "other_ios" | "other"} BrowserKind `inside`: a window of another app; `other_ios`: any browser on an
 *   iPhone or iPad but Safari
 * @typedef {"android" | "ios" | "windows" | "mac" | "chromeos" | "other"} SystemKind
 */

import { gettext } from "../../site/js/words.js";

/** Apps that open links in a window of their own, which mostly cannot have the microphone. */
const APPS = [
  "FBAN", "FBAV", "FB_IAB", "Instagram", "Line/", "MicroMessenger", "musical_ly", "Bytedance", "TikTok", "Snapchat",
  "LinkedInApp", "Pinterest", "; wv\\)",
];
const INSIDE = new RegExp(APPS.join("|"));

/**
 * The first that fits: names are borrowed, every browser says that it is also an older one.
 *
 * @type {[RegExp, BrowserKind][]}
 */
const BROWSERS = [
  [INSIDE, "inside"],
  [/(iPhone|iPad|iPod).*(CriOS|FxiOS|EdgiOS|OPT\/|OPiOS|DuckDuckGo)/, "other_ios"],
  [/(iPhone|iPad|iPod).*Version\/.*Safari/, "safari_ios"],
  // A browser says Safari; a window inside an app does not.
  [/iPhone|iPad|iPod/, "inside"],
  [/SamsungBrowser/, "samsung"],
  [/Android.*Firefox/, "firefox_android"],
  [/Firefox/, "firefox"],
  [/Android.*Chrome/, "chromium_android"],
  [/Edg\//, "edge"],
  [/Chrome|Chromium/, "chromium"],
  [/Safari/, "safari"],
];

/** @type {[RegExp, SystemKind][]} */
const SYSTEMS = [
  [/Android/, "android"],
  [/iPhone|iPad|iPod/, "ios"],
  [/Windows/, "windows"],
  [/Macintosh/, "mac"],
  [/CrOS/, "chromeos"],
];

/**
 * @param {string} agent the browser's name for itself
 * @param {boolean} [touch] an iPad says that it is a Mac, but Macs have no touch screen
 * @returns {BrowserKind}
 */
export function browserOf(agent, touch = false) {
  const kind = BROWSERS.find(([pattern]) => pattern.test(agent))?.[1] ?? "other";
  return kind === "safari" && touch ? "safari_ios" : kind;
}

/**
 * @param {string} agent
 * @param {boolean} [touch]
 * @returns {SystemKind}
 */
export function systemOf(agent, touch = false) {
  const kind = SYSTEMS.find(([pattern]) => pattern.test(agent))?.[1] ?? "other";
  return kind === "mac" && touch ? "ios" : kind;
}

/**
 * What to do where the browser has been told to refuse.
 *
 * @param {BrowserKind} browser
 * @returns {string[]}
 */
export function allowSteps(browser) {
  const allow = gettext("Beside Microphone, choose Allow.");
  /** @type {Record<BrowserKind, () => string[]>} */
  const steps = {
    inside: insideSteps,
    samsung: () => [
      gettext("Press the padlock to the left of the address, then Permissions."),
      gettext("Under Microphone, choose Allow."),
    ],
    firefox_android: () => [
      gettext("Press the padlock to the left of the address."),
      gettext("Press Blocked beside Microphone, so that it says Allowed."),
    ],
    firefox: () => [
      gettext("Press the crossed-out microphone to the left of the address."),
      gettext("Take the block on the microphone away."),
    ],
    chromium_android: () => [
      gettext("Press the icon to the left of the address, then Permissions."),
      gettext("Switch Microphone on."),
    ],
    edge: () => [gettext("Press the padlock to the left of the address."), allow],
    chromium: () => [gettext("Press the icon to the left of the address."), allow],
    safari: () => [gettext("In Safari’s menu, open the settings for this website."), allow],
    safari_ios: () => [
      gettext("Press the icon beside the address, then the one for more, then Website Settings."),
      gettext("Under Microphone, choose Allow."),
    ],
    other_ios: () => [
      gettext("Open the settings of your device and choose this browser under Apps."),
      gettext("Switch Microphone on."),
    ],
    other: () => [gettext("Open what your browser knows of this site."), allow],
  };
  return steps[browser]();
}

/** @returns {string[]} */
export const insideSteps = () => [
  gettext("Open this app’s menu, mostly three dots in a corner."),
  gettext("Choose to open the page in your browser."),
];

/**
 * What to do where the system refuses the browser itself.
 *
 * @param {SystemKind} system
 * @returns {string[]}
 */
export function systemSteps(system) {
  const again = gettext("Close the browser and open it again.");
  /** @type {Record<SystemKind, () => string[]>} */
  const steps = {
    android: () => [
      gettext("Open the settings of your device, then Apps, then this browser."),
      gettext("Under Permissions, allow the microphone."),
    ],
    ios: () => [
      gettext("Open the settings of your device and choose this browser under Apps."),
      gettext("Switch Microphone on."),
    ],
    windows: () => [
      gettext("Open the settings of Windows, then Privacy & security, then Microphone."),
      gettext("Let apps, and desktop apps too, use your microphone."),
    ],
    mac: () => [
      gettext("Open System Settings, then Privacy & Security, then Microphone."),
      gettext("Switch this browser on."),
      again,
    ],
    chromeos: () => [
      gettext("Open the settings, then Privacy and security, then Privacy controls."),
      gettext("Switch the microphone on."),
    ],
    other: () => [gettext("In the settings of your system, let this browser use the microphone."), again],
  };
  return steps[system]();
}
