/**
 * The service worker where files have no hash, as under `make run`: it takes pushes in and keeps nothing, and forgets
 * what one that did has kept. config/install.py writes push.js below this file.
 */

/** TypeScript knows a window only. @type {any} */
const bare = self;

bare.addEventListener("install", () => bare.skipWaiting());
bare.addEventListener("activate", (/** @type {any} */ event) => event.waitUntil(forgetShells()));

async function forgetShells() {
  const ours = (await caches.keys()).filter((name) => name.startsWith("causerie-"));
  await Promise.all(ours.map((name) => caches.delete(name)));
}
