/** What the system is told: what kind of sound, whether the screen stays on, what the lock screen shows. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { setSession, tellSession } from "../../rooms/static/rooms/js/audio_session.js";
import {
  LockScreen, NAMED_MS, SILENT_MS, Talker, aboutRoom, playbackOf,
} from "../../rooms/static/rooms/js/media_session.js";
import { Microphone } from "../../rooms/static/rooms/js/microphone.js";
import { StageLight } from "../../rooms/static/rooms/js/wake_lock.js";
import { RoomAudio } from "../../rooms/static/rooms/js/audio.js";
import { FakeProtocol, fakeBrowser, settle } from "./audio_fakes.mjs";

test("listening alone is playback and never asks for a microphone", async () => {
  const { browser, devices } = fakeBrowser();
  const session = { type: "auto" };
  const audio = new RoomAudio(new FakeProtocol(), browser);
  tellSession(audio.microphone, session);
  setSession(session);
  audio.listen();
  await settle();
  assert.deepEqual([session.type, devices.asked], ["playback", []]);
});

test("sound goes both ways from the question for the microphone until it is let go", async () => {
  const { browser, devices } = fakeBrowser();
  const session = { type: "auto" };
  const [one, other] = [new Microphone(browser), new Microphone(browser)];
  for (const microphone of [one, other]) tellSession(microphone, session);
  let asked = "";
  const ask = devices.getUserMedia.bind(devices);
  devices.getUserMedia = (wanted) => {
    asked = session.type;
    return ask(wanted);
  };
  await one.open();
  assert.deepEqual([asked, session.type], ["play-and-record", "play-and-record"]);
  await other.open();
  one.close();
  assert.equal(session.type, "play-and-record");
  other.close();
  assert.equal(session.type, "playback");
});

test("a refused microphone leaves playback", async () => {
  const { browser, devices } = fakeBrowser();
  const session = { type: "playback" };
  const microphone = new Microphone(browser);
  tellSession(microphone, session);
  devices.answers = ["NotAllowedError"];
  await microphone.open();
  assert.equal(session.type, "playback");
});

/** A window that can be hidden, and locks that the browser takes back then. */
function screen({ refuses = false } = {}) {
  const window = Object.assign(new EventTarget(), { visibilityState: "visible" });
  const life = new AbortController();
  const held = [];
  const locks = {
    request: async () => {
      if (refuses) throw new DOMException("", "NotAllowedError");
      const lock = { released: false, release: async () => void (lock.released = true) };
      held.push(lock);
      return lock;
    },
  };
  const show = async (visibilityState) => {
    window.visibilityState = visibilityState;
    if (visibilityState === "hidden") for (const lock of held) lock.released = true;
    window.dispatchEvent(new Event("visibilitychange"));
    await settle();
  };
  const light = new StageLight({ locks, window, signal: life.signal });
  return { light, life, show, held, on: () => held.filter(({ released }) => !released).length };
}

test("the screen stays on while it is wanted, and only then", async () => {
  const { light, held, on } = screen();
  await settle();
  assert.equal(held.length, 0);
  light.keep(true);
  light.keep(true);
  await settle();
  assert.deepEqual([held.length, on()], [1, 1]);
  light.keep(false);
  assert.equal(on(), 0);
});

test("hidden it is lost, seen again it is asked for again", async () => {
  const { light, show, held, on } = screen();
  light.keep(true);
  await settle();
  await show("hidden");
  assert.deepEqual([held.length, on()], [1, 0]);
  await show("visible");
  assert.deepEqual([held.length, on()], [2, 1]);
  light.keep(false);
  await show("hidden");
  await show("visible");
  assert.equal(held.length, 2);
});

test("what is given after it is not wanted any more is given back", async () => {
  const { light, on, held } = screen();
  light.keep(true);
  light.keep(false);
  await settle();
  assert.deepEqual([held.length, on()], [1, 0]);
});

test("the end of the visit lets the screen go; a low battery or an old browser never had it", async () => {
  const { light, life, on } = screen();
  light.keep(true);
  await settle();
  life.abort();
  assert.equal(on(), 0);
  const refused = screen({ refuses: true });
  refused.light.keep(true);
  await settle();
  assert.equal(refused.held.length, 0);
  const window = Object.assign(new EventTarget(), { visibilityState: "visible" });
  new StageLight({ locks: undefined, window, signal: life.signal }).keep(true);
});

const person = (id, portrait = `/p/${id}.svg`) => ({ id, name: id.toUpperCase(), handle: id, portrait });
const seat = (id) => ({ person: person(id), role: "speaker", muted: false });
const VIEW = {
  page: { title: "Chess, out loud" }, seats: [seat("ada"), seat("ben")], hearing: "on", paused: false, tap: false,
  voice: "muted",
};
const ARTWORK = [{ src: "/p/ada.svg", sizes: "any", type: "image/svg+xml" }];

test("the room, who talks, the host's face", () => {
  assert.deepEqual(aboutRoom(VIEW, "ben"), { title: "Chess, out loud", artist: "BEN", artwork: ARTWORK });
  assert.deepEqual(aboutRoom(VIEW, ""), { title: "Chess, out loud", artist: "ADA", artwork: ARTWORK });
  assert.deepEqual(aboutRoom(VIEW, "gone").artist, "ADA");
  assert.deepEqual(aboutRoom({ ...VIEW, seats: [] }, ""), { title: "Chess, out loud", artist: "", artwork: [] });
});

test("a photograph says its own size", () => {
  const seats = [{ person: person("ada", "/media/ada.webp"), role: "host", muted: false }];
  assert.deepEqual(aboutRoom({ ...VIEW, seats }, "").artwork, [{ src: "/media/ada.webp" }]);
});

for (const [what, view, state] of [
  ["heard", {}, "playing"], ["on its way", { hearing: "connecting" }, "playing"],
  ["dropped", { hearing: "reconnecting" }, "playing"], ["silenced", { paused: true, hearing: "off" }, "paused"],
  ["waiting for a tap", { tap: true, hearing: "off" }, "none"], ["heard elsewhere", { hearing: "elsewhere" }, "none"],
]) {
  test(`a room that is ${what} is ${state}`, () => assert.equal(playbackOf({ ...VIEW, ...view }), state));
}

test("whoever talks is named, nobody for less than a moment, the host again after silence", () => {
  const talker = new Talker();
  const hear = (levels, now) => {
    talker.hear(new Map(Object.entries(levels)), now);
    return talker.id;
  };
  assert.equal(hear({}, 0), "");
  assert.equal(hear({ ada: 0.3, ben: 0.8 }, 100), "ben");
  assert.equal(hear({ ada: 0.9 }, 99 + NAMED_MS), "ben");
  assert.equal(hear({ ada: 0.9 }, 100 + NAMED_MS), "ada");
  assert.equal(hear({}, 99 + NAMED_MS + SILENT_MS), "ada");
  assert.equal(hear({}, 100 + NAMED_MS + SILENT_MS), "");
});

/** The system's own controls. */
function lockScreen() {
  const done = [];
  const session = {
    metadata: null,
    playbackState: "none",
    made: 0,
    handlers: {},
    setActionHandler(name, handler) {
      if (name === "togglemicrophone") throw new TypeError(name);
      this.handlers[name] = handler;
    },
    setMicrophoneActive: (active) => done.push(active),
  };
  const deeds = { play: () => done.push("play"), hangup: () => done.push("hangup"), togglemicrophone: () => undefined };
  const make = (about) => {
    session.made += 1;
    return about;
  };
  return { session, done, screen: new LockScreen({ session, make, deeds }) };
}

test("controls work, those that a browser does not know are left out", () => {
  const { session, done } = lockScreen();
  assert.deepEqual(Object.keys(session.handlers), ["play", "hangup"]);
  session.handlers.play();
  session.handlers.hangup();
  assert.deepEqual(done, ["play", "hangup"]);
});

test("what is shown is made anew only when it differs", () => {
  const { session, screen, done } = lockScreen();
  screen.show(VIEW, "");
  screen.show({ ...VIEW, voice: "air" }, "");
  assert.deepEqual([session.made, session.playbackState, done], [1, "playing", [false, true]]);
  screen.show(VIEW, "ben");
  assert.deepEqual([session.made, session.metadata.artist], [2, "BEN"]);
});

test("after the visit nothing is left", () => {
  const { session, screen } = lockScreen();
  screen.show(VIEW, "");
  screen.clear();
  assert.deepEqual(session.handlers, { play: null, hangup: null });
  assert.deepEqual([session.metadata, session.playbackState], [null, "none"]);
});

test("a browser without such controls is left alone", () => {
  const screen = new LockScreen({ session: undefined, make: assert.fail, deeds: { play: () => undefined } });
  screen.show(VIEW, "");
  screen.clear();
});
