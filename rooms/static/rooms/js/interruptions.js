/** When the system takes the sound away, for a call or another headset, and gives it back: the room goes on with it. */

import { audioSession } from "./browser_sound.js";

/**
 * @param {import("./playback.js").Playback} playback
 * @param {AbortSignal} signal
 */
export function watchInterruptions(playback, signal) {
  for (const player of playback.players) {
    // Not by us: we take the track away instead. Going on by itself could be heard by all in a train whose headphones
    // were just pulled out.
    player.addEventListener("pause", () => plays(player) && playback.stall(), { signal });
    player.addEventListener("playing", () => playback.waits && !playback.paused && playback.resume(), { signal });
  }
  /** @type {any} */ (audioSession)?.addEventListener?.("statechange", () => {
    if (/** @type {any} */ (audioSession).state === "active") playback.play();
  }, { signal });
}

/** @param {HTMLAudioElement} player */
function plays(player) {
  const [track] = /** @type {MediaStream | null} */ (player.srcObject)?.getTracks() ?? [];
  return track?.readyState === "live" && !player.ended;
}
