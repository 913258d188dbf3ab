/** Why no hand can go up, and the dialog in which hosts change that. */

import { byId, maybeSlot, say, slot } from "../../site/js/parts.js";
import { toast } from "../../site/js/toast.js";
import { gettext } from "../../site/js/words.js";
import { may } from "./view.js";

/** @typedef {import("./view.js").View} View */
/** @typedef {(button: HTMLElement, type: string, keys?: Record<string, unknown>) => Promise<boolean>} Send */

/** @param {import("./state.js").RoomState} state */
const hostOf = ({ stage }) => stage.find(({ role }) => role === "host")?.person.id;

/**
 * Why no hand can go up, as far as this page knows; empty if one can. The server has the last word. rooms/now.py says
 * the same at first.
 *
 * @param {Pick<View, "page" | "state">} view
 */
export function closedWords({ page, state }) {
  const { speak_rule: rule, hands_locked: locked } = state.room;
  if (rule === "invited") return gettext("Here hosts invite who speaks.");
  // Whom another host than the page's follows is not known here.
  const stranger = !page.followed_by_host && hostOf(page.state) === hostOf(state);
  if (rule === "followed" && stranger) return gettext("People whom the host follows may raise a hand.");
  return locked ? gettext("No more hands can go up just now.") : "";
}

/**
 * What the queue says of its rules: to hosts what is closed, to listeners why they cannot join it.
 *
 * @param {View} view
 */
export function ruleWords(view) {
  const { room } = view.state;
  const hosts = may(view, "lock_hands");
  if (room.stage_locked) return gettext("The stage is locked. Nobody comes up for now.");
  if (!hosts) return may(view, "raise_hand") && !view.place ? closedWords(view) : "";
  if (room.speak_rule === "invited") return gettext("Hands are closed: you invite who speaks.");
  if (room.hands_locked) return gettext("No more hands can go up just now.");
  return room.speak_rule === "followed" ? gettext("People whom the host follows may raise a hand.") : "";
}

/**
 * @param {() => View} now
 * @param {Send} send
 */
export function startSpeakingRules(now, send) {
  const dialog = byId("stage-rules");
  dialog.addEventListener("change", async ({ target }) => {
    const input = /** @type {HTMLInputElement} */ (target);
    if (input.name === "speak-rule") await send(input, "stage.rule", { rule: input.value });
    else if (input.dataset.slot === "lock-hands") await send(input, "hands.lock", { locked: input.checked });
    else if (input.dataset.slot === "lock-stage") await send(input, "stage.lock", { locked: input.checked });
    // What was refused goes back to what holds.
    showSpeakingRules(now());
  });
  const all = slot(dialog, "mute-all");
  all.addEventListener("click", async () => {
    if (await send(all, "mic.mute_all")) toast(gettext("Everybody else is muted. Each can switch the microphone on again."));
  });
}

/** @param {View} view */
export function showSpeakingRules(view) {
  const dialog = /** @type {HTMLDialogElement} */ (byId("stage-rules"));
  const { room } = view.state;
  const door = maybeSlot(byId("more"), "stage-rules-door");
  if (door) door.hidden = !may(view, "lock_stage");
  if (dialog.open && !may(view, "lock_stage")) dialog.close();
  slot(dialog, "speak-rule").hidden = !may(view, "set_speak_rule");
  slot(dialog, "rule-words").hidden = !may(view, "set_speak_rule");
  for (const input of /** @type {NodeListOf<HTMLInputElement>} */ (dialog.querySelectorAll("[name=speak-rule]"))) {
    if (!busy(input)) input.checked = input.value === room.speak_rule;
  }
  check(slot(dialog, "lock-hands"), room.hands_locked);
  check(slot(dialog, "lock-stage"), room.stage_locked);
  slot(dialog, "mute-all").hidden = !may(view, "mute_other");
  showHost(view);
}

/** @param {HTMLElement} input */
const busy = (input) => input.getAttribute("aria-busy") === "true";

/**
 * @param {HTMLElement} input
 * @param {boolean} on
 */
function check(input, on) {
  if (!busy(input)) /** @type {HTMLInputElement} */ (input).checked = on;
}

/** Under "About": whose room it is now. @param {View} view */
function showHost({ page, state }) {
  const host = state.stage.find(({ role }) => role === "host")?.person;
  const link = slot(byId("sheet"), "about-host");
  if (!host) return;
  say(link, host.name);
  link.setAttribute("href", page.profile.replace("HANDLE", encodeURIComponent(host.handle)));
}
