/** The page of a room that has ended: says how far its replays are, and shows them once they are ready. */

import { claimSound, releaseSound } from "../../site/js/one_sound.js";
import { every } from "../../site/js/pages.js";
import { say, slot } from "../../site/js/parts.js";
import { fill, gettext } from "../../site/js/words.js";

const LOOK_MS = 2000;
const PLAYABLE = 'audio/ogg; codecs="opus"';

/** @typedef {{id: string, state: string, progress: number}} Replay */

/** @param {Replay} replay @param {HTMLElement} part */
function showProgress({ progress }, part) {
  const bar = /** @type {HTMLProgressElement} */ (slot(part, "progress"));
  bar.value = progress;
  say(slot(part, "progress-words"), fill(gettext("The replay is being prepared: %(percent)s %"), { percent: progress }));
}

const waiting = () =>
  /** @type {HTMLElement[]} */ ([...document.querySelectorAll('.replay:is([data-state="stopped"], [data-state="mixing"])')]);

/** @param {string} address */
async function look(address) {
  if (document.visibilityState !== "visible") return;
  const response = await fetch(address);
  if (!response.ok) return;
  /** @type {{replays: Replay[]}} */
  const { replays } = await response.json();
  for (const part of waiting()) {
    const replay = replays.find(({ id }) => id === part.dataset.replay);
    if (!replay || replay.state === "ready" || replay.state === "failed") location.reload();
    else showProgress(replay, part);
  }
}

/**
 * @param {HTMLElement} page
 * @param {AbortSignal} signal
 */
export function startReplays(page, signal) {
  for (const player of page.querySelectorAll("audio")) {
    const note = player.parentElement && slot(player.parentElement, "unplayable");
    if (note) note.hidden = Boolean(player.canPlayType(PLAYABLE));
    player.addEventListener("play", () => claimSound(player));
    signal.addEventListener("abort", () => releaseSound(player), { once: true });
  }
  if (!waiting().length) return;
  // A server that is away for a moment is asked again.
  every(LOOK_MS, () => look(page.dataset.replays ?? "").catch(() => {}), signal);
}
