/**
 * The messages that a page knows: those of the room's state, and older ones that were read or have fallen out of it.
 * It knows no page.
 *
 * @typedef {import("./state.js").ChatEntry} ChatEntry
 */

import { CHAT_SHOWN } from "./state.js";

/** However long one listens, no more is kept: older ones are read again when asked for. */
export const MOST_KEPT = 500;
/** Messages of one person so close together stand under one name. */
const TOGETHER_MS = 5 * 60_000;

export class ChatLog {
  /** @type {Map<string, ChatEntry>} */
  #known = new Map();
  /** Before which number there is more to be read; null once there is none. @type {number | null} */
  next = null;

  /** Begin anew: what came between is not known to be whole. @param {ChatEntry[]} chat the state's */
  reset(chat) {
    this.#known = new Map(chat.map((entry) => [entry.id, entry]));
    this.next = chat.length < CHAT_SHOWN ? null : chat[0].seq;
  }

  /** @param {ChatEntry[]} chat the state's, after events that leave nothing out */
  follow(chat) {
    for (const entry of chat) this.#known.set(entry.id, entry);
    const all = this.all();
    for (const { id } of all.slice(0, Math.max(0, all.length - MOST_KEPT))) this.#known.delete(id);
    if (all.length > MOST_KEPT) this.next = all[all.length - MOST_KEPT].seq;
  }

  /**
   * @param {ChatEntry[]} messages older ones
   * @param {number | null} next
   */
  prepend(messages, next) {
    for (const entry of messages) if (!this.#known.has(entry.id)) this.#known.set(entry.id, entry);
    this.next = next;
  }

  /** One that the state may not hold any more has lost its words. @param {string} id */
  remove(id) {
    const entry = this.#known.get(id);
    if (entry) this.#known.set(id, { ...entry, text: "", removed: true });
  }

  /** @param {string} id */
  find(id) {
    return this.#known.get(id);
  }

  /** In order, the latest at the end. */
  all() {
    return [...this.#known.values()].sort((one, other) => one.seq - other.seq);
  }
}

/**
 * Whether a message stands under the name of the one before it.
 *
 * @param {ChatEntry | undefined} before
 * @param {ChatEntry} entry
 */
export const continues = (before, entry) =>
  before?.person.id === entry.person.id && Date.parse(entry.at) - Date.parse(before.at) < TOGETHER_MS;

/**
 * @typedef {{text: string, href?: string}} Piece
 * @param {string} text
 * @returns {Piece[]} the text in pieces, those with an address are links
 */
export function pieces(text) {
  /** @type {Piece[]} */
  const found = [];
  let at = 0;
  for (const match of text.matchAll(/https?:\/\/[^\s<>"]+/gi)) {
    const href = addressIn(match[0]);
    if (!URL.canParse(href)) continue;
    if (match.index > at) found.push({ text: text.slice(at, match.index) });
    found.push({ text: href, href });
    at = match.index + href.length;
  }
  if (at < text.length) found.push({ text: text.slice(at) });
  return found;
}

/**
 * What ends a sentence is no part of an address, nor is a bracket that closes what was opened before it.
 *
 * @param {string} found
 */
function addressIn(found) {
  let href = found;
  const many = (/** @type {string} */ sign) => href.split(sign).length;
  while (/[.,;:!?'’»”]$/u.test(href) || (href.endsWith(")") && many(")") > many("("))) href = href.slice(0, -1);
  return href;
}

/**
 * Milliseconds until I may write again.
 *
 * @param {number} slow seconds between two messages
 * @param {number | null} lastAt when I wrote last, on this clock
 * @param {number} now
 */
export const waitLeft = (slow, lastAt, now) => (lastAt === null ? 0 : Math.max(0, lastAt + slow * 1000 - now));
