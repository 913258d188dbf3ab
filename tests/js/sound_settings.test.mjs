/** What a browser remembers of how somebody speaks and hears, whatever its storage does. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { DEFAULT_WISHES, STORED_AS, SoundSettings } from "../../rooms/static/rooms/js/sound_settings.js";

class FakeStorage {
  kept = {};
  full = false;

  constructor(text) {
    if (text !== undefined) this.kept[STORED_AS] = text;
  }

  getItem = (key) => this.kept[key] ?? null;

  setItem(key, text) {
    if (this.full) throw new DOMException("", "QuotaExceededError");
    this.kept[key] = text;
  }
}

for (const [what, storage] of [
  ["none", null], ["an empty one", new FakeStorage()], ["bad JSON", new FakeStorage("{")],
  ["null", new FakeStorage("null")], ["a number", new FakeStorage("7")], ["a list", new FakeStorage("[1]")],
  ["a storage that may not be read", { getItem: () => { throw new DOMException("", "SecurityError"); } }],
]) {
  test(`${what} leaves everything as it is without wishes`, () => {
    assert.deepEqual(new SoundSettings(storage).now, DEFAULT_WISHES);
  });
}

test("what is known and of its kind is taken, the rest is not", () => {
  const stored = { microphone: "m1", echo: false, noise: "no", gain: 1, output: null, volume: 11, hold: true };
  const wishes = { ...DEFAULT_WISHES, microphone: "m1", echo: false, hold: true };
  assert.deepEqual(new SoundSettings(new FakeStorage(JSON.stringify(stored))).now, wishes);
});

test("a change is told with what was before, and remembered for the next page", () => {
  const storage = new FakeStorage();
  const settings = new SoundSettings(storage);
  const told = [];
  settings.addEventListener("change", ({ detail }) => told.push(detail.hold, settings.now.hold));
  settings.change({ hold: true, loudness: 3 });
  assert.deepEqual([told, new SoundSettings(storage).now], [[false, true], { ...DEFAULT_WISHES, hold: true }]);
  assert.deepEqual(JSON.parse(storage.kept[STORED_AS]), { ...DEFAULT_WISHES, hold: true });
});

test("what another window changed meanwhile stays changed", () => {
  const storage = new FakeStorage();
  const [one, other] = [new SoundSettings(storage), new SoundSettings(storage)];
  one.change({ microphone: "m1" });
  other.change({ hold: true });
  assert.deepEqual(new SoundSettings(storage).now, { ...DEFAULT_WISHES, microphone: "m1", hold: true });
});

test("where nothing can be kept, a change holds as long as the page", () => {
  const storage = new FakeStorage();
  storage.full = true;
  const settings = new SoundSettings(storage);
  settings.change({ echo: false });
  settings.change({ noise: false });
  assert.deepEqual(settings.now, { ...DEFAULT_WISHES, echo: false, noise: false });
  assert.deepEqual(storage.kept, {});
});
