/** Everybody who is here, in the sheet. */

import { byId, fillList, mark, say, showPortrait, slot } from "../../site/js/parts.js";
import { toast } from "../../site/js/toast.js";
import { listeners, listening, may } from "./view.js";
import { number } from "../../site/js/formats.js";
import { fill, gettext, ngettext } from "../../site/js/words.js";
import { roleWord } from "./room_words.js";

/** @typedef {import("./view.js").View} View */

/** Beyond the sample: read from the server when asked for, as it was then. */
/** @type {import("./state.js").Person[]} */
let beyond = [];
/** @type {number | null} */
let next = 0;

/**
 * Let the button under the list read the next page of it.
 *
 * @param {() => View} now
 */
export function startPeople(now) {
  const button = slot(byId("sheet"), "show-more");
  button.addEventListener("click", async () => {
    const shown = listeners(now(), beyond).length;
    button.setAttribute("aria-busy", "true");
    try {
      await readOn(now, shown);
    } catch {
      toast(gettext("The list did not come. Try again in a moment."));
    }
    button.removeAttribute("aria-busy");
    const focused = document.activeElement === button;
    showPeople(now());
    if (focused && button.hidden) rowAt(shown)?.focus();
  });
}

/**
 * Read until somebody came who was not shown: the first pages may repeat the sample.
 *
 * @param {() => View} now
 * @param {number} shown
 */
async function readOn(now, shown) {
  do {
    const response = await fetch(`${now().page.people}?from=${next ?? 0}`);
    if (!response.ok) throw new Error(String(response.status));
    const page = await response.json();
    beyond = [...beyond, ...page.people];
    next = page.next;
  } while (next !== null && listeners(now(), beyond).length <= shown);
}

/** @param {number} index @returns {HTMLElement | null} */
function rowAt(index) {
  const rows = slot(byId("sheet"), "in-audience").children;
  return (rows[index] ?? rows[rows.length - 1])?.querySelector("button") ?? null;
}

/** Whom the list shows beyond the sample. */
export const readBeyond = () => beyond;

/** @param {View} view */
export function showPeople(view) {
  const sheet = byId("sheet");
  const seated = view.seats.map(({ person, role }) => ({ person, what: roleWord(role), invitable: false }));
  say(slot(sheet, "stage-count"), `${number(seated.length)} / ${number(view.page.stage_limit)}`);
  showRoll(slot(sheet, "on-stage"), view, seated);
  say(slot(sheet, "listening-count"), number(listening(view)));
  showRoll(slot(sheet, "in-audience"), view, listeners(view, beyond).map((person) => listenerOf(view, person)));
  say(slot(sheet, "more"), moreWords(view));
  slot(sheet, "show-more").hidden = next === null || unseen(view) <= 0;
}

/**
 * @param {View} view
 * @param {import("./state.js").Person} person
 */
function listenerOf(view, person) {
  const invited = view.state.invited.some((entry) => entry.person.id === person.id);
  const raised = view.state.hands.some((entry) => entry.person.id === person.id);
  const what = invited ? gettext("asked on stage") : raised ? gettext("hand raised") : "";
  const invitable = may(view, "invite") && !invited && !raised;
  return { person, what, invitable };
}

/**
 * @param {HTMLElement} list
 * @param {View} view
 * @param {{person: import("./state.js").Person, what: string, invitable: boolean}[]} people
 */
function showRoll(list, view, people) {
  fillList(list, "roll", people, ({ person }) => person.id, (row, { person, what, invitable }) => {
    showPortrait(row, person);
    say(slot(row, "name"), person.id === view.you?.id ? gettext("You") : person.name);
    say(slot(row, "what"), what);
    const invite = slot(row, "invite");
    invite.hidden = !invitable;
    mark(invite, "aria-label", fill(gettext("Invite %(name)s on stage"), { name: person.name }));
  });
}

/** @param {View} view how many people with an account the list does not show */
const unseen = (view) => listening(view) - (view.audience?.guests ?? 0) - listeners(view, beyond).length;

/** @param {View} view */
function moreWords(view) {
  if (!view.audience) return "";
  const { guests } = view.audience;
  const left = unseen(view);
  const words = [];
  if (left > 0) words.push(fill(ngettext("and %(count)s more", "and %(count)s more", left), { count: number(left) }));
  if (guests > 0) {
    const people = ngettext("%(count)s person without an account", "%(count)s people without an account", guests);
    words.push(fill(people, { count: number(guests) }));
  }
  return words.join(", ");
}
