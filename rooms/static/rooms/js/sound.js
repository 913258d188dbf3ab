/** The sound on the room's page: the tap that begins it, what is said of it, what one's ears are doing. */

import { byId, say, slot } from "../../site/js/parts.js";
import { gettext } from "../../site/js/words.js";
import { hearingWord, soundSentence } from "./sound_words.js";

/** @param {import("./visit.js").RoomVisit} visit */
export function startSound({ playback }) {
  slot(byId("listen"), "listen").addEventListener("click", () => playback.resume());
}

/** @param {import("./view.js").View} view */
export function showSound({ hearing, network, phase, tap }) {
  const stage = byId("stage");
  byId("listen").hidden = !tap || phase === "ended";
  say(slot(byId("listen"), "listen-word"), hearing === "elsewhere" ? gettext("Listen here") : gettext("Listen"));
  const sentence = tap && hearing !== "elsewhere" && hearing !== "refused" ? "" : soundSentence(hearing, network);
  say(slot(stage, "sound"), sentence);
  slot(stage, "doing").hidden = Boolean(sentence);
  const mark = slot(byId("bar"), "listening");
  mark.dataset.voice = !tap && hearing === "on" ? "listen" : "silent";
  say(slot(mark, "hearing-word"), tap ? gettext("No sound") : hearingWord(hearing));
}
