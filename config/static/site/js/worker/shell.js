/**
 * The service worker: keeps the files that every page is made of, and shows a page of its own when there is no network.
 * It never keeps a page, an answer of the API, or sound: those are somebody's.
 *
 * config/install.py writes `SHELL` above this file. Its names carry a hash, so what is kept never grows old.
 *
 * @typedef {{version: string, files: string[], offline: Record<string, string>}} Shell
 * @typedef {Event & {waitUntil: (work: Promise<unknown>) => void}} LifeEvent
 * @typedef {LifeEvent & {request: Request, preloadResponse: Promise<Response | undefined>,
 *   respondWith: (answer: Promise<Response>) => void}} FetchEvent
 */

/** TypeScript knows a window only. @type {any} */
const worker = self;
/** @type {Shell} */
const shell = worker.SHELL;

const FAMILY = "causerie-shell-";
const CACHE = FAMILY + shell.version;
/** Outlives releases: which language this browser's person reads. */
const MEMORY = "causerie-memory";
const LANGUAGE = "/language";
const ROOM = /^\/rooms\/[\w-]{8,}\/$/;

const kept = new Set(shell.files);

worker.addEventListener("install", (/** @type {LifeEvent} */ event) => event.waitUntil(fill()));
worker.addEventListener("activate", (/** @type {LifeEvent} */ event) => event.waitUntil(takeOver()));
worker.addEventListener("message", (/** @type {MessageEvent & LifeEvent} */ event) => {
  const { language, now } = event.data;
  if (language in shell.offline) event.waitUntil(remember(language));
  if (now) worker.skipWaiting();
});
worker.addEventListener("fetch", (/** @type {FetchEvent} */ event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== worker.location.origin) return;
  if (kept.has(pathname)) event.respondWith(fromShell(request));
  else if (request.mode === "navigate") event.respondWith(page(event));
  else if (request.headers.get("HX-Request")) event.respondWith(part(request));
});

async function fill() {
  const cache = await caches.open(CACHE);
  await cache.addAll(shell.files);
  await cache.addAll(Object.values(shell.offline).map((path) => new Request(path, { cache: "reload" })));
}

async function takeOver() {
  const old = (await caches.keys()).filter((name) => name.startsWith(FAMILY) && name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
  // The network need not wait until this worker has woken up.
  await worker.registration.navigationPreload?.enable();
  await worker.clients.claim();
}

/** @param {string} language */
async function remember(language) {
  const memory = await caches.open(MEMORY);
  await memory.put(LANGUAGE, new Response(language));
}

/** @param {Request} request */
async function fromShell(request) {
  return (await caches.match(request.url, { cacheName: CACHE, ignoreVary: true })) ?? fetch(request);
}

/** The whole window asks for a page. @param {FetchEvent} event */
async function page(event) {
  try {
    return (await event.preloadResponse) ?? (await fetch(event.request));
  } catch (error) {
    return noConnection(event.request, 503, error);
  }
}

/**
 * htmx asks for the page that shall take the place of this one.
 *
 * @param {Request} request
 */
async function part(request) {
  try {
    return await fetch(request);
  } catch (error) {
    const from = new URL(request.headers.get("HX-Current-URL") ?? "", request.url).pathname;
    const returns = request.headers.get("HX-History-Restore-Request");
    // Somebody is in the room that is shown: it stays, and the page says that it could not be left.
    if (ROOM.test(from) && !returns) throw error;
    // Going back shows only what was answered well; otherwise the window is loaded anew, and the sound with it.
    return noConnection(request, returns ? 200 : 503, error);
  }
}

/**
 * @param {Request} request
 * @param {number} status
 * @param {unknown} error
 */
async function noConnection(request, status, error) {
  const memory = await caches.open(MEMORY);
  const language = (await (await memory.match(LANGUAGE))?.text()) ?? navigator.language.slice(0, 2);
  const path = shell.offline[language] ?? Object.values(shell.offline)[0];
  const found = await caches.match(path, { cacheName: CACHE, ignoreVary: true });
  // The browser may have thrown the cache away; its own page is better than none.
  if (!found) throw error;
  const wanted = new URL(request.url);
  // An address in this form holds no quotation mark.
  const text = (await found.text()).replace('href=""', () => `href="${wanted.pathname}${wanted.search}"`);
  return new Response(text, { status, headers: { "Content-Type": "text/html; charset=utf-8" } });
}
