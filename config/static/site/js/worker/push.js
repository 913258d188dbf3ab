/**
 * What a service worker does with pushes: shows them, and leads to what they are about. A window that is open already
 * goes there by itself, as the room that is heard in it would end with a window loaded anew.
 *
 * @typedef {{title: string, text: string, link: string, tag: string, lang: string, at: number, unread: number}} Told
 * @typedef {{newSubscription: PushSubscription | null}} Renewal
 * @typedef {Event & {waitUntil: (work: Promise<unknown>) => void}} Lasting
 */

/** TypeScript knows a window only. @type {any} */
const herald = self;
const ANSWER_MS = 700;

herald.addEventListener("push", (/** @type {Lasting & {data: {json: () => Told} | null}} */ event) => {
  if (event.data) event.waitUntil(showTold(event.data.json()));
});
herald.addEventListener("notificationclick", (/** @type {Lasting & {notification: Notification}} */ event) => {
  event.notification.close();
  event.waitUntil(leadTo(event.notification.data.link));
});

herald.addEventListener("pushsubscriptionchange", (/** @type {Lasting & Renewal} */ event) => {
  event.waitUntil(renew(event));
});

/**
 * The browser's push service has ended a subscription: say where we may write from now on. Not every browser brings the
 * new one, and none is made for somebody who has taken their word back.
 *
 * @param {Renewal} event
 */
async function renew({ newSubscription }) {
  const { pushManager } = herald.registration;
  const options = { userVisibleOnly: true, applicationServerKey: herald.PUSH_KEY };
  const made = newSubscription ?? (await pushManager.getSubscription()) ?? (await pushManager.subscribe(options));
  await fetch("/notifications/device/renew/", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(made),
  });
}

/** @param {Told} told */
async function showTold({ title, text, link, tag, lang, at, unread }) {
  // Not awaited: some browsers ask nobody, others have no such thing.
  herald.navigator.setAppBadge?.(unread).catch(() => undefined);
  await herald.registration.showNotification(title, {
    body: text,
    // The same once more takes the place of the first.
    tag,
    lang,
    timestamp: at,
    icon: herald.PUSH_ICON,
    // Whoever looks at a window of ours is told there as well.
    silent: (await ourWindows()).some(({ focused }) => focused),
    data: { link },
  });
}

/** @param {string} link */
async function leadTo(link) {
  const windows = await ourWindows();
  const best =
    windows.find(({ focused }) => focused) ??
    windows.find(({ visibilityState }) => visibilityState === "visible") ??
    windows[0];
  if (best && (await goesThere(best, link))) return best.focus();
  return herald.clients.openWindow(link);
}

/** @returns {Promise<any[]>} */
const ourWindows = () => herald.clients.matchAll({ type: "window", includeUncontrolled: true });

/**
 * Ask a window to go there; one that has no such script does not answer.
 *
 * @param {any} client
 * @param {string} link
 * @returns {Promise<boolean>}
 */
function goesThere(client, link) {
  const { port1, port2 } = new MessageChannel();
  return new Promise((settle) => {
    port1.onmessage = () => settle(true);
    setTimeout(() => settle(false), ANSWER_MS);
    client.postMessage({ open: link }, [port2]);
  });
}
