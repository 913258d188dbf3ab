/** What is said of a microphone that fails, and of one that is tried, in plain words. It knows no page. */

import { gettext } from "../../site/js/words.js";
import { allowSteps, browserOf, insideSteps, systemOf, systemSteps } from "./permission_help.js";

/**
 * @typedef {{agent: string, touch?: boolean, asks?: boolean}} Surroundings the browser's name for itself; whether there
 *   is a touch screen; whether the browser would ask again
 */

/**
 * How to get a microphone after all.
 *
 * @param {import("./microphone.js").MicrophoneProblem} problem
 * @param {Surroundings} surroundings
 * @returns {{title: string, words: string, steps: string[]}}
 */
export function microphoneHelp(problem, { agent, touch = false, asks = false }) {
  const browser = browserOf(agent, touch);
  if (browser === "inside" && (problem === "refused" || problem === "insecure")) {
    const words = gettext("Windows inside other apps mostly cannot have the microphone. Your browser can.");
    return { title: gettext("This app keeps the microphone closed"), words, steps: insideSteps() };
  }
  if (problem === "refused" && asks) {
    const words = gettext("When your browser asks for the microphone, choose Allow.");
    return { title: gettext("Your browser was not told to allow the microphone"), words, steps: [] };
  }
  if (problem === "refused") {
    const title = gettext("Your browser keeps the microphone closed");
    return { title, words: "", steps: [...allowSteps(browser), gettext("Come back here and try again.")] };
  }
  if (problem === "system") {
    const words = gettext("Your browser may use it here, but is not allowed to itself.");
    const steps = systemSteps(systemOf(agent, touch));
    return { title: gettext("Your system keeps the microphone closed"), words, steps };
  }
  if (problem === "missing") {
    const words = gettext("You can go on listening. Plug one in and we will notice.");
    return { title: gettext("No microphone was found"), words, steps: [] };
  }
  if (problem === "insecure") {
    const words = gettext("Browsers give the microphone only to pages whose address begins with https.");
    return { title: gettext("The microphone needs a secure address"), words, steps: [] };
  }
  const steps = [
    gettext("End calls in other programs and close other pages that listen to you."),
    gettext("See whether the microphone is switched off on the device itself."),
  ];
  return { title: gettext("The microphone is in use elsewhere"), words: "", steps };
}

/**
 * What the check of the microphone says.
 *
 * @param {import("./voice_check.js").Verdict} verdict
 */
export function verdictWords(verdict) {
  /** @type {Record<import("./voice_check.js").Verdict, {word: string, advice: string}>} */
  const words = {
    waiting: { word: gettext("Say something"), advice: gettext("The bar moves with your voice.") },
    nothing: {
      word: gettext("We hear nothing"),
      advice: gettext("See whether it is switched on, or choose another microphone."),
    },
    quiet: {
      word: gettext("Very quiet"),
      advice: gettext("Come closer, or make it louder in your system’s settings."),
    },
    well: { word: gettext("We hear you well"), advice: gettext("Your voice arrives as it should.") },
    loud: {
      word: gettext("Too loud"),
      advice: gettext("Move away a little, or make it quieter in your system’s settings."),
    },
  };
  return words[verdict];
}
