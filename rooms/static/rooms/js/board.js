/** The room's board, in the sheet. It is fetched when it is opened for the first time. */

import { byId, fillList, mark, maybeSlot, say, slot } from "../../site/js/parts.js";
import { toast } from "../../site/js/toast.js";
import { fill, gettext } from "../../site/js/words.js";
import { startComposer } from "./composer.js";
import { may } from "./view.js";

/**
 * @typedef {import("./visit.js").RoomVisit} RoomVisit
 * @typedef {import("./state.js").BoardEntry} BoardEntry
 */

const MOST = 500;
/** What was written and not put up yet. @type {WeakMap<RoomVisit, string>} */
const drafts = new WeakMap();
/** An address, or a name with a dot and nothing after it but a path. */
const LINK = /^(https?:\/\/\S+|[\p{L}\d-]+(\.[\p{L}\d-]+)+(\/\S*)?)$/iu;

/**
 * @param {RoomVisit} visit
 * @param {AbortSignal} signal
 */
export function startBoard(visit, signal) {
  const panel = byId("board");
  const form = maybeSlot(panel, "composer");
  const composer = form && startComposer(form, "board-text", {
    most: MOST,
    draft: () => drafts.get(visit) ?? "",
    keep: (text) => drafts.set(visit, text),
    send: (text) => putUp(visit, text.trim()),
  });
  panel.addEventListener("click", (event) => void click(event, visit));
  const paint = () => {
    showBoard(visit);
    if (!form) return;
    form.hidden = !may(visit.view, "use_board");
    composer?.allow(visit.view.phase === "live");
  };
  slot(panel, "loading").hidden = true;
  paint();
  visit.addEventListener("change", paint, { signal });
}

/** @param {RoomVisit} visit @param {string} text */
const putUp = ({ protocol }, text) =>
  LINK.test(text) ? protocol.command("board.link", { url: text }) : protocol.command("board.note", { text });

/**
 * @param {Event} event
 * @param {RoomVisit} visit
 */
async function click({ target }, visit) {
  const button = /** @type {HTMLElement | null} */ (/** @type {Element} */ (target).closest("button[data-slot]"));
  const row = /** @type {HTMLElement | null} */ (button?.closest("[data-key]") ?? null);
  if (!button || !row) return;
  const item = row.dataset.key ?? "";
  if (button.dataset.slot === "pin") {
    const pinned = button.getAttribute("aria-pressed") === "true";
    await visit.send(button, "board.pin", { item: pinned ? null : item });
  } else if (button.dataset.slot === "remove" && await visit.send(button, "board.remove", { item })) {
    toast(gettext("It is off the board."), {
      label: gettext("Undo"),
      act: () => void visit.send(document.createElement("button"), "board.restore", { item }),
    });
  }
}

/** @param {RoomVisit} visit */
function showBoard({ view }) {
  const panel = byId("board");
  const { board } = view.state;
  const hosts = may(view, "use_board");
  // What is pinned leads; then the latest.
  const shown = [...board].sort((one, other) => Number(other.pinned) - Number(one.pinned) || other.seq - one.seq);
  const empty = slot(panel, "empty");
  empty.hidden = shown.length > 0;
  if (hosts) say(slot(empty, "empty-words"), gettext("Put up a link or a note, for everybody in the room."));
  fillList(slot(panel, "items"), "board-item", shown, ({ id }) => id, (row, item) => showItem(row, item, view, hosts));
}

/**
 * @param {HTMLElement} row
 * @param {BoardEntry} item
 * @param {import("./view.js").View} view
 * @param {boolean} hosts
 */
function showItem(row, item, view, hosts) {
  mark(row, "data-state", item.state);
  slot(row, "pinned").hidden = !item.pinned;
  const isLink = item.kind === "link";
  slot(row, "link").hidden = !isLink;
  slot(row, "note").hidden = isLink;
  if (isLink) showLink(row, item);
  else say(slot(row, "note"), item.text);
  const name = item.person.id === view.you?.id ? gettext("You") : item.person.name;
  say(slot(row, "by"), name);
  const what = isLink ? item.title || item.url : item.text;
  const short = what.length > 60 ? `${what.slice(0, 60)}…` : what;
  showTool(row, "pin", hosts, fill(gettext("Pin to the top: %(what)s"), { what: short }));
  mark(slot(row, "pin"), "aria-pressed", String(item.pinned));
  showTool(row, "remove", hosts, fill(gettext("Take off the board: %(what)s"), { what: short }));
}

/** @param {HTMLElement} row @param {BoardEntry} item */
function showLink(row, { url, state, title, site, picture }) {
  const loading = state === "loading";
  mark(slot(row, "link"), "href", url);
  mark(slot(row, "link"), "aria-busy", String(loading));
  slot(row, "picture-place").hidden = !picture;
  if (picture) mark(slot(row, "picture"), "src", picture);
  const plain = url.replace(/^https?:\/\/(www\.)?/, "").replace(/\/$/, "");
  slot(row, "bone").hidden = !loading;
  slot(row, "title").hidden = loading;
  say(slot(row, "title"), title || plain);
  say(slot(row, "site"), loading ? plain : title ? site : "");
}

/**
 * @param {HTMLElement} row
 * @param {string} name
 * @param {boolean} shown
 * @param {string} label
 */
function showTool(row, name, shown, label) {
  const button = slot(row, name);
  button.hidden = !shown;
  mark(button, "aria-label", label);
}
