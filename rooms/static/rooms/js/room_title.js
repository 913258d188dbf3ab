/** What the room says of itself, as its host may change it while it is live. */

import { byId, say, slot } from "../../site/js/parts.js";

/** @param {import("./view.js").View} view */
export function showTitle({ state }) {
  const { title, description } = state.room;
  if (!title) return;
  say(slot(byId("stage"), "title"), title);
  say(slot(byId("about"), "about-title"), title);
  const words = slot(byId("about"), "about-words");
  say(words, description);
  words.hidden = !description;
  const page = `${title} · Causerie`;
  if (document.title !== page) document.title = page;
}
