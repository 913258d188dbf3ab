/** The offer of the room, above the bar: to the host who made it, and to whom it was made. */

import { focusBar } from "./bar.js";
import { byId, say, slot } from "../../site/js/parts.js";
import { fill, gettext } from "../../site/js/words.js";
import { may } from "./view.js";

/** @typedef {import("./view.js").View} View */

/** @param {View} view */
export function showHandover(view) {
  const banner = byId("handover");
  const { offered_to: id } = view.state.room;
  const offered = view.state.stage.find(({ person }) => person.id === id)?.person;
  const mine = offered !== undefined && offered.id === view.you?.id;
  const shown = offered !== undefined && (mine || may(view, "hand_over"));
  const focused = banner.contains(document.activeElement);
  banner.hidden = !shown;
  if (!shown) {
    if (focused) focusBar();
    return;
  }
  const host = view.state.stage.find(({ role }) => role === "host")?.person.name ?? "";
  say(slot(banner, "title"), mine
    ? fill(gettext("%(name)s offers you this room"), { name: host })
    : fill(gettext("You have offered the room to %(name)s"), { name: offered.name }));
  say(slot(banner, "words"), mine
    ? fill(gettext("You would be its host. %(name)s stays on stage."), { name: host })
    : gettext("It stays yours until they take it."));
  slot(banner, "take").hidden = !mine;
  slot(banner, "decline").hidden = !mine;
  slot(banner, "withdraw").hidden = mine;
}
