/**
 * Says who comes on the stage and who leaves it: to a screen reader, and about oneself to everybody, for it may be
 * somebody else's doing. And that the host was given a tip. Nothing else, or it would never be quiet.
 */

import { byId } from "../../site/js/parts.js";
import { toast } from "../../site/js/toast.js";
import { fill, gettext } from "../../site/js/words.js";
import { commonWords, personalWords } from "./stage_words.js";

/**
 * @param {import("./state.js").RoomEvent[]} events
 * @param {import("./state.js").RoomState} before the state before the events: it still knows who left
 * @param {import("./state.js").Person | null} you
 */
export function announce(events, before, you) {
  const tip = events.filter(({ type, seq, tip: told }) => type === "tip.put" && told.seq === seq).at(-1)?.tip;
  if (tip) void import("./tips.js").then(({ tellTip }) => tellTip(tip));
  const told = events.filter((event) => wordsOf(event, before, you));
  if (!told.length) return;
  const words = told.map((event) => wordsOf(event, before, you)).join(" ");
  if (told.some((event) => (event.person ?? event).id === you?.id || personalWords(event, before, you))) toast(words);
  else byId("announcer").textContent = words;
}

/**
 * @param {import("./state.js").RoomEvent} event
 * @param {import("./state.js").RoomState} before
 * @param {import("./state.js").Person | null} you
 */
function wordsOf(event, before, you) {
  if (event.type === "stage.joined") {
    if (event.person.id === you?.id) return gettext("You are on stage. Your microphone is off.");
    return fill(gettext("%(name)s is on stage."), { name: event.person.name });
  }
  if (event.type === "stage.host") {
    const host = before.stage.find(({ person }) => person.id === event.id);
    if (event.id === you?.id) return gettext("You are the host now.");
    return host ? fill(gettext("%(name)s is the host now."), { name: host.person.name }) : "";
  }
  if (event.type !== "stage.left") return personalWords(event, before, you) || commonWords(event, before);
  if (event.id === you?.id) return gettext("You are in the audience.");
  const left = before.stage.find(({ person }) => person.id === event.id);
  return left ? fill(gettext("%(name)s left the stage."), { name: left.person.name }) : "";
}
