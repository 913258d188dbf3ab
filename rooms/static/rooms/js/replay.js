/** The page of a room that has ended: says how far its replays are, and shows them once they are ready. */

import { percent } from "../../site/js/formats.js";
import { every } from "../../site/js/pages.js";
import { say, slot } from "../../site/js/parts.js";
import { fill, gettext } from "../../site/js/words.js";
import { showAnew } from "./page_anew.js";
import { startPlayer } from "./player.js";

const LOOK_MS = 2000;

/** @typedef {{id: string, state: string, progress: number}} Replay */

/** @param {Replay} replay @param {HTMLElement} part */
function showProgress({ progress }, part) {
  const bar = /** @type {HTMLProgressElement} */ (slot(part, "progress"));
  bar.value = progress;
  say(slot(part, "progress-words"), fill(gettext("The replay is being prepared: %(percent)s"), { percent: percent(progress / 100) }));
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
  const parts = waiting().map((part) => ({ part, replay: replays.find(({ id }) => id === part.dataset.replay) }));
  if (parts.some(({ replay }) => !replay || replay.state === "ready" || replay.state === "failed")) showAnew();
  for (const { part, replay } of parts) if (replay) showProgress(replay, part);
}

/**
 * @param {HTMLElement} page
 * @param {AbortSignal} signal
 */
export function startReplays(page, signal) {
  for (const player of /** @type {NodeListOf<HTMLElement>} */ (page.querySelectorAll("[data-player]"))) {
    startPlayer(player, signal);
  }
  if (!waiting().length) return;
  // A server that is away for a moment is asked again.
  every(LOOK_MS, () => look(page.dataset.replays ?? "").catch(() => {}), signal);
}
