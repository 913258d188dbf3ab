/** A person's card: who it is and what I may ask of them. */

import { byId, say, showPortrait, slot } from "../../site/js/parts.js";
import { apartWords } from "./blocks.js";
import { readBeyond } from "./people.js";
import { may, mayTo, roleOf } from "./view.js";
import { gettext } from "../../site/js/words.js";
import { roleWord } from "./room_words.js";

/**
 * @typedef {import("./view.js").View} View
 * @typedef {import("./state.js").Person} Person
 */

const cardOf = () => /** @type {HTMLDialogElement} */ (byId("person"));
/** @type {Person | null} */
let shown = null;

/**
 * @param {View} view
 * @param {string} id
 */
export function openPerson(view, id) {
  shown = find(view, id);
  if (!shown) return;
  showPerson(view);
  cardOf().showModal();
}

export const shownPerson = () => shown;

export const closePerson = () => cardOf().close();

export function startPerson() {
  const card = cardOf();
  shown = null;
  slot(card, "close").addEventListener("click", closePerson);
  card.addEventListener("click", (event) => {
    if (event.target === card) closePerson();
  });
  card.addEventListener("close", () => {
    shown = null;
  });
}

/** Keep an open card true. @param {View} view */
export function showPerson(view) {
  if (!shown) return;
  const card = cardOf();
  shown = find(view, shown.id) ?? shown;
  const role = roleOf(view.state, shown.id);
  showPortrait(card, shown);
  say(slot(card, "name"), shown.name);
  const facts = [`@${shown.handle}`, roleWord(role), apartWords(view.blocks, shown.id)];
  say(slot(card, "what"), facts.filter(Boolean).join(" · "));
  const profile = slot(card, "profile");
  profile.setAttribute("href", view.page.profile.replace("HANDLE", encodeURIComponent(shown.handle)));
  say(slot(profile, "profile-word"), shown.id === view.you?.id ? gettext("See your page") : gettext("See their page"));
  say(slot(card, "lower-word"), shown.id === view.you?.id ? gettext("Lower the hand") : gettext("Decline the hand"));
  const report = slot(card, "report");
  report.hidden = !view.you || shown.id === view.you.id;
  report.setAttribute("href", `${view.page.report}?person=${encodeURIComponent(shown.id)}`);
  const offered = actions(view, shown, role);
  for (const button of /** @type {NodeListOf<HTMLElement>} */ (card.querySelectorAll("[data-do]"))) {
    button.hidden = !offered.has([button.dataset.do, button.dataset.role].filter(Boolean).join(" "));
  }
}

/**
 * @param {View} view
 * @param {Person} person
 * @param {import("./view.js").Role} role
 * @returns {Set<string>}
 */
function actions(view, { id }, role) {
  const { state } = view;
  const entry = state.stage.find(({ person }) => person.id === id);
  const raised = state.hands.some(({ person }) => person.id === id);
  const invited = state.invited.some(({ person }) => person.id === id);
  const mine = id === view.you?.id;
  /** @type {[string, boolean][]} */
  const offers = [
    ["hand.accept", raised && may(view, "accept_hand")],
    ["hand.lower", raised && (mine || may(view, "lower_any_hand"))],
    ["stage.invite", !entry && !raised && !invited && !mine && may(view, "invite")],
    ["stage.uninvite", invited && may(view, "invite")],
    ["mic.mute", entry !== undefined && !entry.muted && mayTo(view, "mute_other", role)],
    ["stage.role cohost", role === "speaker" && mayTo(view, "change_role", role)],
    ["stage.role speaker", role === "cohost" && mayTo(view, "change_role", role)],
    ["handover.offer", entry !== undefined && !mine && state.room.offered_to !== id && may(view, "hand_over")],
    ["handover.withdraw", state.room.offered_to === id && may(view, "hand_over")],
    ["person.remove", !mine && mayTo(view, "remove", role)],
    ["person.ban", !mine && mayTo(view, "ban", role)],
    ["stage.remove", entry !== undefined && mayTo(view, "move_to_audience", role)],
  ];
  return new Set(offers.filter(([, offered]) => offered).map(([name]) => name));
}

/**
 * @param {View} view
 * @param {string} id
 * @returns {Person | null}
 */
function find({ state, audience }, id) {
  const entries = [...state.stage, ...state.hands, ...state.invited, ...state.chat, ...state.board].map(({ person }) => person);
  return [...entries, ...(audience?.sample ?? []), ...readBeyond()].find((person) => person.id === id) ?? null;
}
