/** The room's chat, in the sheet. It is fetched when it is opened for the first time. */

import { number } from "../../site/js/formats.js";
import { every } from "../../site/js/pages.js";
import { byId, fillList, mark, maybeSlot, say, showPortrait, slot } from "../../site/js/parts.js";
import { toast } from "../../site/js/toast.js";
import { fill, gettext, ngettext } from "../../site/js/words.js";
import { isShown, wanted } from "./beside.js";
import { ChatLog, continues, pieces, waitLeft } from "./chat_log.js";
import { sentence } from "./commands.js";
import { startComposer } from "./composer.js";
import { showMore, startMessageMenu } from "./message_menu.js";
import { saidOf, showTip, withTips } from "./tips.js";
import { may } from "./view.js";

/**
 * @typedef {import("./visit.js").RoomVisit | import("./lobby.js").Lobby} RoomVisit
 * @typedef {import("./state.js").ChatEntry} ChatEntry
 * @typedef {{log: ChatLog, draft: string, key: string, keyOf: string, wroteAt: number | null}} Kept
 */

const MOST = 500;
/** So near to the end one reads what comes. */
const NEAR_PX = 80;
/** What is said is told to a screen reader in one piece for so long. */
const TOLD_MS = 5_000;

/** What lasts as long as the visit, whatever page is shown. @type {WeakMap<RoomVisit, Kept>} */
const keptIn = new WeakMap();
const times = new Intl.DateTimeFormat(document.documentElement.lang, { hour: "numeric", minute: "2-digit" });

/** @param {RoomVisit} visit */
function keptOf(visit) {
  const draft = sessionStorage.getItem(draftKey(visit)) ?? "";
  const kept = keptIn.get(visit) ?? { log: new ChatLog(), draft, key: "", keyOf: "", wroteAt: null };
  if (!keptIn.has(visit)) {
    kept.log.reset(visit.view.state.chat);
    const mine = visit.view.state.chat.filter(({ person }) => person.id === visit.view.you?.id).at(-1);
    if (mine) kept.wroteAt = Date.parse(mine.at);
    keptIn.set(visit, kept);
    follow(visit, kept);
  }
  return kept;
}

/** What was begun outlives the page: the lobby becomes the room, a window is loaded anew. @param {RoomVisit} visit */
const draftKey = ({ page }) => `draft ${page.id}`;

/** Go on knowing what is said while another page is shown. @param {RoomVisit} visit @param {Kept} kept */
function follow(visit, { log }) {
  visit.protocol.addEventListener("change", (event) => {
    /** @type {import("./state.js").RoomEvent[] | null} */
    const events = /** @type {CustomEvent} */ (event).detail;
    const { chat } = visit.protocol.state;
    if (events === null) log.reset(chat);
    else if (events.some(({ type }) => type.startsWith("chat.") || type === "person.changed")) {
      log.follow(chat);
      for (const { type, id } of events) if (type === "chat.removed") log.remove(id);
    } else return;
    // The visit has told of this change before it came here.
    visit.dispatchEvent(new Event("said"));
  }, { signal: visit.signal });
}

/**
 * @param {RoomVisit} visit
 * @param {AbortSignal} signal
 */
export function startChat(visit, signal) {
  const kept = keptOf(visit);
  const panel = byId("chat");
  const scroll = slot(panel, "scroll");
  const teller = startTelling(signal);
  const write = startWriting(visit, kept);
  let last = 0;
  let missed = 0;
  const atEnd = () => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < NEAR_PX;
  const toEnd = () => {
    scroll.scrollTop = scroll.scrollHeight;
    missed = 0;
    showNewest(missed, true);
  };
  const entries = () => withTips(kept.log.all(), visit.view.state.tips);
  const paint = () => {
    // Whose messages I am not to see comes in a moment; until then nothing new is shown.
    if (visit.asking) return;
    const stays = atEnd();
    const shown = entries().filter(wanted(visit.view));
    showMessages(visit, shown);
    const fresh = shown.filter(({ seq, person }) => seq > last && person.id !== visit.view.you?.id);
    const own = shown.at(-1)?.person.id === visit.view.you?.id && (shown.at(-1)?.seq ?? 0) > last;
    if (last) teller(fresh);
    last = Math.max(last, shown.at(-1)?.seq ?? 0);
    if (stays || own) toEnd();
    else showNewest(missed += fresh.length, false);
    slot(panel, "older-place").hidden = kept.log.next === null;
    write.show();
    showTools(visit);
  };
  scroll.addEventListener("scroll", () => {
    if (atEnd()) missed = 0;
    showNewest(missed, atEnd());
  });
  slot(panel, "newest").addEventListener("click", toEnd);
  slot(panel, "older").addEventListener("click", ({ currentTarget }) => {
    void readOlder(visit, kept, /** @type {HTMLElement} */ (currentTarget), paint);
  });
  startMessageMenu(visit, (id) => entries().find((entry) => entry.id === id));
  // A lobby has no sheet.
  document.getElementById("sheet")?.addEventListener("chosen", () => isShown("chat") && toEnd());
  startTools(visit);
  slot(panel, "loading").hidden = true;
  last = 0;
  paint();
  toEnd();
  // Whom I have blocked or muted since this window knew.
  if (visit.view.you) void refreshHidden(visit);
  for (const news of ["change", "said"]) visit.addEventListener(news, paint, { signal });
  // The place to write grows, a phone's keyboard comes: whoever reads the end goes on reading it.
  let ended = true;
  scroll.addEventListener("scroll", () => {
    ended = atEnd();
  });
  new ResizeObserver(() => ended && toEnd()).observe(scroll);
  every(1_000, write.show, signal);
}

/** @param {RoomVisit} visit */
async function refreshHidden(visit) {
  try {
    const { hidden } = await visit.protocol.command("blocks.list");
    visit.learn({ hidden });
  } catch {
    // The page brought it; the next change of blocks is told.
  }
}

/**
 * @param {RoomVisit} visit
 * @param {ChatEntry[]} shown
 */
function showMessages(visit, shown) {
  const panel = byId("chat");
  const { view } = visit;
  slot(panel, "empty").hidden = shown.length > 0;
  fillList(slot(panel, "messages"), "message", shown, ({ id }) => id, (row, entry, index) => {
    const { person, text, at, removed } = entry;
    const mine = person.id === view.you?.id;
    showPortrait(row, person);
    row.dataset.message = entry.id;
    row.dataset.author = person.id;
    row.classList.toggle("message--more", !entry.tip && continues(shown[index - 1], entry));
    showTip(row, entry.tip);
    row.classList.toggle("message--gone", removed);
    row.classList.toggle("message--mine", mine);
    const name = slot(row, "name");
    say(name, mine ? gettext("You") : person.name);
    mark(name, "data-open", person.id);
    say(slot(row, "time"), times.format(new Date(at)));
    mark(slot(row, "time"), "datetime", at);
    showText(slot(row, "text"), removed ? gettext("This message was removed.") : text);
    showMore(view, row, entry);
  });
}

/** @param {HTMLElement} place @param {string} text */
function showText(place, text) {
  if (place.textContent === text) return;
  place.replaceChildren(...pieces(text).map(({ text: words, href }) => {
    if (!href) return words;
    const link = Object.assign(document.createElement("a"), { href, textContent: words });
    link.target = "_blank";
    link.rel = "noopener nofollow ugc";
    return link;
  }));
}

/** @param {number} missed @param {boolean} atEnd */
function showNewest(missed, atEnd) {
  const button = slot(byId("chat"), "newest");
  button.hidden = atEnd;
  say(slot(button, "newest-words"), missed
    ? fill(ngettext("%(count)s new message", "%(count)s new messages", missed), { count: number(missed) })
    : gettext("Newest"));
}

/**
 * @param {RoomVisit} visit
 * @param {Kept} kept
 * @param {HTMLElement} button
 * @param {() => void} paint
 */
async function readOlder(visit, { log }, button, paint) {
  const scroll = slot(byId("chat"), "scroll");
  button.setAttribute("aria-busy", "true");
  try {
    const response = await fetch(`${visit.page.chat}?before=${log.next}`);
    if (!response.ok) throw new Error(String(response.status));
    const { messages, next } = await response.json();
    const fromEnd = scroll.scrollHeight - scroll.scrollTop;
    log.prepend(messages, next);
    paint();
    // What was read stays where it was.
    scroll.scrollTop = scroll.scrollHeight - fromEnd;
  } catch {
    toast(gettext("The older messages did not come. Try again in a moment."));
  }
  button.removeAttribute("aria-busy");
}

/**
 * @param {RoomVisit} visit
 * @param {Kept} kept
 */
function startWriting(visit, kept) {
  const form = maybeSlot(byId("chat"), "composer");
  if (!form) return { show: () => undefined };
  const composer = startComposer(form, "chat-text", {
    most: MOST,
    draft: () => kept.draft,
    keep: (text) => {
      kept.draft = text;
      if (text) sessionStorage.setItem(draftKey(visit), text);
      else sessionStorage.removeItem(draftKey(visit));
    },
    send: async (text) => {
      // Sent again after the line had dropped, it is the same message.
      if (kept.keyOf !== text || !kept.key) Object.assign(kept, { keyOf: text, key: crypto.randomUUID().replaceAll("-", "") });
      await visit.protocol.command("chat.say", { text, key: kept.key });
      Object.assign(kept, { key: "", wroteAt: Date.now() });
    },
  });
  return { show: () => showWriting(visit, kept, form, composer) };
}

/**
 * @param {RoomVisit} visit
 * @param {Kept} kept
 * @param {HTMLElement} form
 * @param {import("./composer.js").Composer} composer
 */
function showWriting({ view }, kept, form, composer) {
  const { chat_open: open, chat_slow: slow } = view.state.room;
  const free = may(view, "moderate_chat");
  const closed = !open && !free;
  const connected = view.phase === "live";
  const wait = free ? 0 : Math.ceil(waitLeft(slow, kept.wroteAt, Date.now()) / 1000);
  const note = slot(form, "note");
  const words = noteOf({ open, closed, lost: !connected && view.phase !== "connecting", slow: free ? 0 : slow });
  note.hidden = !words;
  say(note, words);
  composer.field.disabled = closed;
  const waits = ngettext("You can write again in %(count)s second.", "You can write again in %(count)s seconds.", wait);
  say(slot(form, "wait"), wait > 0 && !closed ? fill(waits, { count: number(wait) }) : "");
  composer.allow(connected && !closed && wait <= 0);
}

/** @param {{open: boolean, closed: boolean, lost: boolean, slow: number}} now */
function noteOf({ open, closed, lost, slow }) {
  if (lost) return gettext("The line dropped. What you write is kept until it is back.");
  if (closed) return gettext("The hosts have closed the chat. You can still read it.");
  if (!open) return gettext("The chat is closed: only hosts can write.");
  if (!slow) return "";
  const words = ngettext(
    "Slow mode: one message every %(count)s second.", "Slow mode: one message every %(count)s seconds.", slow,
  );
  return fill(words, { count: number(slow) });
}

/** @param {RoomVisit} visit */
function startTools(visit) {
  const door = maybeSlot(byId("chat"), "tools-door");
  if (!door) return;
  door.addEventListener("click", () => {
    const tools = byId("chat-tools");
    tools.hidden = !tools.hidden;
    mark(door, "aria-expanded", String(!tools.hidden));
  });
  byId("chat-tools").addEventListener("change", async () => {
    const { open, slow } = toolsNow();
    try {
      await visit.protocol.command("chat.set", { open: open.checked, slow: Number(slow.value) });
    } catch (error) {
      toast(sentence(/** @type {any} */ (error)));
      showTools(visit);
    }
  });
}

const toolsNow = () => ({
  open: /** @type {HTMLInputElement} */ (byId("chat-open")),
  slow: /** @type {HTMLSelectElement} */ (byId("chat-slow")),
});

/** @param {RoomVisit} visit */
function showTools({ view }) {
  const door = maybeSlot(byId("chat"), "tools-door");
  if (!door) return;
  const hosts = may(view, "moderate_chat");
  door.hidden = !hosts;
  if (!hosts) byId("chat-tools").hidden = true;
  const { open, slow } = toolsNow();
  open.checked = view.state.room.chat_open;
  slow.value = String(view.state.room.chat_slow);
}

/**
 * Tell a screen reader what is said while the chat is open: one message in its words, several by their number.
 *
 * @param {AbortSignal} signal
 * @returns {(fresh: ChatEntry[]) => void}
 */
function startTelling(signal) {
  /** @type {ChatEntry[]} */
  let waiting = [];
  let toldAt = -Infinity;
  const tell = () => {
    if (!waiting.length || performance.now() - toldAt < TOLD_MS) return;
    toldAt = performance.now();
    const [first, ...more] = waiting;
    const count = ngettext("%(count)s new message", "%(count)s new messages", waiting.length);
    byId("chat").querySelector("[data-slot=said]")?.replaceChildren(more.length
      ? fill(count, { count: number(waiting.length) })
      : saidOf(first));
    waiting = [];
  };
  every(1_000, tell, signal);
  return (fresh) => {
    if (!isShown("chat")) return;
    waiting.push(...fresh.filter(({ removed }) => !removed));
    tell();
  };
}
