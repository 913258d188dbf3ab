/** One sound at a time, in the whole site and in all its windows: whoever begins, the others pause. */

const CHANNEL = "causerie-sound";
const window_ = Math.random().toString(36).slice(2);
const others = "BroadcastChannel" in globalThis ? new BroadcastChannel(CHANNEL) : null;

/** @typedef {{pause: (elsewhere: boolean) => void}} Owner `elsewhere`: the other sound is in another window */
/** @type {Owner | null} */
let owner = null;

/**
 * Have the sound: whoever had it, here or in another window, pauses.
 *
 * @param {Owner} next
 */
export function claimSound(next) {
  if (owner && owner !== next) owner.pause(false);
  owner = next;
  others?.postMessage(window_);
}

/** Make no sound any more. @param {Owner} former */
export function releaseSound(former) {
  if (owner === former) owner = null;
}

others?.addEventListener("message", ({ data }) => {
  if (data === window_) return;
  owner?.pause(true);
  owner = null;
});
