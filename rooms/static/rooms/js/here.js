/** Where I am: in at most one room at a time, wherever on the site; in the same one after the window is loaded anew. */

import { toast } from "../../site/js/toast.js";
import { fill, gettext } from "../../site/js/words.js";
import { RoomVisit } from "./visit.js";

/** @typedef {import("./view.js").PageData} PageData */

const KEY = "causerie.room";

/** @type {RoomVisit | null} */
let visit = null;

/** It dispatches `change` when another room, or none, is the one that I am in. */
export const here = new EventTarget();

export const currentVisit = () => visit;

/**
 * Be in this room; another one is left behind, and what one held there with it.
 *
 * @param {PageData} page
 */
export function enter(page) {
  if (visit?.page.id === page.id) return visit;
  if (visit) void visit.leave();
  const again = remembered() === page.address;
  const entered = new RoomVisit(page);
  visit = entered;
  sessionStorage.setItem(KEY, page.address);
  entered.addEventListener("over", () => forget(entered), { once: true });
  here.dispatchEvent(new Event("change"));
  entered.start(again);
  return entered;
}

/** Leave the room that I am in; whoever did not mean it may come back at once. */
export async function leave() {
  const left = visit;
  if (!left) return;
  const { title, address } = left.page;
  const held = left.holds;
  forget(left);
  await left.leave();
  if (!held) return;
  toast(fill(gettext("You have left “%(title)s”."), { title }), {
    label: gettext("Come back"),
    act: () => location.assign(address),
  });
}

/** @param {RoomVisit} former */
function forget(former) {
  if (visit !== former) return;
  visit = null;
  sessionStorage.removeItem(KEY);
  here.dispatchEvent(new Event("change"));
}

/** The room that this window was in before it was loaded anew. */
export const remembered = () => sessionStorage.getItem(KEY);

/** Go back into that room, though another page is shown. */
export async function rejoin() {
  const address = remembered();
  if (!address || visit) return;
  const response = await fetch(address, { headers: { Accept: "application/json" } });
  // It has ended meanwhile, or is closed to me now.
  if (!response.ok) sessionStorage.removeItem(KEY);
  else if (!visit) enter(await response.json());
}
