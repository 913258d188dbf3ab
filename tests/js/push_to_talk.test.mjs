/** Holding to talk: silent when nothing is held, whatever comes when, and gentle with the room. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { MUTE_AFTER_MS, PushToTalk, TELL_AGAIN_MS } from "../../rooms/static/rooms/js/push_to_talk.js";
import { refusal, settle } from "./audio_fakes.mjs";
import { FakeClock } from "./fakes.mjs";

/** A microphone, and a room whose answers wait until `answer` is called, unless `prompt`. */
function talk({ prompt = true } = {}) {
  const clock = new FakeClock();
  const all = { clock, open: false, roomMuted: true, told: [], seen: [], refuse: null, answers: [], microphone: null };
  const audio = {
    takeAir: async () => {
      if (all.microphone && !(await all.microphone)) return false;
      return (all.open = true);
    },
    mute: () => void (all.open = false),
  };
  const tell = async (type) => {
    all.told.push(type);
    if (!prompt) await new Promise((resolve) => all.answers.push(resolve));
    const error = all.refuse;
    all.refuse = null;
    if (error) throw error;
    all.roomMuted = type === "mic.mute";
  };
  all.key = new PushToTalk({ audio, tell, isMuted: () => all.roomMuted, clock });
  all.key.addEventListener("problem", () => all.seen.push("problem"));
  all.key.addEventListener("refused", ({ detail }) => all.seen.push(detail.code));
  /** Let the room answer what it was told first. */
  all.answer = async () => {
    all.answers.shift()();
    await settle();
  };
  all.press = async () => {
    all.key.press();
    await settle();
  };
  return all;
}

test("held it is open, let go it is silent at once and the room told after a pause", async () => {
  const all = talk();
  await all.press();
  assert.deepEqual([all.open, all.key.held, all.told], [true, true, ["mic.unmute"]]);
  all.key.release();
  assert.deepEqual([all.open, all.key.held], [false, false]);
  all.clock.pass(MUTE_AFTER_MS - 1);
  await settle();
  assert.deepEqual(all.told, ["mic.unmute"]);
  all.clock.pass(1);
  await settle();
  assert.deepEqual([all.told, all.open], [["mic.unmute", "mic.mute"], false]);
});

test("thirty quick taps are one word at the beginning and one at the end", async () => {
  const all = talk();
  for (let tap = 0; tap < 30; tap += 1) {
    await all.press();
    assert.equal(all.open, true);
    all.clock.pass(60);
    all.key.release();
    assert.equal(all.open, false);
    all.clock.pass(MUTE_AFTER_MS - 1);
    await settle();
  }
  all.clock.pass(1);
  await settle();
  assert.deepEqual(all.told, ["mic.unmute", "mic.mute"]);
});

test("the slowest taps that are told each time stay under what the server counts", async () => {
  const all = talk();
  const began = all.clock.now();
  for (let tap = 0; tap < 20; tap += 1) {
    await all.press();
    all.key.release();
    all.clock.pass(MUTE_AFTER_MS);
    await settle();
  }
  assert.equal(all.told.length, 40);
  assert.equal((all.told.length * 1_000) / (all.clock.now() - began), 5);
});

test("one command at a time: let go before the room has answered, it is told so afterwards", async () => {
  const all = talk({ prompt: false });
  await all.press();
  all.key.release();
  all.clock.pass(MUTE_AFTER_MS * 3);
  await settle();
  assert.deepEqual([all.open, all.told], [false, ["mic.unmute"]]);
  await all.answer();
  all.clock.pass(MUTE_AFTER_MS);
  await settle();
  assert.deepEqual(all.told, ["mic.unmute", "mic.mute"]);
  await all.answer();
  assert.deepEqual([all.roomMuted, all.open], [true, false]);
});

test("let go and pressed again before the answer, it is open and stays so", async () => {
  const all = talk({ prompt: false });
  await all.press();
  all.key.release();
  await all.press();
  await all.answer();
  all.clock.pass(MUTE_AFTER_MS * 3);
  await settle();
  assert.deepEqual([all.open, all.told], [true, ["mic.unmute"]]);
});

test("pressed again while the room is told of silence, it is told of speech next", async () => {
  const all = talk({ prompt: false });
  await all.press();
  await all.answer();
  all.key.release();
  all.clock.pass(MUTE_AFTER_MS);
  await settle();
  await all.press();
  assert.deepEqual(all.told, ["mic.unmute", "mic.mute"]);
  await all.answer();
  assert.deepEqual(all.told, ["mic.unmute", "mic.mute", "mic.unmute"]);
  await all.answer();
  assert.deepEqual([all.open, all.roomMuted], [true, false]);
});

test("let go while the browser asks for the microphone: it is never left open", async () => {
  const all = talk();
  let allow = () => undefined;
  all.microphone = new Promise((resolve) => (allow = resolve));
  await all.press();
  all.key.release();
  allow(true);
  await settle();
  all.clock.pass(MUTE_AFTER_MS);
  await settle();
  assert.deepEqual([all.open, all.told, all.seen], [false, [], []]);
});

test("without a microphone nothing is held, and that is said", async () => {
  const all = talk();
  all.microphone = Promise.resolve(false);
  await all.press();
  assert.deepEqual([all.key.held, all.told, all.seen], [false, [], ["problem"]]);
});

test("what the room refuses is said, and silent", async () => {
  const all = talk();
  all.refuse = refusal("consent_refused");
  await all.press();
  assert.deepEqual([all.key.held, all.open, all.seen], [false, false, ["consent_refused"]]);
  await all.press();
  assert.deepEqual([all.open, all.told], [true, ["mic.unmute", "mic.unmute"]]);
});

for (const code of ["timeout", "too_fast", "unavailable"]) {
  test(`that I am silent is told again if the room answers ${code}`, async () => {
    const all = talk();
    await all.press();
    all.key.release();
    all.refuse = refusal(code);
    all.clock.pass(MUTE_AFTER_MS);
    await settle();
    all.clock.pass(TELL_AGAIN_MS - 1);
    await settle();
    assert.equal(all.told.length, 2);
    all.clock.pass(1);
    await settle();
    assert.deepEqual([all.told, all.roomMuted], [["mic.unmute", "mic.mute", "mic.mute"], true]);
  });
}

for (const code of ["disconnected", "not_on_stage", "forbidden"]) {
  test(`that I am silent is told once if the room answers ${code}`, async () => {
    const all = talk();
    await all.press();
    all.key.release();
    all.refuse = refusal(code);
    all.clock.pass(MUTE_AFTER_MS);
    await settle();
    all.clock.pass(TELL_AGAIN_MS * 10);
    await settle();
    assert.equal(all.told.length, 2);
  });
}

test("muted by somebody else while held: silent, and the next press tells anew", async () => {
  const all = talk();
  await all.press();
  all.roomMuted = true;
  all.key.drop();
  assert.deepEqual([all.open, all.key.held], [false, false]);
  all.clock.pass(MUTE_AFTER_MS);
  await settle();
  assert.deepEqual(all.told, ["mic.unmute"]);
  await all.press();
  assert.deepEqual([all.open, all.told], [true, ["mic.unmute", "mic.unmute"]]);
});

test("opened by the switch before, a hold tells nothing new, and letting go closes it", async () => {
  const all = talk();
  all.roomMuted = false;
  all.open = true;
  await all.press();
  assert.deepEqual(all.told, []);
  all.key.release();
  all.clock.pass(MUTE_AFTER_MS);
  await settle();
  assert.deepEqual([all.told, all.open], [["mic.mute"], false]);
});

test("a second press or release of the same changes nothing", async () => {
  const all = talk();
  await all.press();
  await all.press();
  all.key.release();
  all.key.release();
  all.clock.pass(MUTE_AFTER_MS);
  await settle();
  assert.deepEqual(all.told, ["mic.unmute", "mic.mute"]);
});
