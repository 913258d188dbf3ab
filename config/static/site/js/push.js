/**
 * "Tell me on this device" in the settings: says what will happen, asks the browser only when somebody presses, and
 * says what to do where the browser does not let us.
 *
 * @typedef {"waiting" | "insecure" | "unsupported" | "home" | "off" | "unset" | "denied" | "ready" | "on"} Standing
 */

import { say, slot } from "./parts.js";
import { allowSteps, needsHomeScreen } from "./push_help.js";
import { toast } from "./toast.js";
import { gettext } from "./words.js";

/** @param {HTMLElement} part */
export async function mountPush(part) {
  slot(part, "on").onclick = () => act(part, switchOn);
  slot(part, "off").onclick = () => act(part, switchOff);
  // In the browser's own settings it may be allowed or refused at any time.
  const status = await navigator.permissions?.query({ name: "notifications" }).catch(() => undefined);
  if (status) status.onchange = () => void show(part);
  await show(part);
}

/**
 * @param {HTMLElement} part
 * @returns {Promise<Standing>}
 */
async function standing({ dataset }) {
  if (!dataset.push) return "unset";
  if (!isSecureContext) return "insecure";
  if (needsHomeScreen(navigator.userAgent, navigator.maxTouchPoints > 1, isInstalled())) return "home";
  if (!("serviceWorker" in navigator) || !("PushManager" in window) || !("Notification" in window)) {
    return "unsupported";
  }
  if (!dataset.worker) return "off";
  if (Notification.permission === "denied") return "denied";
  return (await subscription()) && localStorage.getItem(KEPT) === dataset.you ? "on" : "ready";
}

/** Whose subscription this browser's is: of another person's we say nothing. */
const KEPT = "causerie.push";

const isInstalled = () => matchMedia("(display-mode: standalone)").matches;

async function subscription() {
  const registration = await navigator.serviceWorker.getRegistration("/");
  return (await registration?.pushManager.getSubscription()) ?? null;
}

/** @param {HTMLElement} part */
async function show(part) {
  const now = await standing(part);
  /** @type {Record<Standing, string>} */
  const words = {
    waiting: "",
    unset: gettext("Whoever runs this site has not set it up."),
    off: gettext("Whoever runs this site has switched it off."),
    insecure: gettext("Browsers allow it over https only. This page came over http."),
    home: gettext("On an iPhone or iPad it works once Causerie is on the home screen: press Share, then Add to Home Screen, and open it from there."),
    unsupported: gettext("This browser has no such thing. The site and e-mail still tell you."),
    denied: gettext("You have told this browser that we may not. To change that:"),
    ready: gettext("Your browser will ask you once whether we may. You are told of nothing but what you choose below."),
    on: gettext("This device is told. Logging out here ends it."),
  };
  say(slot(part, "words"), words[now]);
  const steps = now === "denied" ? allowSteps(navigator.userAgent) : [];
  slot(part, "steps").replaceChildren(...steps.map(itemOf));
  slot(part, "steps").hidden = !steps.length;
  slot(part, "on").hidden = now !== "ready";
  slot(part, "off").hidden = now !== "on";
}

/**
 * @param {HTMLElement} part
 * @param {(part: HTMLElement) => Promise<void>} step
 */
async function act(part, step) {
  try {
    await step(part);
  } catch {
    toast(gettext("That did not work: your browser’s push service does not answer. Try again later."));
  }
  await show(part);
}

/** @param {HTMLElement} part */
async function switchOn({ dataset }) {
  if ((await Notification.requestPermission()) !== "granted") return;
  await navigator.serviceWorker.register(/** @type {string} */ (dataset.worker));
  const { pushManager } = await navigator.serviceWorker.ready;
  // One that was made for another key, or another person, is worth nothing.
  await (await pushManager.getSubscription())?.unsubscribe();
  const made = await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: dataset.push });
  await tell("POST", made);
  localStorage.setItem(KEPT, dataset.you ?? "");
  toast(gettext("This device is told from now on."));
}

/** @param {HTMLElement} _part */
async function switchOff(_part) {
  const found = await subscription();
  if (!found) return;
  await tell("DELETE", found);
  await found.unsubscribe();
  localStorage.removeItem(KEPT);
}

/**
 * @param {string} method
 * @param {PushSubscription} of
 */
async function tell(method, of) {
  const token = /** @type {HTMLInputElement} */ (document.querySelector("[name=csrfmiddlewaretoken]")).value;
  const headers = { "Content-Type": "application/json", "X-CSRFToken": token };
  const answer = await fetch("/notifications/device/", { method, headers, body: JSON.stringify(of) });
  if (!answer.ok) throw new Error(`The server answered ${answer.status}.`);
}

/** @param {string} text */
function itemOf(text) {
  const item = document.createElement("li");
  item.textContent = text;
  return item;
}
