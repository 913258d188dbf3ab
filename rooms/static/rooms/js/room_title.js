/** What the room says of itself, as its host may change it while it is live. */

import { byId, say, slot } from "../../site/js/parts.js";

/** @param {import("./view.js").View} view */
export function showTitle({ state, page: { topics: names = {} } }) {
  const { title, description, topics } = state.room;
  if (!title) return;
  say(slot(byId("stage"), "title"), title);
  say(slot(byId("about"), "about-title"), title);
  const words = slot(byId("about"), "about-words");
  say(words, description);
  words.hidden = !description;
  showTopics(slot(byId("about"), "topics"), topics ?? [], names);
  const page = `${title} · Causerie`;
  if (document.title !== page) document.title = page;
}

/**
 * @param {HTMLElement} list
 * @param {string[]} topics
 * @param {Record<string, string>} names
 */
function showTopics(list, topics, names) {
  const shown = topics.join(" ");
  if (list.dataset.shown === shown) return;
  list.dataset.shown = shown;
  list.hidden = !topics.length;
  list.replaceChildren(
    ...topics.map((slug) => {
      const item = document.createElement("li");
      const link = Object.assign(document.createElement("a"), { className: "topic", href: `/topics/${slug}/` });
      link.textContent = names[slug] ?? slug;
      item.append(link);
      return item;
    }),
  );
}
