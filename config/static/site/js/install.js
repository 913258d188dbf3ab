/** The service worker's end in the page: has it installed, and asks before a new version takes the place of this one. */

import { toast } from "./toast.js";
import { gettext } from "./words.js";

const HOUR_MS = 3_600_000;
/** Rooms keep in it which one this window is in; see rooms/js/here.js. */
const ROOM = "causerie.room";

/** Whether somebody here has said that the window may be loaded anew. */
let agreed = false;

export async function startInstall() {
  const address = /** @type {HTMLMetaElement | null} */ (document.querySelector('meta[name="service-worker"]'))?.content;
  // Browsers offer it on https and on this machine only.
  if (!address || !("serviceWorker" in navigator)) return;
  // What the page itself needs comes first.
  if (document.readyState !== "complete") await new Promise((go) => addEventListener("load", go, { once: true }));
  const workers = navigator.serviceWorker;
  followTakeOvers(workers);
  const registration = await workers.register(address);
  registration.addEventListener("updatefound", () => follow(registration));
  follow(registration);
  offer(registration);
  // Walking through the site is no navigation to the browser, so it would not look.
  setInterval(() => {
    offer(registration);
    registration.update().catch(() => undefined);
  }, HOUR_MS);
}

/** @param {ServiceWorkerContainer} workers */
function followTakeOvers(workers) {
  const tell = () => workers.controller?.postMessage({ language: document.documentElement.lang });
  let hadOne = Boolean(workers.controller);
  workers.addEventListener("controllerchange", () => {
    tell();
    if (agreed) location.reload();
    // Another window agreed: this one is of the version before.
    else if (hadOne) ask(() => location.reload());
    hadOne = true;
  });
  tell();
}

/** @param {ServiceWorkerRegistration} registration */
function follow(registration) {
  registration.installing?.addEventListener("statechange", () => offer(registration));
}

/** @param {ServiceWorkerRegistration} registration */
function offer(registration) {
  const { waiting, active } = registration;
  // The very first one replaces nothing.
  if (!waiting || !active) return;
  ask(() => {
    agreed = true;
    waiting.postMessage({ now: true });
  });
}

/** @param {() => void} act */
function ask(act) {
  const words = sessionStorage.getItem(ROOM)
    ? gettext("A new version is here. Reloading interrupts the sound for a moment and switches your microphone off.")
    : gettext("A new version is here.");
  toast(words, { label: gettext("Reload"), act, lasting: true });
}
