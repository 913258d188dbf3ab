/** Places in the crowd: whoever stays stands still. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { beyond, headsOf, keepPlaces, MOST_HEADS } from "../../rooms/static/rooms/js/crowd.js";

const person = (id) => ({ id, handle: id, name: id, portrait: "" });
const people = (...ids) => ids.map(person);
const ids = (heads) => heads.map(({ id }) => id);

test("nobody moves when somebody comes", () => {
  assert.deepEqual(keepPlaces(["a", "b"], ["c", "a", "b"]), ["a", "b", "c"]);
});

test("who comes takes the place of who went", () => {
  assert.deepEqual(keepPlaces(["a", "b", "c"], ["a", "c", "d"]), ["a", "d", "c"]);
});

test("where nobody comes only the last one steps into the gap", () => {
  assert.deepEqual(keepPlaces(["a", "b", "c", "d"], ["a", "c", "d"]), ["a", "d", "c"]);
  assert.deepEqual(keepPlaces(["a", "b", "c", "d", "e"], ["c", "d", "e"]), ["e", "d", "c"]);
});

test("whoever stands last may go without anybody moving", () => {
  assert.deepEqual(keepPlaces(["a", "b", "c"], ["a", "b"]), ["a", "b"]);
  assert.deepEqual(keepPlaces(["a", "b", "c"], ["a"]), ["a"]);
});

test("an empty crowd fills and empties", () => {
  assert.deepEqual(keepPlaces([], ["a", "b"]), ["a", "b"]);
  assert.deepEqual(keepPlaces(["a", "b"], []), []);
  assert.deepEqual(keepPlaces(["a", "b"], ["c", "d"]), ["c", "d"]);
});

test("whatever comes and goes, everybody is shown once and nobody else moves", () => {
  let seed = 7;
  const random = (below) => (seed = (seed * 16807) % 2147483647) % below;
  let before = [];
  for (let turn = 0; turn < 300; turn += 1) {
    const now = Array.from({ length: 12 }, (_, at) => `p${at}`).filter(() => random(3) > 0);
    const after = keepPlaces(before, now);
    assert.deepEqual([...after].sort(), [...now].sort());
    const moved = after.filter((id, at) => before.includes(id) && before[at] !== id).length;
    const gone = before.filter((id) => !now.includes(id)).length;
    assert.ok(moved <= gone, `${moved} moved for ${gone} who went`);
    before = after;
  }
});

test("I stand in front, then raised hands, then who came first; the stage is not in the crowd", () => {
  const state = { stage: [{ person: person("host") }], hands: [{ person: person("far") }, { person: person("b") }] };
  const heads = headsOf({ you: person("me"), state }, people("a", "b", "me"));
  assert.deepEqual(ids(heads), ["me", "far", "b", "a"]);
  assert.deepEqual(ids(headsOf({ you: person("host"), state }, people("a"))), ["far", "b", "a"]);
  assert.deepEqual(ids(headsOf({ you: null, state: { stage: [], hands: [] } }, people("a"))), ["a"]);
});

test("at, below and above the most heads", () => {
  const state = { stage: [], hands: [] };
  for (const [count, shown] of [[MOST_HEADS - 1, 59], [MOST_HEADS, 60], [MOST_HEADS + 1, 60]]) {
    const crowd = Array.from({ length: count }, (_, at) => person(`p${at}`));
    assert.equal(headsOf({ you: null, state }, crowd).length, shown);
  }
});

test("the crowd goes on behind the faces when there are more than faces, and to the horizon from a thousand", () => {
  const said = [[0, 0], [60, 60], [61, 60], [999, 60], [1000, 60]].map(([count, heads]) => beyond(count, heads));
  assert.deepEqual(said, ["", "", "hall", "hall", "arena"]);
});
