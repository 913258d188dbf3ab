/** What htmx leaves to us when it swaps a page: focus, what a screen reader hears, where one had scrolled to, failures. */

import { shown, whenPresent } from "./pages.js";
import { toast } from "./toast.js";
import { gettext } from "./words.js";

/** Where each place in the history was scrolled to. @type {Map<string, number>} */
const scrolls = new Map();
/** The address of the page that is shown, without its fragment. */
let address = here();
let first = true;
/** Whether the page that arrives is one that was gone back to. */
let returning = false;
/** Whether the page that arrives is the one that is shown. */
let staying = false;

function here() {
  return location.pathname + location.search;
}

/** @param {PopStateEvent} event */
function step(event) {
  // A step within the page, such as closing a sheet: there is nothing to fetch.
  if (here() === address) event.stopImmediatePropagation();
  else returning = true;
}

function arrive() {
  if (first) {
    first = false;
    return;
  }
  if (staying) return;
  address = here();
  const target = location.hash && document.getElementById(location.hash.slice(1));
  scrollTo({ top: returning ? (scrolls.get(address) ?? 0) : 0, behavior: "instant" });
  if (target) target.scrollIntoView();
  returning = false;
  // The title is set after the swap.
  setTimeout(tell);
}

/**
 * Swap the page for itself, unasked: who looks stays where they are.
 *
 * @param {() => Promise<unknown>} swap
 */
export async function stayDuring(swap) {
  let place = -1;
  const all = () => /** @type {HTMLElement[]} */ ([...shown().querySelectorAll("*")]);
  const remember = () => (place = all().indexOf(/** @type {HTMLElement} */ (document.activeElement)));
  document.addEventListener("htmx:beforeSwap", remember, { once: true });
  staying = true;
  await swap().finally(() => (staying = false));
  all()[place]?.focus({ preventScroll: true });
}

/** Put the focus where the new page begins, and say which one it is. */
function tell() {
  const places = /** @type {HTMLElement[]} */ ([...shown().querySelectorAll("[autofocus], h1, main")]);
  const visible = places.filter((place) => place.checkVisibility());
  const begin = visible.find((place) => place.autofocus) ?? visible.find((place) => place.matches("h1")) ?? visible[0];
  if (!begin) return;
  if (begin.tabIndex < 0) begin.tabIndex = -1;
  begin.focus({ preventScroll: true });
  const announcer = document.getElementById("announcer");
  // What was done comes first: the title is of the page that one is on already, as often as not.
  const done = shown().querySelector(".notices")?.textContent?.trim();
  if (announcer) announcer.textContent = done ? `${done} ${document.title}` : document.title;
}

/**
 * The answer speaks another language or to somebody else: the whole window must follow.
 *
 * @param {CustomEvent} event
 */
function check(event) {
  const { xhr, serverResponse } = event.detail;
  const answer = /<html\s+lang="([^"]*)"\s+data-you="([^"]*)"/.exec(serverResponse ?? "");
  const { lang, dataset } = document.documentElement;
  // The star is a page that asked nobody who looks.
  if (answer && answer[1] === lang && (answer[2] === "*" || answer[2] === dataset.you)) return;
  // Not a page of ours at all: a download, or an answer from something in between.
  event.preventDefault();
  location.assign(xhr.responseURL || event.detail.pathInfo.requestPath);
}

/**
 * htmx keeps the address that a link had when the page arrived; some links get theirs later.
 *
 * @param {CustomEvent} event
 */
function follow({ detail }) {
  if (detail.elt.matches("a[href]")) detail.path = detail.elt.getAttribute("href").replace(/#.*/, "");
}

export function startNavigation() {
  history.scrollRestoration = "manual";
  // Before htmx, which listens from the time when the document is ready.
  addEventListener("popstate", step);
  whenPresent("main", arrive);
  document.addEventListener("htmx:beforeRequest", () => scrolls.set(address, scrollY));
  document.addEventListener("htmx:configRequest", (event) => follow(/** @type {CustomEvent} */ (event)));
  document.addEventListener("htmx:beforeSwap", (event) => check(/** @type {CustomEvent} */ (event)));
  document.addEventListener("htmx:sendError", () => {
    toast(gettext("You are offline, or Causerie is. This page stays; try again in a moment."));
  });
  document.addEventListener("htmx:historyCacheMissLoadError", () => location.reload());
}
