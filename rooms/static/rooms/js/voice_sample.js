/** Hearing oneself: a few seconds of one's voice, recorded and played back, and then forgotten. */

import { settings } from "./browser_sound.js";

/** As long as the button says. */
const SAMPLE_MS = 3_000;

export const canRecord = () => "MediaRecorder" in globalThis;

/**
 * Record what the microphone hears.
 *
 * @param {MediaStreamTrack} track
 * @param {AbortSignal} signal ends it early
 * @returns {Promise<Blob>}
 */
export function record(track, signal) {
  const recorder = new MediaRecorder(new MediaStream([track]));
  /** @type {Blob[]} */
  const parts = [];
  recorder.addEventListener("dataavailable", ({ data }) => parts.push(data));
  const stop = () => recorder.state === "recording" && recorder.stop();
  signal.addEventListener("abort", stop, { once: true });
  setTimeout(stop, SAMPLE_MS);
  recorder.start();
  return new Promise((resolve) => {
    recorder.addEventListener("stop", () => resolve(new Blob(parts, { type: recorder.mimeType })), { once: true });
  });
}

/**
 * Play it to its end, where the room is heard too.
 *
 * @param {Blob} sample
 * @param {AbortSignal} signal ends it early
 * @returns {Promise<void>}
 */
export async function playBack(sample, signal) {
  if (signal.aborted) return;
  const url = URL.createObjectURL(sample);
  const player = new Audio(url);
  const { output } = settings.now;
  // Gone or not allowed: then the system's own plays.
  if (output && "setSinkId" in player) await player.setSinkId(output).catch(() => undefined);
  await new Promise((resolve) => {
    for (const end of ["ended", "error"]) player.addEventListener(end, resolve, { once: true });
    signal.addEventListener("abort", resolve, { once: true });
    player.play().catch(resolve);
  });
  player.pause();
  URL.revokeObjectURL(url);
}
