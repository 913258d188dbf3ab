/**
 * The chat and the board as far as the room's page always needs them: what is new there, and fetching the rest when one
 * of them is opened.
 */

import { number } from "../../site/js/formats.js";
import { byId, say, slot } from "../../site/js/parts.js";
import { fill, ngettext } from "../../site/js/words.js";

/**
 * @typedef {import("./visit.js").RoomVisit} RoomVisit
 * @typedef {import("./view.js").View} View
 * @typedef {"chat" | "board"} Part
 * @typedef {{chat: number, board: number}} Read the number of the last thing that I have seen in each
 */

/** It outlives the page, as the visit does. @type {WeakMap<RoomVisit, Read>} */
const readIn = new WeakMap();
/** @type {Part[]} */
const PARTS = ["chat", "board"];
/** @type {RoomVisit | null} */
let current = null;

/** Whether this part of the sheet can be seen just now. @param {Part} part */
export const isShown = (part) => !document.hidden && byId(part).checkVisibility({ visibilityProperty: true });

/**
 * Whose messages are shown to me.
 *
 * @param {View} view
 * @returns {(entry: {person: import("./state.js").Person | null}) => boolean}
 */
export function wanted({ page }) {
  const hidden = new Set(page.hidden ?? []);
  return ({ person }) => !hidden.has(person?.id ?? "");
}

/** The number of the last thing in each part; tips stand in the chat. @param {View} view @returns {Read} */
const lastOf = ({ state: { chat, board, tips } }) => ({
  chat: Math.max(chat.at(-1)?.seq ?? 0, tips.at(-1)?.seq ?? 0),
  board: board.at(-1)?.seq ?? 0,
});

/**
 * @param {RoomVisit} visit
 * @param {AbortSignal} signal
 */
export function startBeside(visit, signal) {
  current = visit;
  // What was there before I came is not new.
  if (!readIn.has(visit)) readIn.set(visit, lastOf(visit.view));
  /** @type {Set<Part>} */
  const started = new Set();
  const look = () => {
    for (const part of PARTS) {
      if (byId(part).hidden || started.has(part)) continue;
      started.add(part);
      void begin(part, visit, signal);
    }
    showBeside(visit.view);
  };
  byId("sheet").addEventListener("chosen", look);
  // A fragment opens the sheet on a phone, and a window that is seen again may show it.
  for (const event of ["hashchange", "focus"]) addEventListener(event, () => setTimeout(look), { signal });
  document.addEventListener("visibilitychange", look, { signal });
  look();
}

/**
 * @param {Part} part
 * @param {RoomVisit} visit
 * @param {AbortSignal} signal
 */
async function begin(part, visit, signal) {
  if (part === "chat") {
    const { startChat } = await import("./chat.js");
    if (!signal.aborted) startChat(visit, signal);
  } else {
    const { startBoard } = await import("./board.js");
    if (!signal.aborted) startBoard(visit, signal);
  }
}

/** @param {View} view */
export function showBeside(view) {
  const read = current && readIn.get(current);
  if (!read) return;
  const mine = (/** @type {{person: {id: string} | null}} */ { person }) => Boolean(person) && person?.id === view.you?.id;
  const { chat, board, tips } = view.state;
  for (const part of PARTS) if (isShown(part)) read[part] = lastOf(view)[part];
  const said = [...chat, ...tips].filter(wanted(view))
    .filter((entry) => entry.seq > read.chat && !entry.removed && !mine(entry));
  const put = board.filter((entry) => entry.seq > read.board && !mine(entry));
  showNew("chat", said.length);
  showNew("board", put.length);
  say(slot(byId("audience"), "board-count"), number(board.length));
}

/**
 * @param {Part} part
 * @param {number} count
 */
function showNew(part, count) {
  for (const sign of document.querySelectorAll(`[data-new="${part}"]`)) sign.classList.toggle("is-new", count > 0);
  const words = count ? fill(ngettext(", %(count)s new", ", %(count)s new", count), { count: number(count) }) : "";
  for (const place of document.querySelectorAll(`[data-new-words="${part}"]`)) {
    say(/** @type {HTMLElement} */ (place), words);
  }
}
