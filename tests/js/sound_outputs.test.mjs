/** Devices to choose from, and the loudspeaker that was chosen, wherever it went. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { choicesOf, findDevice } from "../../rooms/static/rooms/js/devices.js";
import { Outputs } from "../../rooms/static/rooms/js/outputs.js";
import { settle } from "./audio_fakes.mjs";

const input = (deviceId, label) => ({ kind: "audioinput", deviceId, label });
const output = (deviceId, label) => ({ kind: "audiooutput", deviceId, label });
const PRESENT = [
  input("default", "Default - Built-in"), input("communications", "Communications - Headset"), input("m1", "Built-in"),
  input("m2", "Headset"), output("default", "Default - Speakers"), output("o1", "Speakers"), output("o2", "Headset"),
  { kind: "videoinput", deviceId: "v1", label: "Camera" },
];

test("what the system has chosen is not offered twice", () => {
  assert.deepEqual(choicesOf(PRESENT, "audioinput"), [{ id: "m1", name: "Built-in" }, { id: "m2", name: "Headset" }]);
  assert.deepEqual(choicesOf(PRESENT, "audiooutput"), [{ id: "o1", name: "Speakers" }, { id: "o2", name: "Headset" }]);
});

test("before the microphone is allowed there is nothing to choose from", () => {
  assert.deepEqual(choicesOf([input("", ""), output("", "")], "audioinput"), []);
});

for (const [wish, found] of [
  [{ id: "", name: "" }, null], [{ id: "m2", name: "" }, "m2"], [{ id: "old", name: "Headset" }, "m2"],
  [{ id: "m1", name: "Headset" }, "m1"], [{ id: "old", name: "" }, null], [{ id: "old", name: "Gone" }, null],
]) {
  test(`a wish for ${wish.id || "nothing"} called ${wish.name || "nothing"} finds ${found}`, () => {
    assert.equal(findDevice(PRESENT, "audioinput", wish)?.id ?? null, found);
  });
}

/** Two players, and loudspeakers that come and go. */
function outputs(wish) {
  const devices = new EventTarget();
  const all = { present: PRESENT, played: [], told: [] };
  devices.enumerateDevices = async () => all.present;
  const player = {
    setSinkId: async (id) => {
      if (id && !all.present.some(({ deviceId }) => deviceId === id)) throw new DOMException("", "NotFoundError");
      all.played.push(id);
    },
  };
  const made = new Outputs({ devices, players: [player, player], wish: () => wish, signal: new AbortController().signal });
  made.addEventListener("missed", ({ detail }) => all.told.push(`missed ${detail}`));
  made.addEventListener("returned", ({ detail }) => all.told.push(`returned ${detail}`));
  all.plug = async (present) => {
    all.present = present;
    devices.dispatchEvent(new Event("devicechange"));
    await settle();
  };
  return { ...all, all, made };
}

test("every player plays through what is wished", async () => {
  const { made, played, told } = outputs({ id: "o2", name: "Headset" });
  assert.deepEqual([await made.apply(), played, told], [true, ["o2", "o2"], []]);
});

test("a new id of the same name is known", async () => {
  const { made, played } = outputs({ id: "old", name: "Headset" });
  assert.deepEqual([await made.apply(), played], [true, ["o2", "o2"]]);
});

test("gone, the system's own plays and it is said once; back, it plays again", async () => {
  const { all, made, played, told } = outputs({ id: "o2", name: "Headset" });
  await made.apply();
  played.length = 0;
  await all.plug([output("o1", "Speakers")]);
  await all.plug([output("o1", "Speakers"), input("m1", "Built-in")]);
  assert.deepEqual([played, told], [["", "", "", ""], ["missed Headset"]]);
  played.length = 0;
  await all.plug(PRESENT);
  assert.deepEqual([played, told], [["o2", "o2"], ["missed Headset", "returned Headset"]]);
});

test("where the browser lets nobody choose, nothing happens", async () => {
  const made = new Outputs({
    devices: undefined, players: [{}], wish: () => ({ id: "o2", name: "Headset" }), signal: new AbortController().signal,
  });
  assert.equal(await made.apply(), false);
});
