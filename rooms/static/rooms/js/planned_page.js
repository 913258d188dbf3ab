/**
 * The page of a room that has not begun: follows its socket, without sound. Whatever changes of the room, its time, its
 * doors, its beginning, is shown by fetching the page anew, in the language and by the clock of whoever looks; how many
 * wait is told with each pulse.
 */

import { number } from "../../site/js/formats.js";
import { byId, maybeSlot, say } from "../../site/js/parts.js";
import { fill, gettext, ngettext } from "../../site/js/words.js";
import { showAnew } from "./page_anew.js";
import { RoomProtocol } from "./protocol.js";
import { share } from "./share.js";

/** When very many wait, they do not all ask for the page in the same moment: so many a millisecond do. */
const PER_MS = 0.5;
const MOST_MS = 4_000;

/**
 * @typedef {import("./state.js").RoomState} RoomState
 * @typedef {import("./view.js").PageData & {host: string}} Planned
 */

/**
 * @param {HTMLElement} page
 * @param {AbortSignal} signal
 */
export function startPlanned(page, signal) {
  /** @type {Planned} */
  const data = JSON.parse(byId("planned-data").textContent ?? "");
  const { socket, seq, state, host, still } = data;
  const button = maybeSlot(page, "share");
  if (button) {
    button.hidden = false;
    button.addEventListener("click", () => void share(page.querySelector("h1")?.textContent ?? ""), { signal });
  }
  if (still) return;
  const address = new URL(socket, location.href);
  address.protocol = address.protocol.replace("http", "ws");
  const protocol = new RoomProtocol(address.href, { seq, state });
  const shown = shownOf(state);
  let asked = false;
  const look = () => {
    if (asked || signal.aborted) return;
    if (shownOf(protocol.state) === shown && protocol.phase !== "gone") return;
    asked = true;
    const timer = setTimeout(showAnew, Math.random() * Math.min(MOST_MS, waiting(protocol, host) / PER_MS));
    signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  };
  protocol.addEventListener("change", look, { signal });
  protocol.addEventListener("phase", look, { signal });
  protocol.addEventListener("pulse", () => {
    const words = maybeSlot(page, "waiting");
    if (words) say(words, waitingWords(waiting(protocol, host)));
  }, { signal });
  const wake = () => protocol.wake();
  addEventListener("pageshow", wake, { signal });
  addEventListener("online", wake, { signal });
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && wake(), { signal });
  signal.addEventListener("abort", () => protocol.stop(), { once: true });
  if (document.getElementById("chat")) {
    void import("./lobby.js").then(({ startLobby }) => signal.aborted || startLobby(data, protocol, signal));
  }
  protocol.start();
}

/** What the page says of the room; how its chat works is shown without fetching it anew. @param {RoomState} state */
const shownOf = ({ room: { chat_open: _open, chat_slow: _slow, ...fields } }) =>
  JSON.stringify(Object.entries(fields).sort(([one], [other]) => (one < other ? -1 : 1)));

/**
 * How many are there and wait, but for the host.
 *
 * @param {RoomProtocol} protocol
 * @param {string} host
 */
function waiting({ audience }, host) {
  if (!audience) return 0;
  return Math.max(0, audience.people + audience.guests - (audience.away.includes(host) ? 0 : 1));
}

/** @param {number} count */
const waitingWords = (count) =>
  count
    ? fill(ngettext("%(count)s person is waiting", "%(count)s people are waiting", count), { count: number(count) })
    : gettext("Nobody is waiting yet");
