/**
 * The service worker that ends its own kind: whoever has one gets this in its place, which forgets all that was kept and
 * takes itself out. `SERVICE_WORKER=0` lets the server send it.
 */

/** TypeScript knows a window only. @type {any} */
const retiring = self;

retiring.addEventListener("install", () => retiring.skipWaiting());
retiring.addEventListener("activate", (/** @type {any} */ event) => event.waitUntil(retire()));

async function retire() {
  const ours = (await caches.keys()).filter((name) => name.startsWith("causerie-"));
  await Promise.all(ours.map((name) => caches.delete(name)));
  await retiring.registration.unregister();
}
