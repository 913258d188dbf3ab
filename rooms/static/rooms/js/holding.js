/** Holding to talk in a room: key, finger and microphone brought together, as long as the visit lasts. */

import { onKey } from "../../site/js/shortcuts.js";
import { toast } from "../../site/js/toast.js";
import { gettext } from "../../site/js/words.js";
import { browser, settings } from "./browser_sound.js";
import { sentence } from "./commands.js";
import { explain } from "./mic_switch.js";
import { PushToTalk } from "./push_to_talk.js";
import { isReady, readyToSpeak } from "./ready_to_speak.js";
import { startTalkControls } from "./talk_controls.js";
import { may } from "./view.js";

/** @typedef {import("./visit.js").RoomVisit} RoomVisit */

/** The room's own word of what one has just told it comes within this, or the line is lost. */
const ECHO_MS = 2_000;

/** @param {RoomVisit} visit */
export function holdToTalk(visit) {
  const { audio, playback, signal } = visit;
  const mayTalk = () => may(visit.view, "speak");
  const isMuted = () => mine(visit)?.muted ?? true;
  const key = new PushToTalk({ audio, tell: (type) => tell(visit, type), isMuted, clock: browser.clock });
  const press = () => {
    if (!isReady()) return void readyToSpeak("microphone");
    if (playback.paused) playback.resume();
    key.press();
  };
  followHolding(visit);
  startTalkControls({ mayTalk, press, release: () => key.release(), signal });
  audio.addEventListener("silenced", () => key.drop());
  visit.addEventListener("change", () => mayTalk() || key.drop(), { signal });
  signal.addEventListener("abort", () => key.drop(), { once: true });
  key.addEventListener("problem", () => void explain(audio.microphone.problem, () => audio.microphone.open()));
  key.addEventListener("refused", (event) => toast(sentence(/** @type {CustomEvent} */ (event).detail)));
}

/** What the microphone's button says, and what a finger on it does, changes with it. @param {RoomVisit} visit */
function followHolding(visit) {
  let listed = new AbortController();
  const show = () => {
    const { hold } = settings.now;
    listed.abort();
    listed = new AbortController();
    // What the key does is done by its being held; here it is only listed.
    if (hold) onKey(" ", gettext("Talk while you hold it"), () => undefined, listed.signal);
    document.documentElement.toggleAttribute("data-holds", hold);
    visit.dispatchEvent(new Event("change"));
  };
  settings.addEventListener("change", show, { signal: visit.signal });
  visit.signal.addEventListener("abort", () => listed.abort(), { once: true });
  show();
}

/** @param {RoomVisit} visit */
const mine = ({ protocol: { state, you } }) => state.stage.find(({ person }) => person.id === you?.id);

/**
 * Tell the room that I speak or am silent, and wait until it says so too: what comes later would contradict the next.
 *
 * @param {RoomVisit} visit
 * @param {string} type
 */
async function tell(visit, type) {
  const { protocol } = visit;
  await protocol.command(type);
  const muted = type === "mic.mute";
  const said = new AbortController();
  await new Promise((resolve) => {
    const look = () => (mine(visit)?.muted ?? muted) === muted && resolve(undefined);
    protocol.addEventListener("change", look, { signal: said.signal });
    setTimeout(resolve, ECHO_MS);
    look();
  });
  said.abort();
}
