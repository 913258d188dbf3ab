/** The invitation on stage, above the bar: it waits for an answer and takes no focus from what one is doing. */

import { focusBar } from "./bar.js";
import { byId } from "../../site/js/parts.js";

/** @param {import("./view.js").View} view */
export function showInvitation({ invited }) {
  const banner = byId("invitation");
  if (banner.hidden === !invited) return;
  const focused = banner.contains(document.activeElement);
  banner.hidden = !invited;
  if (focused) focusBar();
}
