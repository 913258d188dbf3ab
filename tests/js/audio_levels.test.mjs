/** Who is heard and how loudly, from what the browser tells of packets. */

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  LOUDEST_DBOV, QUIETEST_DBOV, SILENT_LOOKS, SlotLevels, dbovOf, loudness, sourceOf,
} from "../../rooms/static/rooms/js/levels.js";

/** A slot in which `id` was heard at `timestamp`, with this amplitude. */
const slot = (id, timestamp, audioLevel = 1) => ({
  getContributingSources: () => [{ source: sourceOf(id), timestamp }],
  getSynchronizationSources: () => [{ source: 7, timestamp, audioLevel }],
});
const EMPTY = { getContributingSources: () => [], getSynchronizationSources: () => [] };

test("people are named by FNV-1a, as its authors' own examples have it", () => {
  assert.deepEqual(["", "a", "foobar"].map(sourceOf), [0x811c9dc5, 0xe40c292c, 0xbf9cf968]);
  // An accent is two bytes.
  assert.equal(sourceOf("é"), 0x1e9de8c1);
});

test("a level below the line is nobody, at the line it is the thinnest ring", () => {
  assert.deepEqual([QUIETEST_DBOV + 1, QUIETEST_DBOV, 37.5, LOUDEST_DBOV, 0].map(loudness), [null, 0, 0.5, 1, 1]);
});

test("an amplitude is heard as decibels", () => {
  assert.deepEqual([1, 0.1, 0.001, 0].map((amplitude) => Math.round(dbovOf(amplitude)) + 0), [0, 20, 60, 127]);
  assert.equal(dbovOf(1e-9), 127);
});

test("each slot names its speaker; strangers, silence and empty slots name nobody", () => {
  const slots = [slot("ada", 1, 0.1), slot("ben", 1, 0.0001), slot("zoe", 1), EMPTY];
  assert.deepEqual(new SlotLevels().look(slots, ["ada", "ben"]), new Map([["ada", loudness(20)]]));
});

test("the latest of several sources counts", () => {
  const two = {
    getContributingSources: () => [
      { source: sourceOf("ada"), timestamp: 5 }, { source: sourceOf("ben"), timestamp: 9 },
      { source: sourceOf("cy"), timestamp: 7 },
    ],
    getSynchronizationSources: () => [
      { source: 7, timestamp: 5, audioLevel: 1 }, { source: 8, timestamp: 9, audioLevel: 0.1 },
    ],
  };
  assert.deepEqual(new SlotLevels().look([two], ["ada", "ben", "cy"]), new Map([["ben", loudness(20)]]));
});

test("somebody who moves to another slot is heard once, as loudly as in the louder", () => {
  const levels = new SlotLevels().look([slot("ada", 1, 0.1), slot("ada", 1, 0.01)], ["ada"]);
  assert.deepEqual(levels, new Map([["ada", loudness(20)]]));
});

test("a level that nobody says is a middling one", () => {
  const without = { ...slot("ada", 1), getSynchronizationSources: () => [{ source: 7, timestamp: 1 }] };
  assert.deepEqual(new SlotLevels().look([without], ["ada"]), new Map([["ada", loudness(30)]]));
});

test("a slot without packets is silent after three more looks, and heard again with the next packet", () => {
  const levels = new SlotLevels();
  let timestamp = 1;
  const one = slot("ada", 1);
  one.getContributingSources = () => [{ source: sourceOf("ada"), timestamp }];
  const heard = () => levels.look([one], ["ada"]).size;
  assert.deepEqual(Array.from({ length: SILENT_LOOKS + 2 }, heard), [1, 1, 1, 0, 0]);
  timestamp = 2;
  assert.equal(heard(), 1);
});
