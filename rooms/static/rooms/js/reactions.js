/** Reactions on the room's page: giving one, seeing them rise, counting those of the last minute. */

import { every } from "../../site/js/pages.js";
import { byId, fillList, say, slot } from "../../site/js/parts.js";
import { toast } from "../../site/js/toast.js";
import { number } from "../../site/js/formats.js";
import { sentence } from "./commands.js";
import { Allowance, flights, Tally } from "./reaction_flow.js";

/** @typedef {import("./visit.js").RoomVisit} RoomVisit */

const calm = matchMedia("(prefers-reduced-motion: reduce)");

/**
 * @param {RoomVisit} visit
 * @param {AbortSignal} signal
 */
export function startReactions(visit, signal) {
  const picker = byId("reactions");
  const allowance = new Allowance(performance.now());
  const tally = new Tally();
  picker.addEventListener("click", ({ target }) => {
    const button = /** @type {HTMLElement | null} */ (/** @type {Element} */ (target).closest("[data-react]"));
    if (button && allowance.take(performance.now())) void give(visit, button.dataset.react ?? "");
  });
  visit.protocol.addEventListener("reactions", (event) => {
    const counts = known(/** @type {CustomEvent} */ (event).detail);
    tally.hear(counts, performance.now());
    showTally(tally);
    rise(counts);
  }, { signal });
  every(5_000, () => showTally(tally), signal);
  if (visit.page.still?.reactions) {
    tally.hear(visit.page.still.reactions, performance.now());
    showTally(tally);
  }
}

/**
 * @param {RoomVisit} visit
 * @param {string} name
 */
async function give({ protocol }, name) {
  try {
    await protocol.command("react", { name });
  } catch (error) {
    const { code } = /** @type {import("./protocol.js").CommandError} */ (error);
    // Another tab of mine may have been quick as well: one clap less is no trouble.
    if (code !== "too_fast") toast(sentence(/** @type {any} */ (error)));
  }
}

/** @param {string} name */
const buttonOf = (name) => byId("reactions").querySelector(`[data-react="${CSS.escape(name)}"]`);

/** Without those that a newer server may send. @param {Record<string, number>} counts */
const known = (counts) => Object.fromEntries(Object.entries(counts).filter(([name]) => buttonOf(name)));

/** @param {string} name @returns {SVGElement} */
const drawingOf = (name) => /** @type {SVGElement} */ (buttonOf(name)?.querySelector("svg")?.cloneNode(true));

/** @param {Record<string, number>} counts */
function rise(counts) {
  // Where nothing moves nothing would ever arrive at the top either; a hidden window needs no show.
  if (calm.matches || document.hidden) return;
  const lane = slot(byId("stage"), "rising");
  for (const { name, wait, aside } of flights(counts, lane.childElementCount)) {
    const drawing = drawingOf(name);
    drawing.style.setProperty("--wait", `${wait}ms`);
    drawing.style.setProperty("--aside", String(aside));
    drawing.addEventListener("animationend", () => drawing.remove(), { once: true });
    lane.append(drawing);
  }
}

/** @param {Tally} tally */
function showTally(tally) {
  const list = slot(byId("audience"), "tally");
  fillList(list, "tallied", tally.at(performance.now()), ({ name }) => name, (item, { name, count }) => {
    const drawing = slot(item, "drawing");
    if (!drawing.firstChild) drawing.append(drawingOf(name));
    say(slot(item, "count"), number(count));
    say(slot(item, "name"), buttonOf(name)?.getAttribute("aria-label") ?? "");
  });
}
