/** What the page says of the sound, in plain words. It knows no page. */

import { gettext, pgettext } from "../../site/js/words.js";

/**
 * @typedef {import("./audio.js").Hearing} Hearing
 * @typedef {import("./audio.js").Voice} Voice
 * @typedef {import("./quality.js").Grade} Grade
 */

/**
 * The sentence on the stage; empty while all is well.
 *
 * @param {Hearing} hearing
 * @param {Grade} network
 */
export function soundSentence(hearing, network) {
  if (hearing === "connecting") return gettext("The sound is on its way.");
  if (hearing === "reconnecting") return gettext("The sound dropped. We are calling again.");
  if (hearing === "no_relay") return gettext("There is no sound just now. We keep trying.");
  if (hearing === "unreachable") {
    return gettext("Your network lets no sound through. Try another one, such as mobile data.");
  }
  if (hearing === "elsewhere") return gettext("You are listening in another window or on another device.");
  if (hearing === "refused") return gettext("There is no sound for you here just now.");
  if (hearing === "off") return "";
  if (network === "weak") return gettext("Your network is weak: words may drop out.");
  return network === "bad" ? gettext("Your network is very weak. Moving closer to your router may help.") : "";
}

/** Under the headphones in the bar. @param {Hearing} hearing */
export function hearingWord(hearing) {
  if (hearing === "on") return gettext("Listening");
  if (hearing === "connecting") return gettext("Connecting");
  return hearing === "reconnecting" || hearing === "no_relay" || hearing === "unreachable"
    ? gettext("Reconnecting")
    : gettext("No sound");
}

/**
 * The word under the microphone, and what it does, for those who hear the button named.
 *
 * @param {Voice} voice
 * @param {boolean} [hold] whether the microphone is on only while something is held
 * @returns {{word: string, label: string}}
 */
export function voiceWords(voice, hold = false) {
  const again = gettext("Try again");
  const mute = gettext("Mute the microphone");
  /** @type {Record<Voice, [word: string, ...more: string[]]>} */
  const words = {
    muted: hold
      ? [pgettext("under the microphone", "Hold to talk"), gettext("This button or the space bar. You are muted")]
      : [gettext("Muted"), gettext("Switch the microphone on")],
    asking: [gettext("Asking"), gettext("Your browser asks whether you allow the microphone")],
    connecting: [gettext("Connecting"), mute],
    reconnecting: [gettext("Reconnecting"), mute],
    air: [gettext("Mic on"), mute],
    elsewhere: [gettext("Not here"), gettext("Your microphone is not on in this window. Switch it on here")],
    refused: [gettext("Blocked"), gettext("Your browser keeps the microphone closed"), again],
    system: [gettext("Blocked"), gettext("Your system keeps the microphone closed"), again],
    missing: [gettext("No mic"), gettext("No microphone was found"), again],
    busy: [gettext("In use"), gettext("Another program has the microphone"), again],
    insecure: [gettext("No mic"), gettext("The microphone needs a secure address. Why")],
  };
  // Whoever speaks to their computer says what they see: the name begins with it (WCAG 2.5.3).
  return { word: words[voice][0], label: words[voice].join(". ") };
}
