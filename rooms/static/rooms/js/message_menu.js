/** What can be done about a message: one list for all of them, opened by the button of each. */

import { followMenu } from "../../site/js/menus.js";
import { byId, mark, slot } from "../../site/js/parts.js";
import { fill, gettext } from "../../site/js/words.js";
import { may } from "./view.js";

/**
 * @typedef {import("./view.js").View} View
 * @typedef {import("./state.js").ChatEntry} ChatEntry
 */

/** @param {View} view @param {ChatEntry} entry */
const isMine = ({ you }, { person }) => person.id === you?.id;

/** @param {View} view @param {ChatEntry} entry */
const mayRemove = (view, entry) => (isMine(view, entry) && !entry.tip) || may(view, "moderate_chat");

/** A tip may have no words; who gave it is told of on their page. @param {View} view @param {ChatEntry} entry */
const hasMore = (view, entry) => !entry.removed && (!entry.tip || (entry.text !== "" && mayRemove(view, entry)));

/**
 * A message's own button. What was removed has none: there is nothing left to do.
 *
 * @param {View} view
 * @param {HTMLElement} row
 * @param {ChatEntry} entry
 */
export function showMore(view, row, entry) {
  const button = slot(row, "more");
  button.hidden = !view.you || !hasMore(view, entry);
  mark(button, "aria-label", isMine(view, entry)
    ? gettext("More for your message")
    : fill(gettext("More for the message of %(name)s"), { name: entry.person.name }));
}

/**
 * @param {Pick<import("./visit.js").RoomVisit, "view" | "page" | "send">} visit
 * @param {(id: string) => ChatEntry | undefined} find
 */
export function startMessageMenu(visit, find) {
  // A guest's page has none.
  const list = document.getElementById("message-menu");
  if (!list) return;
  const messages = slot(byId("chat"), "messages");
  const report = slot(list, "report");
  const unsay = slot(list, "unsay");
  /** @type {HTMLElement} */
  let button = messages;
  /** @type {ChatEntry | undefined} */
  let entry;
  // This comes before the browser opens the list.
  messages.addEventListener("click", ({ target }) => {
    const pressed = /** @type {HTMLElement | null} */ (/** @type {Element} */ (target).closest("[data-slot=more]"));
    const row = /** @type {HTMLElement | null} */ (pressed?.closest("[data-key]") ?? null);
    entry = row ? find(row.dataset.key ?? "") : undefined;
    if (!pressed || !entry) return;
    button = pressed;
    report.hidden = isMine(visit.view, entry) || Boolean(entry.tip);
    report.setAttribute("href", `${visit.page.report}?message=${encodeURIComponent(entry.id)}`);
    unsay.hidden = !mayRemove(visit.view, entry);
  });
  followMenu(list, () => button);
  unsay.addEventListener("click", () => {
    if (entry?.tip) void visit.send(button, "tip.remove", { tip: entry.id });
    else if (entry) void visit.send(button, "chat.remove", { message: entry.id });
  });
}
