/** The room page: listens to the socket and shows what it says; sends what is clicked. */

import { announce } from "./announce.js";
import { showAudience } from "./audience.js";
import { showBar } from "./bar.js";
import { startClock } from "./clock.js";
import { commander } from "./commands.js";
import { showEnd, startEnding } from "./ended.js";
import { showHands } from "./hands.js";
import { showInvitation } from "./invitation.js";
import { byId, maybeSlot, slot } from "./parts.js";
import { showPeople, startPeople } from "./people.js";
import { closePerson, openPerson, shownPerson, showPerson, startPerson } from "./person.js";
import { RoomProtocol } from "./protocol.js";
import { askForConsent, showRecording, startRecording, tellRecording } from "./recording.js";
import { share } from "./share.js";
import { startSheet } from "./sheet.js";
import { makeAudio, showSound, startSound } from "./sound.js";
import { showLine, showStage } from "./stage.js";
import { toast } from "./toast.js";
import { viewOf } from "./view.js";
import { showVoices, startVoices } from "./voices.js";

/** @typedef {import("./view.js").PageData} PageData */

/** @type {PageData} */
const page = JSON.parse(byId("page").textContent ?? "");
const address = new URL(page.socket, location.href);
address.protocol = address.protocol.replace("http", "ws");
const protocol = new RoomProtocol(address.href, { seq: page.seq, state: page.state });
askForConsent(protocol);
const send = commander(protocol);
const audio = makeAudio(protocol);
let view = viewOf(page, protocol, audio);

const SHOWS = [
  showStage, showLine, showAudience, showHands, showPeople, showBar, showSound, showRecording, showInvitation, showPerson,
  showEnd,
];

function show() {
  view = viewOf(page, protocol, audio);
  for (const part of SHOWS) part(view);
  showVoices(audio, view);
}

/** @param {HTMLElement} button a control that asks for a command in `data-do` */
async function ask(button) {
  const type = button.dataset.do ?? "";
  const ofCard = byId("person").contains(button);
  const row = /** @type {HTMLElement | null} */ (button.closest("[data-key]"));
  const id = ofCard ? shownPerson()?.id : row?.dataset.key;
  // Oneself is meant by leaving the person out.
  const person = id === view.you?.id ? undefined : id;
  const done = await send(button, type, { person, role: button.dataset.role });
  if (done && ofCard) closePerson();
}

/** @param {MouseEvent} event */
function click(event) {
  const target = /** @type {Element} */ (event.target);
  const asks = /** @type {HTMLElement | null} */ (target.closest("[data-do]"));
  const opens = /** @type {HTMLElement | null} */ (target.closest("[data-open]"));
  if (asks) void ask(asks);
  else if (opens) openPerson(view, opens.dataset.open ?? "");
}

function startBar() {
  const bar = byId("bar");
  const on = (/** @type {string} */ name, /** @type {(button: HTMLElement) => void} */ act) => {
    const button = maybeSlot(bar, name);
    button?.addEventListener("click", () => act(button));
  };
  on("hand", (button) => send(button, view.place ? "hand.lower" : "hand.raise"));
  on("step-down", (button) => send(button, "stage.leave"));
  on("share", () => share(view.state.room.title));
}

function listen() {
  let before = protocol.state;
  protocol.addEventListener("change", (event) => {
    const events = /** @type {CustomEvent} */ (event).detail;
    show();
    if (events) announce(events, before, view.you);
    tellRecording(before, view);
    before = protocol.state;
  });
  protocol.addEventListener("phase", show);
  protocol.addEventListener("pulse", show);
  protocol.addEventListener("refused", (event) => toast(/** @type {CustomEvent} */ (event).detail.message));
  addEventListener("online", () => protocol.wake());
  addEventListener("pageshow", () => protocol.wake());
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") protocol.wake();
  });
}

document.addEventListener("click", click);
startSheet();
startPerson();
startPeople(() => view);
startEnding(send);
startRecording(() => view, send);
startBar();
startSound(audio, send, show);
startVoices(audio, () => view);
startClock(slot(byId("stage"), "clock"), page.state.room.started_at);
show();
listen();
protocol.start();
setInterval(() => showHands(view), 30_000);
