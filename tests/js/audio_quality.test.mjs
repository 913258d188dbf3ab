/** How good the network is said to be. */

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  BAD, BETTER_TIMES, FEWEST_PACKETS, Quality, WEAK, WORSE_TIMES, gradeOf, heardOf, measureHeard, measureSent,
} from "../../rooms/static/rooms/js/quality.js";

const FINE = { loss: 0, jitter: 0, rtt: 0 };
const HEARD = { received: 0, lost: 0, jitter: 0, rtt: 0 };

for (const key of ["loss", "jitter", "rtt"]) {
  test(`the grade changes exactly at its ${key}`, () => {
    const grades = [0.999, 1].flatMap((share) => [WEAK[key] * share, BAD[key] * share])
      .map((value) => gradeOf({ ...FINE, [key]: value }));
    assert.deepEqual(grades, ["good", "weak", "weak", "bad"]);
  });
}

test("a report of the slots is summed, what came too late counted as lost", () => {
  const report = new Map([
    ["a", { type: "inbound-rtp", packetsReceived: 90, packetsLost: 10, packetsDiscarded: 5, jitter: 0.01 }],
    ["b", { type: "inbound-rtp", packetsReceived: 10, packetsLost: -2, jitter: 0.03 }],
    ["c", { type: "candidate-pair", nominated: true, currentRoundTripTime: 0.2 }],
    ["d", { type: "candidate-pair", nominated: false, currentRoundTripTime: 9 }],
    ["e", { type: "codec" }],
  ]);
  assert.deepEqual(heardOf(report), { received: 95, lost: 15, jitter: 0.03, rtt: 0.2 });
});

for (const [packets, known] of [[FEWEST_PACKETS - 1, false], [FEWEST_PACKETS, true], [FEWEST_PACKETS + 1, true]]) {
  test(`${packets} packets ${known ? "are" : "are not"} enough to judge`, () => {
    const now = { ...HEARD, received: 1000 + packets - 4, lost: 54, jitter: 0.02, rtt: 0.1 };
    const before = { ...HEARD, received: 1000, lost: 50 };
    const measure = { loss: 4 / packets, jitter: 0.02, rtt: 0.1 };
    assert.deepEqual(measureHeard(before, now), known ? measure : null);
  });
}

test("late packets do not make a negative loss", () => {
  const measure = measureHeard({ ...HEARD, lost: 5 }, { ...HEARD, received: 100, lost: 3 });
  assert.deepEqual(measure, FINE);
});

test("what the relay reports is taken as it is; without a report nothing is known", () => {
  const report = new Map([["r", { type: "remote-inbound-rtp", fractionLost: 0.2, jitter: 0.01, roundTripTime: 0.3 }]]);
  assert.deepEqual(measureSent(report), { loss: 0.2, jitter: 0.01, rtt: 0.3 });
  assert.equal(measureSent(new Map([["o", { type: "outbound-rtp" }]])), null);
});

const feed = (quality, measure, times) => Array.from({ length: times }, () => quality.add([measure, null]));

test("one bad measure is forgiven, the second in a row counts, and getting better takes longer", () => {
  const quality = new Quality();
  const bad = { ...FINE, loss: BAD.loss };
  assert.deepEqual(feed(quality, bad, WORSE_TIMES - 1), [false]);
  assert.deepEqual(feed(quality, FINE, 1), [false]);
  assert.deepEqual([feed(quality, bad, WORSE_TIMES), quality.grade], [[false, true], "bad"]);
  assert.deepEqual([feed(quality, FINE, BETTER_TIMES - 1), quality.grade], [[false, false, false], "bad"]);
  assert.deepEqual([feed(quality, FINE, 1), quality.grade], [[true], "good"]);
});

test("silence changes nothing, and the worse of both directions counts", () => {
  const quality = new Quality();
  for (let time = 0; time < 10; time += 1) assert.equal(quality.add([null, null]), false);
  quality.add([FINE, { ...FINE, rtt: WEAK.rtt }]);
  quality.add([FINE, { ...FINE, rtt: WEAK.rtt }]);
  assert.equal(quality.grade, "weak");
});

test("a new connection starts without a past", () => {
  const quality = new Quality();
  feed(quality, { ...FINE, loss: 1 }, WORSE_TIMES);
  feed(quality, FINE, BETTER_TIMES - 1);
  quality.reset();
  assert.equal(quality.grade, "good");
  assert.equal(quality.add([{ ...FINE, loss: 1 }]), false);
});
