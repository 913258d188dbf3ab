/** The microphone: asked for in time, changed when pulled out, let go when not needed. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { Microphone, RELEASE_MS } from "../../rooms/static/rooms/js/microphone.js";
import { fakeBrowser, settle } from "./audio_fakes.mjs";

function microphone() {
  const { browser, clock, devices } = fakeBrowser();
  const made = new Microphone(browser);
  const seen = [];
  made.addEventListener("change", () => seen.push(made.problem ? `${made.state} ${made.problem}` : made.state));
  made.addEventListener("moved", ({ detail }) => seen.push(`moved to ${detail}`));
  return { microphone: made, clock, devices, seen };
}

async function opened() {
  const all = microphone();
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
