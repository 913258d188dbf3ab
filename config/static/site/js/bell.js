/**
 * The bell on every page, kept true over a socket, and a word about what has just happened. Without the socket the
 * number is that of the page; the next page has the next one.
 *
 * @typedef {{type: "unread", count: number}} Unread
 * @typedef {{type: "notified", count: number, title: string, text: string, link: string, about: string}} Notified
 * @typedef {{type: "reconnect", after_ms: number}} Reconnect
 */

import { shown } from "./pages.js";
import { mark, say, slot } from "./parts.js";
import { toast } from "./toast.js";
import { fill, gettext, ngettext } from "./words.js";

const AGAIN_FIRST_MS = 1000;
const AGAIN_MOST_MS = 60_000;
/** More windows than one person may have connected: this one asks again when some may be closed. */
const CLOSED_TOO_MANY = 4429;
const CLOSED_LOGGED_OUT = 4401;
const MANY_MS = 300_000;

let attempts = 0;
/** @type {WebSocket | null} */
let socket = null;
let timer = 0;

export function startBell() {
  connect();
  // Somebody has pressed a push: this window goes there, and what it plays goes on.
  navigator.serviceWorker?.addEventListener("message", ({ data, ports }) => {
    const { origin, pathname } = new URL(data?.open ?? "", location.href);
    if (!data?.open || origin !== location.origin) return;
    ports[0]?.postMessage("going");
    go(pathname);
  });
  addEventListener("online", () => comeBack(0));
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible" && !socket && timer) comeBack(0);
  });
}

function connect() {
  timer = 0;
  socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws/me/`);
  socket.onmessage = ({ data }) => hear(JSON.parse(data));
  socket.onclose = ({ code }) => {
    socket = null;
    if (code === CLOSED_LOGGED_OUT) return;
    const most = Math.min(AGAIN_MOST_MS, AGAIN_FIRST_MS * 2 ** attempts++);
    comeBack(code === CLOSED_TOO_MANY ? MANY_MS : most * (0.5 + Math.random() / 2));
  };
}

/** @param {number} ms */
function comeBack(ms) {
  if (socket) return;
  clearTimeout(timer);
  timer = setTimeout(connect, ms);
}

/** @param {Unread | Notified | Reconnect} frame */
function hear(frame) {
  if (frame.type === "reconnect") {
    const ended = socket;
    socket = null;
    if (ended) ended.onclose = null;
    ended?.close();
    comeBack(frame.after_ms);
    return;
  }
  attempts = 0;
  if (frame.type !== "unread" && frame.type !== "notified") return;
  document.querySelectorAll("[data-bell]").forEach((bell) => show(/** @type {HTMLElement} */ (bell), frame.count));
  if (frame.type === "notified") tell(frame);
}

/**
 * @param {HTMLElement} bell
 * @param {number} count
 */
function show(bell, count) {
  mark(bell, "data-bell", String(count));
  slot(bell, "badge").hidden = count === 0;
  say(slot(bell, "number"), count > 99 ? "99+" : String(count));
  say(slot(bell, "said"), count ? fill(ngettext("%(count)s not read", "%(count)s not read", count), { count }) : "");
}

/** @param {Notified} news */
function tell({ title, text, link, about }) {
  if (document.visibilityState !== "visible" || isHere(about)) return;
  toast(text ? fill(gettext("%(title)s: %(text)s"), { title, text }) : title, { label: gettext("Open"), act: () => go(link) });
}

/**
 * Whether the page, or the room that one is in meanwhile, says it by itself.
 *
 * @param {string} about
 */
function isHere(about) {
  const room = document.querySelector("#dock:not([hidden]) [data-slot=room]")?.getAttribute("href");
  return about !== "" && (about === location.pathname || about === room);
}

/**
 * Go to a page as a link would: what lasts stays.
 *
 * @param {string} path
 */
export function go(path) {
  const link = document.createElement("a");
  link.href = path;
  link.hidden = true;
  shown().firstElementChild?.append(link);
  /** @type {any} */ (globalThis).htmx?.process(link);
  link.click();
}
