/** The room's page: shows what the visit says, asks for what is clicked. The visit goes on when the page goes. */

import { every } from "../../site/js/pages.js";
import { byId, mark, maybeSlot, slot } from "../../site/js/parts.js";
import { toast } from "../../site/js/toast.js";
import { fill, gettext } from "../../site/js/words.js";
import { showAudience } from "./audience.js";
import { showBar, startBarKeys } from "./bar.js";
import { showBeside, startBeside } from "./beside.js";
import { showCaption } from "./caption.js";
import { startClock } from "./clock.js";
import { startDock } from "./dock.js";
import { showEnd, startEnding } from "./ended.js";
import { showHands } from "./hands.js";
import { currentVisit, enter, leave } from "./here.js";
import { showHandover } from "./handover.js";
import { showInvitation } from "./invitation.js";
import { startMicrophoneKey } from "./mic_switch.js";
import { showNotices, startNotices } from "./notices.js";
import { showPeople, startPeople } from "./people.js";
import { closePerson, openPerson, shownPerson, showPerson, startPerson } from "./person.js";
import { startQueue, switchHand } from "./queue.js";
import { startReactions } from "./reactions.js";
import { showRecording, startRecording } from "./recording.js";
import { showTitle } from "./room_title.js";
import { share } from "./share.js";
import { startSheet } from "./sheet.js";
import { warned } from "./warning.js";
import { showSound, startSound } from "./sound.js";
import { showSpeakingRules, startSpeakingRules } from "./speaking_rules.js";
import { showStage } from "./stage.js";
import { RoomVisit } from "./visit.js";
import { showVoices, startVoices } from "./voices.js";

/** @typedef {import("./view.js").PageData} PageData */

const SHOWS = [
  showStage, showCaption, showAudience, showHands, showPeople, showBar, showSound, showRecording, showInvitation, showHandover,
  showSpeakingRules, showPerson, showNotices, showEnd, showTitle, showBeside,
];

/**
 * Bring the page to life.
 *
 * @param {HTMLElement} _live
 * @param {AbortSignal} signal
 */
export async function mountRoom(_live, signal) {
  startDock();
  tellWhatWasDone();
  /** @type {PageData} */
  const page = JSON.parse(byId("page-data").textContent ?? "");
  const other = currentVisit();
  if (page.still) show(picture(page, signal), signal);
  else if (other?.holds && other.page.id !== page.id) waitAtTheDoor(page, other, signal);
  else if (await warned(page, other) && !signal.aborted) show(enter(page), signal);
}

/** What a form that led here says, once: the page has no place of its own for it. */
function tellWhatWasDone() {
  const told = document.getElementById("told");
  if (!told) return;
  toast(told.textContent?.trim() ?? "");
  told.removeAttribute("id");
}

/**
 * A page of which nothing is connected.
 *
 * @param {PageData} page
 * @param {AbortSignal} signal
 */
function picture(page, signal) {
  const visit = new RoomVisit(page);
  for (const [id, level] of Object.entries(page.still?.levels ?? {})) visit.audio.levels.set(id, level);
  signal.addEventListener("abort", () => visit.end(), { once: true });
  return visit;
}

/**
 * Whoever speaks or waits in another room is asked before that one is left.
 *
 * @param {PageData} page
 * @param {RoomVisit} other
 * @param {AbortSignal} signal
 */
function waitAtTheDoor(page, other, signal) {
  const button = slot(byId("listen"), "listen");
  byId("listen").hidden = false;
  slot(button, "listen-word").textContent = fill(gettext("Enter, and leave “%(title)s”"), { title: other.page.title });
  button.addEventListener("click", () => show(enter(page), signal), { once: true });
}

/**
 * @param {RoomVisit} visit
 * @param {AbortSignal} signal
 */
function show(visit, signal) {
  const { page, send } = visit;
  const now = () => visit.view;
  const paint = () => {
    mark(byId("live"), "data-phase", visit.view.phase);
    for (const part of SHOWS) part(visit.view);
    showVoices(visit.audio, visit.view);
  };
  byId("live").addEventListener("click", (event) => click(event, visit));
  byId("person").addEventListener("click", (event) => click(event, visit));
  startSheet(signal);
  startBeside(visit, signal);
  startPerson();
  startPeople(now);
  startEnding(send);
  startRecording(now, send);
  startQueue(visit);
  startSpeakingRules(now, send);
  startOwn(visit, signal);
  startBar(visit);
  startSound(visit);
  startVoices(visit, signal);
  startNotices(visit, signal);
  startReactions(visit, signal);
  startBarKeys(signal);
  startMicrophoneKey(() => maybeSlot(byId("bar"), "mic"), signal);
  startClock(slot(byId("stage"), "clock"), page.state.room.started_at ?? "", signal);
  paint();
  visit.addEventListener("change", paint, { signal });
  every(30_000, () => showHands(visit.view), signal);
}

/**
 * What only those have who are here with an account, or host.
 *
 * @param {RoomVisit} visit
 * @param {AbortSignal} signal
 */
function startOwn(visit, signal) {
  const has = (/** @type {string} */ dialog) => document.getElementById(dialog) !== null;
  if (has("entry")) void import("./entry.js").then(({ startEntry }) => signal.aborted || startEntry(visit, signal));
  if (has("ping")) void import("./ping.js").then(({ startPing }) => signal.aborted || startPing(visit, signal));
}

/**
 * @param {MouseEvent} event
 * @param {RoomVisit} visit
 */
function click(event, visit) {
  const target = /** @type {Element} */ (event.target);
  const asks = /** @type {HTMLElement | null} */ (target.closest("[data-do]"));
  const opens = /** @type {HTMLElement | null} */ (target.closest("[data-open]"));
  if (asks) void ask(asks, visit);
  else if (opens) openPerson(visit.view, opens.dataset.open ?? "");
}

/**
 * @param {HTMLElement} button a control that asks for a command in `data-do`
 * @param {RoomVisit} visit
 */
async function ask(button, { view, send }) {
  const type = button.dataset.do ?? "";
  const ofCard = byId("person").contains(button);
  const row = /** @type {HTMLElement | null} */ (button.closest("[data-key]"));
  const id = ofCard ? shownPerson()?.id : row?.dataset.key;
  // Oneself is meant by leaving the person out.
  const person = id === view.you?.id ? undefined : id;
  const about = shownPerson();
  if (type === "person.ban" && about) return (await import("./sent_out.js")).askToBan(about, { view, send });
  const done = await send(button, type, { person, role: button.dataset.role });
  if (done && ofCard) closePerson();
  if (done && about && type === "person.remove") (await import("./sent_out.js")).tellSentOut(about);
}

/** @param {RoomVisit} visit */
function startBar(visit) {
  const bar = byId("bar");
  const on = (/** @type {string} */ name, /** @type {(button: HTMLElement) => void} */ act) => {
    const button = maybeSlot(bar, name);
    button?.addEventListener("click", () => act(button));
  };
  // The link goes on to the hallway meanwhile.
  on("leave", () => leave());
  on("hand", (button) => switchHand(button, visit));
  on("mic", (button) => visit.toggleMicrophone(button));
  on("step-down", (button) => visit.send(button, "stage.leave"));
  on("share", () => share(visit.page.title));
}
