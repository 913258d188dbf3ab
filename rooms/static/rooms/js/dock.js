/** The dock: the room that I am in, folded, while another page is shown. */

import { whenPresent } from "../../site/js/pages.js";
import { byId, mark, say, showPortrait, slot } from "../../site/js/parts.js";
import { toast } from "../../site/js/toast.js";
import { list, number, ordinal } from "../../site/js/formats.js";
import { fill, gettext, ngettext } from "../../site/js/words.js";
import { settings } from "./browser_sound.js";
import { currentVisit, here, leave, rejoin } from "./here.js";
import { startMicrophoneKey } from "./mic_switch.js";
import { soundSentence, voiceWords } from "./sound_words.js";
import { listening, may } from "./view.js";

export { rejoin };

/**
 * @typedef {import("./view.js").View} View
 * @typedef {import("./visit.js").RoomVisit} RoomVisit
 */

/** Names stay through the pauses of a sentence. */
const HOLD_MS = 1500;
/** Under reduced motion the ring says that somebody talks, not how loudly. */
const CALM_LEVEL = 0.6;

const calm = matchMedia("(prefers-reduced-motion: reduce)");
let started = false;
/** Ends what follows the visit that is docked. */
let following = new AbortController();
/** When each person was heard last. @type {Map<string, number>} */
const heardAt = new Map();
/** @type {ReturnType<typeof setTimeout> | undefined} */
let later;

/** Be ready to show any room; once is enough. */
export function startDock() {
  if (started) return;
  started = true;
  const dock = byId("dock");
  const on = (/** @type {string} */ name, /** @type {(visit: RoomVisit, button: HTMLElement) => void} */ act) => {
    const button = slot(dock, name);
    button.addEventListener("click", () => {
      const visit = currentVisit();
      if (visit) act(visit, button);
    });
  };
  on("ears", (visit) => {
    const { playback, view } = visit;
    if (view.phase === "elsewhere") visit.takeSeat();
    else if (view.tap || view.paused) playback.resume();
    else playback.pause();
  });
  on("mic", (visit, button) => visit.toggleMicrophone(button));
  on("hand", ({ send }, button) => send(button, "hand.lower"));
  on("accept", ({ send }, button) => send(button, "invitation.accept"));
  on("decline", ({ send }, button) => send(button, "invitation.decline"));
  on("leave", () => leave());
  startMicrophoneKey(() => (dock.hidden ? null : slot(dock, "mic")), new AbortController().signal);
  here.addEventListener("change", follow);
  whenPresent("main", place);
  follow();
}

/** Another room, or none, is the one that I am in. */
function follow() {
  following.abort();
  following = new AbortController();
  heardAt.clear();
  const visit = currentVisit();
  place();
  if (!visit) return;
  const { signal } = following;
  visit.addEventListener("change", () => show(visit), { signal });
  visit.addEventListener("levels", () => hear(visit), { signal });
  visit.addEventListener("over", () => tellEnd(visit), { once: true });
}

/** The dock stands on every page but the room's own. */
function place() {
  const visit = currentVisit();
  byId("dock").hidden = !visit || visit.page.address === location.pathname;
  if (visit) show(visit);
}

/** @param {RoomVisit} visit */
function tellEnd({ page, protocol }) {
  if (page.address === location.pathname) return;
  const { title } = page;
  if (protocol.phase === "ended") toast(fill(gettext("“%(title)s” has ended."), { title }));
  if (protocol.phase === "out") toast(fill(gettext("You were sent out of “%(title)s”."), { title }));
  if (protocol.phase === "account") toast(fill(gettext("“%(title)s” now asks for an account. Log in to listen."), { title }));
}

/** @param {RoomVisit} visit */
function hear(visit) {
  for (const id of visit.audio.levels.keys()) heardAt.set(id, performance.now());
  show(visit);
}

/** @param {RoomVisit} visit */
function show(visit) {
  const dock = byId("dock");
  if (dock.hidden) return;
  const { view, page } = visit;
  const talking = talkers(view);
  const face = talking[0] ?? view.seats[0]?.person;
  mark(slot(dock, "room"), "href", page.address);
  say(slot(dock, "title"), page.title);
  say(slot(dock, "who"), wordsOf(view, talking.map(({ name }) => name)));
  if (face) showPortrait(dock, face);
  showRing(dock, talking.length > 0, visit.audio.levels.get(face?.id ?? ""));
  showMine(dock, view);
  clearTimeout(later);
  // Nothing more is told of silence: look again once it has lasted.
  if (talking.length) later = setTimeout(() => show(visit), HOLD_MS);
}

/** Who has been heard of late, the others before me. @param {View} view */
function talkers({ seats, you }) {
  const since = performance.now() - HOLD_MS;
  const heard = seats.map(({ person }) => person).filter(({ id }) => (heardAt.get(id) ?? 0) > since);
  return heard.sort((one, other) => Number(one.id === you?.id) - Number(other.id === you?.id));
}

/**
 * @param {View} view
 * @param {string[]} names of those who talk
 */
function wordsOf(view, names) {
  if (view.phase === "reconnecting") return gettext("The line dropped. We are calling again.");
  if (view.phase === "elsewhere") return gettext("You are in this room on another device.");
  if (view.paused && view.hearing !== "elsewhere") return gettext("Silenced");
  if (view.tap && view.hearing !== "elsewhere") return gettext("No sound yet");
  const trouble = soundSentence(view.hearing, view.network);
  if (trouble) return trouble;
  if (view.place) return fill(gettext("Your hand is up, %(ordinal)s in line"), { ordinal: ordinal(view.place) });
  const count = listening(view);
  const people = fill(ngettext("%(count)s listening", "%(count)s listening", count), { count: number(count) });
  return names.length ? `${list(names)} · ${people}` : people;
}

/**
 * @param {HTMLElement} dock
 * @param {boolean} talks
 * @param {number | undefined} level
 */
function showRing(dock, talks, level) {
  slot(dock, "talker").classList.toggle("is-talking", talks);
  const voice = level === undefined ? "0" : (calm.matches ? CALM_LEVEL : level).toFixed(2);
  slot(dock, "ring").style.setProperty("--voice", voice);
}

/**
 * @param {HTMLElement} dock
 * @param {View} view
 */
function showMine(dock, view) {
  const elsewhere = view.phase === "elsewhere";
  const speaks = may(view, "speak") && !elsewhere;
  const silent = view.tap || view.paused || elsewhere;
  slot(dock, "ask").hidden = !view.invited || view.phase === "elsewhere";
  slot(dock, "hand").hidden = !view.place || view.phase === "elsewhere";
  const ears = slot(dock, "ears");
  ears.hidden = speaks && !silent;
  mark(ears, "aria-pressed", String(!silent));
  mark(ears, "aria-label", elsewhere ? gettext("Take over here") : silent ? gettext("Listen to the room") : gettext("Silence the room"));
  say(slot(ears, "ears-word"), elsewhere ? gettext("Take over here") : silent ? gettext("Listen") : gettext("Silence"));
  slot(ears, "ears-on").hidden = silent;
  slot(ears, "ears-off").hidden = !silent;
  const mic = slot(dock, "mic");
  const { word, label } = voiceWords(view.voice, settings.now.hold);
  mic.hidden = !speaks;
  mark(mic, "data-voice", view.voice);
  mark(mic, "aria-label", label);
  say(slot(mic, "mic-word"), word);
  slot(mic, "mic-on").hidden = view.voice !== "air";
  slot(mic, "mic-off").hidden = view.voice === "air";
}
