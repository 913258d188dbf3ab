/** The microphone: asked for in time, changed when pulled out, let go when not needed. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { HANDOVER_MS, Microphone, RELEASE_MS } from "../../rooms/static/rooms/js/microphone.js";
import { fakeBrowser, settle } from "./audio_fakes.mjs";

function microphone(wished = {}) {
  const { browser, clock, devices } = fakeBrowser();
  const wishes = { microphone: "", microphoneName: "", echo: true, noise: true, gain: true, ...wished };
  const made = new Microphone({ ...browser, wishes: () => wishes });
  const seen = [];
  made.addEventListener("change", () => seen.push(made.problem ? `${made.state} ${made.problem}` : made.state));
  made.addEventListener("moved", ({ detail }) => seen.push(`moved to ${detail}`));
  made.addEventListener("missed", ({ detail }) => seen.push(`missed ${detail.wished}, used ${detail.used}`));
  made.addEventListener("returned", ({ detail }) => seen.push(`returned to ${detail}`));
  return { microphone: made, wishes, clock, devices, seen };
}

async function opened(wished) {
  const all = microphone(wished);
  await all.microphone.open();
  all.seen.length = 0;
  return all;
}

test("it is asked for once, with what speech needs, and silent until it is let through", async () => {
  const { microphone: made, devices, seen } = microphone();
  assert.deepEqual([await made.open(), await made.open()], [true, true]);
  const audio = { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 };
  assert.deepEqual(devices.asked, [{ audio }]);
  assert.deepEqual([seen, made.track.enabled], [["asking", "on"], false]);
  made.enable(true);
  assert.equal(made.track.enabled, true);
});

for (const [error, problem] of [
  ["NotAllowedError", "refused"], ["SecurityError", "refused"], ["NotFoundError", "missing"],
  ["OverconstrainedError", "missing"], ["NotReadableError", "busy"], ["AbortError", "busy"], ["StrangeError", "busy"],
]) {
  test(`${error} is ${problem}, and can be tried again`, async () => {
    const { microphone: made, devices, seen } = microphone();
    devices.answers = [error];
    assert.equal(await made.open(), false);
    assert.deepEqual([seen, made.track], [["asking", `off ${problem}`], null]);
    assert.deepEqual([await made.open(), made.problem], [true, ""]);
  });
}

test("without devices the page is not secure", async () => {
  const { browser } = fakeBrowser();
  const made = new Microphone({ ...browser, devices: undefined });
  assert.deepEqual([await made.open(), made.state, made.problem], [false, "off", "insecure"]);
});

test("what was closed while the browser asked is given back", async () => {
  const { microphone: made, devices } = microphone();
  let allow = () => undefined;
  devices.answers = [new Promise((resolve) => (allow = resolve))];
  const opening = made.open();
  made.close();
  allow();
  assert.deepEqual([await opening, made.track, made.state, devices.tracks[0].stopped], [false, null, "off", true]);
});

test("closing stops the track at once", async () => {
  const { microphone: made, devices, seen } = await opened();
  made.close();
  assert.deepEqual([devices.tracks[0].stopped, made.track, seen], [true, null, ["off"]]);
});

test("muted for a minute it is let go, however often it is muted", async () => {
  const { microphone: made, clock, devices } = await opened();
  made.enable(true);
  made.enable(false);
  clock.pass(RELEASE_MS - 1);
  made.enable(false);
  assert.equal(devices.tracks[0].stopped, false);
  clock.pass(1);
  assert.deepEqual([devices.tracks[0].stopped, made.state], [true, "off"]);
});

test("who speaks again within the minute keeps it", async () => {
  const { microphone: made, clock, devices } = await opened();
  made.enable(false);
  clock.pass(RELEASE_MS - 1);
  made.enable(true);
  clock.pass(RELEASE_MS * 10);
  assert.deepEqual([devices.tracks[0].stopped, devices.tracks[0].enabled], [false, true]);
});

test("who presses again within the minute is not asked again and has the whole minute", async () => {
  const { microphone: made, clock, devices } = await opened();
  made.enable(false);
  clock.pass(RELEASE_MS - 1);
  await made.open();
  made.enable(false);
  clock.pass(RELEASE_MS - 1);
  assert.deepEqual([devices.asked.length, devices.tracks[0].stopped], [1, false]);
});

for (const how of ["ended", "devicechange"]) {
  test(`a microphone that is pulled out (${how}) is replaced by the system's, as open as it was`, async () => {
    const { microphone: made, devices, seen } = await opened();
    made.enable(true);
    if (how === "ended") {
      devices.present = ["headset"];
      made.track.onended();
      await settle();
    } else await devices.plug("headset");
    assert.deepEqual(seen, ["asking", "on", "moved to headset"]);
    assert.deepEqual([devices.tracks[0].stopped, made.track.deviceId, made.track.enabled], [true, "headset", true]);
  });
}

test("a device that comes changes nothing", async () => {
  const { microphone: made, devices, seen } = await opened();
  await devices.plug("built-in", "headset");
  assert.deepEqual([made.track.deviceId, seen, devices.asked.length], ["built-in", [], 1]);
});

test("the last microphone pulled out is missed, until one comes", async () => {
  const { microphone: made, devices, seen } = await opened();
  await devices.plug();
  assert.deepEqual([seen, made.track], [["asking", "off missing"], null]);
  await devices.plug("headset");
  assert.deepEqual([made.state, made.problem, devices.asked.length], ["off", "", 2]);
});

test("a telephone call takes it and gives it back", async () => {
  const { microphone: made, seen } = await opened();
  made.track.onmute();
  made.track.onunmute();
  assert.deepEqual(seen, ["on busy", "on"]);
});

test("only Chromium says that the system refuses", async () => {
  const { microphone: made, devices } = microphone();
  devices.answers = [Object.assign(new Error("Permission denied by system"), { name: "NotAllowedError" })];
  assert.deepEqual([await made.open(), made.problem], [false, "system"]);
});

test("it is asked for as it is wished", async () => {
  const { devices } = await opened({ microphone: "headset", echo: false, noise: false, gain: false });
  const audio = { echoCancellation: false, noiseSuppression: false, autoGainControl: false, channelCount: 1 };
  assert.deepEqual(devices.asked[0], { audio: { deviceId: { ideal: "headset" }, ...audio } });
});

test("a wished microphone that is not there is told once, and another one used", async () => {
  const { microphone: made, devices, seen } = microphone({ microphone: "headset", microphoneName: "My headset" });
  await made.open();
  assert.deepEqual([made.track.deviceId, seen], ["built-in", ["asking", "missed My headset, used built-in", "on"]]);
  made.close();
  await made.open();
  assert.deepEqual([devices.asked.length, seen.slice(3)], [2, ["off", "asking", "on"]]);
});

test("a wished microphone whose id has changed is known by its name", async () => {
  const { microphone: made, devices, seen } = microphone({ microphone: "yesterday", microphoneName: "My headset" });
  devices.present = ["built-in", "today"];
  devices.labels = { today: "My headset" };
  await made.open();
  assert.deepEqual([made.track.deviceId, devices.tracks[0].stopped, seen], ["today", true, ["asking", "on"]]);
});

test("what the browser's own question was answered with goes before what is remembered", async () => {
  const { microphone: made, devices, seen } = microphone({ microphone: "headset", microphoneName: "headset" });
  devices.present = ["built-in", "headset"];
  devices.answers = ["built-in"];
  await made.open();
  assert.deepEqual([made.track.deviceId, seen], ["built-in", ["asking", "on"]]);
});

test("another microphone is handed over while the former goes on, as open as it was", async () => {
  const { microphone: made, wishes, clock, devices, seen } = await opened();
  devices.present = ["built-in", "headset"];
  made.enable(true);
  let former;
  made.addEventListener("track", () => (former = { ...devices.tracks[0] }));
  wishes.microphone = "headset";
  assert.equal(await made.change(), "");
  const [before, after] = devices.tracks;
  assert.deepEqual([made.track, after.enabled, former.stopped, former.enabled], [after, true, false, true]);
  clock.pass(HANDOVER_MS - 1);
  assert.deepEqual([before.stopped, after.stopped], [false, false]);
  clock.pass(1);
  assert.deepEqual([before.stopped, after.stopped, seen], [true, false, []]);
});

test("muting in the moment of the handover silences both", async () => {
  const { microphone: made, devices } = await opened();
  made.enable(true);
  await made.change();
  made.enable(false);
  assert.deepEqual(devices.tracks.map(({ enabled }) => enabled), [false, false]);
});

test("letting go in the moment of the handover stops both", async () => {
  const { microphone: made, devices } = await opened();
  await made.change();
  made.close();
  assert.deepEqual(devices.tracks.map(({ stopped }) => stopped), [true, true]);
});

test("a microphone that cannot be had leaves the former one in use", async () => {
  const { microphone: made, devices, seen } = await opened();
  devices.answers = ["NotReadableError"];
  assert.deepEqual([await made.change(), made.track, made.track.stopped, seen], ["busy", devices.tracks[0], false, []]);
});

test("what is let go while another is fetched stays let go", async () => {
  const { microphone: made, devices } = await opened();
  let allow = () => undefined;
  devices.answers = [new Promise((resolve) => (allow = resolve))];
  const changing = made.change();
  made.close();
  allow();
  assert.deepEqual([await changing, made.track, devices.tracks[1].stopped], ["", null, true]);
});

test("a browser with one microphone at a time may silence the former while the next is fetched", async () => {
  const { microphone: made, devices, seen } = await opened();
  let allow = () => undefined;
  devices.answers = [new Promise((resolve) => (allow = resolve))];
  const changing = made.change();
  made.track.onmute();
  allow();
  await changing;
  assert.deepEqual([made.problem, seen], ["", []]);
  made.track.onmute();
  assert.equal(made.problem, "busy");
});

test("an unused microphone is not opened by a wish", async () => {
  const { microphone: made, wishes, devices } = microphone();
  wishes.microphone = "headset";
  assert.deepEqual([await made.change(), devices.asked], ["", []]);
});

test("the wished one that was pulled out is taken again when it is back", async () => {
  const { microphone: made, devices, seen } = microphone({ microphone: "headset", microphoneName: "headset" });
  devices.present = ["built-in", "headset"];
  await made.open();
  seen.length = 0;
  await devices.plug("built-in");
  assert.deepEqual([made.track.deviceId, seen], ["built-in", ["asking", "on", "moved to built-in"]]);
  seen.length = 0;
  await devices.plug("built-in", "headset");
  assert.deepEqual([made.track.deviceId, seen], ["headset", ["returned to headset"]]);
});
