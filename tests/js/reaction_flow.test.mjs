/** Reactions as numbers: how many are given, rise and are counted. */

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  Allowance, BURST, flights, MOST_AT_ONCE, MOST_RISING, PER_SECOND, Tally,
} from "../../rooms/static/rooms/js/reaction_flow.js";

const names = (counts, rising = 0) => flights(counts, rising).map(({ name }) => name);

test("so many at once may be given, then so many a second", () => {
  const allowance = new Allowance(0);
  const given = Array.from({ length: BURST + 1 }, () => allowance.take(0));
  assert.deepEqual(given, [...Array(BURST).fill(true), false]);
  const wait = 1000 / PER_SECOND;
  assert.equal(allowance.take(wait - 10), false);
  assert.equal(allowance.take(wait + 10), true);
  assert.equal(allowance.take(wait + 20), false);
});

test("a rest earns no more than the burst", () => {
  const allowance = new Allowance(0);
  const given = Array.from({ length: BURST + 1 }, () => allowance.take(3_600_000));
  assert.deepEqual(given, [...Array(BURST).fill(true), false]);
});

test("each kind sets out once before any sets out twice", () => {
  assert.deepEqual(names({ clap: 1 }), ["clap"]);
  assert.deepEqual(names({ clap: 1, heart: 40, sad: 2 }), ["heart", "sad", "clap", "heart", "sad"]);
  assert.deepEqual(names({ clap: 0 }), []);
  assert.deepEqual(names({}), []);
});

test("a thousand of a kind are a handful that rise", () => {
  assert.deepEqual(names({ clap: 1000 }), Array(MOST_AT_ONCE).fill("clap"));
  assert.deepEqual(names({ clap: 2 }), ["clap", "clap"]);
});

test("below, at and above the most that rise", () => {
  const free = [MOST_RISING - 6, MOST_RISING - 5, MOST_RISING - 1, MOST_RISING, MOST_RISING + 3];
  assert.deepEqual(free.map((rising) => names({ clap: 1000 }, rising).length), [5, 5, 1, 0, 0]);
});

test("those of one frame set out one after the other, side by side", () => {
  assert.deepEqual(flights({ clap: 3, wow: 1 }, 0), [
    { name: "clap", wait: 0, aside: -1 },
    { name: "wow", wait: 83, aside: 0 },
    { name: "clap", wait: 167, aside: 1 },
  ]);
});

test("the tally has the three most frequent kinds of the last minute", () => {
  const tally = new Tally();
  tally.hear({ clap: 5, heart: 1 }, 0);
  tally.hear({ heart: 2, wow: 2, sad: 1 }, 30_000);
  assert.deepEqual(tally.at(59_999), [
    { name: "clap", count: 5 }, { name: "heart", count: 3 }, { name: "wow", count: 2 },
  ]);
  assert.deepEqual(tally.at(60_000), [
    { name: "heart", count: 2 }, { name: "wow", count: 2 }, { name: "sad", count: 1 },
  ]);
  assert.deepEqual(tally.at(90_000), []);
});
