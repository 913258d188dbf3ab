/** Asking people whom one follows in: a search, who is here already, and whom the room lets in by name. */

import { byId, fillList, mark, say, showPortrait, slot } from "../../site/js/parts.js";
import { fill, gettext } from "../../site/js/words.js";
import { may } from "./view.js";

/**
 * @typedef {import("./visit.js").RoomVisit} RoomVisit
 * @typedef {import("./state.js").Person} Person
 * @typedef {{person: Person, state: "here" | "asked" | "", invited: boolean}} Row
 */

const PAUSE_MS = 250;

/**
 * @param {RoomVisit} visit
 * @param {AbortSignal} signal
 */
export function startPing(visit, signal) {
  const dialog = /** @type {HTMLDialogElement | null} */ (document.getElementById("ping"));
  if (!dialog) return;
  const search = /** @type {HTMLInputElement} */ (slot(dialog, "search"));
  const sheet = new PingSheet(visit, dialog);
  /** @type {any} */
  let later = null;
  search.addEventListener("input", () => {
    clearTimeout(later);
    later = setTimeout(() => void sheet.read(search.value), PAUSE_MS);
  });
  for (const door of document.querySelectorAll("[data-dialog=ping]")) {
    door.addEventListener("click", () => {
      search.value = "";
      void sheet.read("");
    }, { signal });
  }
  dialog.addEventListener("click", (event) => void sheet.click(event));
}

class PingSheet {
  #visit;
  #dialog;
  #asked = 0;
  /** @type {Row[]} */
  #rows = [];
  /** @type {Person[]} */
  #invited = [];

  /**
   * @param {RoomVisit} visit
   * @param {HTMLElement} dialog
   */
  constructor(visit, dialog) {
    this.#visit = visit;
    this.#dialog = dialog;
  }

  /** Ask the server; what comes after a newer question counts no more. @param {string} text */
  async read(text) {
    const number = ++this.#asked;
    mark(this.#dialog, "aria-busy", "true");
    let words = "";
    try {
      const response = await fetch(`${this.#visit.page.ping}?q=${encodeURIComponent(text)}`);
      if (!response.ok) throw new Error(String(response.status));
      const found = await response.json();
      if (number !== this.#asked) return;
      [this.#rows, this.#invited] = [found.people, found.invited];
      if (!this.#rows.length) {
        words = text
          ? gettext("Nobody you follow, and may ask in, is called so.")
          : gettext("Here stand people you follow, once you follow some.");
      }
    } catch {
      if (number !== this.#asked) return;
      words = gettext("The list did not come. Try again in a moment.");
    }
    this.#dialog.removeAttribute("aria-busy");
    this.#show(words);
  }

  /** @param {MouseEvent} event */
  async click({ target }) {
    const button = /** @type {HTMLElement | null} */ (/** @type {Element} */ (target).closest("[data-ask]"));
    const id = /** @type {HTMLElement | null} */ (button?.closest("[data-key]"))?.dataset.key;
    if (!button || !id) return;
    if (!(await this.#visit.send(button, button.dataset.ask ?? "", { person: id }))) return;
    const row = this.#rows.find(({ person }) => person.id === id);
    if (button.dataset.ask === "admission.withdraw") this.#invited = this.#invited.filter((one) => one.id !== id);
    else if (row) {
      row.state = "asked";
      byId("announcer").textContent = fill(gettext("%(name)s is asked in."), { name: row.person.name });
    }
    this.#show("");
  }

  /** @param {string} words what is said in the place of people */
  #show(words) {
    say(slot(this.#dialog, "words"), words);
    fillList(slot(this.#dialog, "people"), "ping-row", this.#rows, ({ person }) => person.id, showRow);
    const admits = may(this.#visit.view, "admit");
    slot(this.#dialog, "invited-part").hidden = !admits || !this.#invited.length;
    fillList(slot(this.#dialog, "invited"), "invited-row", this.#invited, ({ id }) => id, showInvited);
  }
}

/**
 * @param {HTMLElement} element
 * @param {Row} row
 */
function showRow(element, { person, state }) {
  showPortrait(element, person);
  say(slot(element, "name"), person.name);
  const words = { here: gettext("is here"), asked: gettext("asked in"), "": `@${person.handle}` };
  say(slot(element, "what"), words[state]);
  const button = slot(element, "ask");
  button.hidden = state !== "";
  mark(button, "aria-label", fill(gettext("Ask %(name)s in"), { name: person.name }));
}

/**
 * @param {HTMLElement} element
 * @param {Person} person
 */
function showInvited(element, person) {
  showPortrait(element, person);
  say(slot(element, "name"), person.name);
  mark(slot(element, "ask"), "aria-label", fill(gettext("Take the invitation of %(name)s back"), { name: person.name }));
}
