/** Whether somebody who wants to speak has seen to their sound: asked once, unless they want it otherwise. */

import { toast } from "../../site/js/toast.js";
import { gettext } from "../../site/js/words.js";
import { settings } from "./browser_sound.js";

/** Whether the check was gone through since the window was loaded. */
let passed = false;

export const isReady = () => passed || settings.now.checked;

/**
 * Let the sound be checked, if it must be; resolves to whether to go on.
 *
 * @param {"stage" | "microphone"} purpose
 */
export async function readyToSpeak(purpose) {
  if (isReady()) return true;
  const { checkSound } = await import("./sound_check.js");
  if (!(await checkSound(purpose))) return false;
  passed = true;
  if (purpose === "stage" || !settings.now.hold) return true;
  toast(gettext("Hold the space bar or the microphone’s button to talk."));
  return false;
}
