/** Tips for the host, among the messages of the chat and as a line that passes by. It comes with the first of them. */

import { maybeSlot, say, slot } from "../../site/js/parts.js";
import { toast } from "../../site/js/toast.js";
import { fill, gettext } from "../../site/js/words.js";
import { isShown } from "./beside.js";

/**
 * @typedef {import("./state.js").ChatEntry} ChatEntry
 * @typedef {import("./state.js").TipEntry} TipEntry
 */

/** Lines about tips come no closer together: who has many givers is not interrupted by each. */
const APART_MS = 8_000;
let toldAt = -Infinity;

/** @param {TipEntry} tip */
export function sum({ amount, currency }) {
  const written = new Intl.NumberFormat(document.documentElement.lang, { style: "currency", currency });
  const places = written.resolvedOptions().maximumFractionDigits ?? 2;
  // Our fonts lack the narrow space that French numbers have in Intl.
  return written.format(amount / 10 ** places).replaceAll("\u202f", "\u00a0");
}

/**
 * The messages with the tips among them, in order.
 *
 * @param {ChatEntry[]} messages
 * @param {TipEntry[]} tips
 * @returns {ChatEntry[]}
 */
export function withTips(messages, tips) {
  const among = tips.map((tip) => ({ ...tip, person: tip.person ?? nobody(tip), tip }));
  return [...messages, ...among].sort((one, other) => one.seq - other.seq);
}

/** Who stays unnamed has no page and no picture. @param {TipEntry} tip */
const nobody = ({ to }) => ({ id: "", handle: "", name: gettext("Somebody"), portrait: to.portrait });

/**
 * @param {HTMLElement} row
 * @param {TipEntry | undefined} tip
 */
export function showTip(row, tip) {
  row.classList.toggle("message--tip", Boolean(tip));
  row.classList.toggle("message--unnamed", Boolean(tip) && !tip?.person);
  /** @type {HTMLButtonElement} */ (slot(row, "name")).disabled = Boolean(tip) && !tip?.person;
  const line = maybeSlot(row, "tip");
  if (!line) return;
  line.hidden = !tip;
  if (tip) say(slot(line, "sum"), fill(gettext("%(sum)s for %(name)s"), { sum: sum(tip), name: tip.to.name }));
}

/** What is read out of a message or a tip. @param {ChatEntry} entry */
export function saidOf({ person, text, tip }) {
  return tip ? `${wordsOf(tip)} ${text}`.trim() : `${person.name}: ${text}`;
}

/** Let a line pass by, unless the chat shows it. @param {TipEntry} tip */
export function tellTip(tip) {
  // Elsewhere on the site there is only the dock.
  const read = document.getElementById("chat") && isShown("chat");
  if (read || performance.now() - toldAt < APART_MS) return;
  toldAt = performance.now();
  toast(wordsOf(tip));
}

/** @param {TipEntry} tip */
function wordsOf(tip) {
  const about = { sum: sum(tip), to: tip.to.name, name: tip.person?.name ?? gettext("Somebody") };
  return fill(gettext("%(name)s gives %(to)s a tip of %(sum)s."), about);
}
