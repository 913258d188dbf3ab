/** What makes speaking and listening comfortable while a visit lasts. */

import { toast } from "../../site/js/toast.js";
import { fill, gettext } from "../../site/js/words.js";
import { setSession, tellSession } from "./audio_session.js";
import { audioSession, browser, settings } from "./browser_sound.js";
import { leave } from "./here.js";
import { holdToTalk } from "./holding.js";
import { watchInterruptions } from "./interruptions.js";
import { LockScreen, Talker } from "./media_session.js";
import { Outputs } from "./outputs.js";
import { isReady, readyToSpeak } from "./ready_to_speak.js";
import { may } from "./view.js";
import { StageLight } from "./wake_lock.js";

/** @typedef {import("./visit.js").RoomVisit} RoomVisit */

const GO_ON_STAGE = '[data-do="invitation.accept"], #dock [data-slot="accept"]';
/** What decides which microphone is used and how. */
const OF_MICROPHONE = /** @type {const} */ (["microphone", "echo", "noise", "gain"]);

/** @param {RoomVisit} visit */
export function startComfort(visit) {
  tellSession(visit.audio.microphone, audioSession);
  setSession(audioSession);
  watchInterruptions(visit.playback, visit.signal);
  followMicrophone(visit);
  followOutput(visit);
  keepScreenOn(visit);
  showOnLockScreen(visit);
  askBeforeStage(visit);
  holdToTalk(visit);
}

/** @param {RoomVisit} visit */
function followMicrophone({ audio, signal }) {
  const { microphone } = audio;
  settings.addEventListener("change", (event) => {
    const before = /** @type {CustomEvent} */ (event).detail;
    if (OF_MICROPHONE.some((name) => before[name] !== settings.now[name])) void microphone.change();
  }, { signal });
  microphone.addEventListener("missed", (event) => {
    const { wished, used } = /** @type {CustomEvent} */ (event).detail;
    const words = fill(gettext("%(wished)s is not there. You speak through: %(used)s"), {
      wished: wished || gettext("Your microphone"),
      used: used || gettext("what your system has chosen"),
    });
    // The command that follows takes older words away.
    setTimeout(() => toast(words));
  });
  microphone.addEventListener("returned", (event) => {
    toast(fill(gettext("You speak through %(name)s again."), { name: /** @type {CustomEvent} */ (event).detail }));
  });
}

/** @param {RoomVisit} visit */
function followOutput({ playback, signal }) {
  const wish = () => ({ id: settings.now.output, name: settings.now.outputName });
  const outputs = new Outputs({ devices: browser.devices, players: playback.players, wish, signal });
  settings.addEventListener("change", (event) => {
    if (/** @type {CustomEvent} */ (event).detail.output !== settings.now.output) void outputs.apply();
  }, { signal });
  const name = (/** @type {Event} */ event) => /** @type {CustomEvent} */ (event).detail || gettext("Your loudspeaker");
  outputs.addEventListener("missed", (event) => {
    toast(fill(gettext("%(name)s is not there. You hear the room where your system plays."), { name: name(event) }));
  });
  outputs.addEventListener("returned", (event) => {
    toast(fill(gettext("You hear the room through %(name)s again."), { name: name(event) }));
  });
  if (wish().id) void outputs.apply();
}

/** @param {RoomVisit} visit */
function keepScreenOn(visit) {
  // Some browsers have none, whatever the type says.
  const locks = /** @type {WakeLock | undefined} */ (navigator.wakeLock);
  const light = new StageLight({ locks, window: document, signal: visit.signal });
  const follow = () => light.keep(may(visit.view, "speak"));
  visit.addEventListener("change", follow, { signal: visit.signal });
  follow();
}

/** @param {RoomVisit} visit */
function showOnLockScreen(visit) {
  const session = /** @type {MediaSession | undefined} */ (navigator.mediaSession);
  const { playback, audio, signal } = visit;
  const toggle = () => void visit.toggleMicrophone(document.createElement("button"));
  const pause = () => {
    // Nobody speaks into a room that they do not hear.
    if (audio.wantsAir) toggle();
    playback.pause();
  };
  const play = () => playback.resume();
  // On the room's page there is a door, which leads somewhere too.
  const door = () => /** @type {HTMLElement | null} */ (document.querySelector('#live [data-slot="leave"]'));
  const hangup = () => (door() ? door()?.click() : void leave());
  const deeds = { play, pause, stop: pause, togglemicrophone: toggle, hangup };
  const screen = new LockScreen({ session, make: (about) => new MediaMetadata(about), deeds });
  const talker = new Talker();
  const show = () => screen.show(visit.view, talker.id);
  visit.addEventListener("change", show, { signal });
  visit.addEventListener("levels", () => {
    const before = talker.id;
    talker.hear(audio.levels, performance.now());
    if (talker.id !== before) show();
  }, { signal });
  signal.addEventListener("abort", () => screen.clear(), { once: true });
  show();
}

/** @param {RoomVisit} visit */
function askBeforeStage({ signal }) {
  document.addEventListener("click", (event) => {
    const button = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest(GO_ON_STAGE));
    if (!button || isReady()) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    void readyToSpeak("stage").then((goes) => goes && button.click());
  }, { capture: true, signal });
}
