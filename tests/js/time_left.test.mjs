/** Countdowns: what is left, and the few moments at which it is spoken. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { parts, passed, SPOKEN } from "../../config/static/site/js/time_left.js";

test("what is left is told in hours, minutes and seconds", () => {
  assert.deepEqual(parts(27 * 3600 + 61), { hours: 27, minutes: 1, seconds: 1 });
  assert.deepEqual(parts(3600), { hours: 1, minutes: 0, seconds: 0 });
  assert.deepEqual(parts(3599), { hours: 0, minutes: 59, seconds: 59 });
});

test("nothing is left only when nothing is left", () => {
  assert.deepEqual(parts(0.001), { hours: 0, minutes: 0, seconds: 1 });
  assert.deepEqual(parts(0), { hours: 0, minutes: 0, seconds: 0 });
  assert.deepEqual(parts(-5), { hours: 0, minutes: 0, seconds: 0 });
});

test("each moment is passed once, when it is reached", () => {
  for (const moment of SPOKEN) {
    assert.equal(passed(moment + 1, moment + 0.01), undefined);
    assert.equal(passed(moment + 0.01, moment), moment);
    assert.equal(passed(moment, moment - 1), undefined);
  }
});

test("of moments that were slept through only the last one is told", () => {
  assert.equal(passed(700, 45), 60);
  assert.equal(passed(700, 5), 10);
});
