/** Below the stage: what the moment means for me, or that the line is down. Who talks is said by voices.js. */

import { byId, say, slot } from "../../site/js/parts.js";
import { number } from "../../site/js/formats.js";
import { fill, gettext } from "../../site/js/words.js";
import { closedWords } from "./speaking_rules.js";
import { may } from "./view.js";

/** @typedef {import("./view.js").View} View */

/** @param {View} view */
export function showCaption(view) {
  const stage = byId("stage");
  const lost = view.phase === "reconnecting";
  stage.classList.toggle("is-lost", lost);
  say(slot(stage, "live"), lost ? gettext("Reconnecting") : gettext("Live"));
  say(slot(stage, "doing"), doingWords(view));
  slot(stage, "lost").hidden = !lost;
  if (!lost) return;
  say(slot(stage, "lost-title"), gettext("The line dropped"));
  const calling = gettext("We are calling again.");
  const hand = fill(gettext("Your hand stays up, number %(place)s in line."), { place: number(view.place) });
  say(slot(stage, "lost-words"), view.place ? `${calling} ${hand}` : calling);
}

/**
 * What I am doing here and what I may do next; rooms/now.py says the same at first.
 *
 * @param {View} view
 */
function doingWords(view) {
  if (view.phase === "elsewhere") return gettext("You are in this room on another device.");
  if (view.tap) return gettext("Press Listen to hear the room.");
  if (view.paused) return gettext("You have silenced the room.");
  if (view.invited) return gettext("You are asked on stage.");
  if (may(view, "speak")) return speakingWords(view);
  if (view.place) return fill(gettext("Your hand is up, number %(place)s in line."), { place: number(view.place) });
  const closed = closedWords(view);
  if (closed && may(view, "raise_hand")) return closed;
  return may(view, "raise_hand") ? gettext("Raise your hand to speak.") : gettext("Log in to speak and to react.");
}

/** @param {View} view */
function speakingWords({ voice }) {
  if (voice === "air") return gettext("Your microphone is on. The room hears you.");
  if (voice === "muted") return gettext("You are on stage, muted.");
  if (voice === "connecting" || voice === "reconnecting") return gettext("Your microphone is being connected.");
  return gettext("You are on stage. The room does not hear you.");
}
