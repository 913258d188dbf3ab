/** Whether one is heard well: the lines between the words, and how long something holds. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { QUIETEST_DBOV } from "../../rooms/static/rooms/js/levels.js";
import {
  HOLD_MS, LOUD_DBOV, NOTHING_DBOV, PATIENCE_MS, QUIET_DBOV, VoiceCheck, heightOf, verdictOf,
} from "../../rooms/static/rooms/js/voice_check.js";

test("nothing is heard below the line at which nobody is heard in a room", () => {
  assert.equal(NOTHING_DBOV, QUIETEST_DBOV);
});

for (const [line, louder, at, quieter] of [
  [NOTHING_DBOV, "quiet", "quiet", "nothing"],
  [QUIET_DBOV, "well", "well", "quiet"],
  [LOUD_DBOV, "loud", "well", "well"],
]) {
  test(`a little louder than -${line} dBov, just so, a little quieter`, () => {
    assert.deepEqual([line - 0.1, line, line + 0.1].map(verdictOf), [louder, at, quieter]);
  });
}

test("the ends of the scale", () => {
  assert.deepEqual([0, 127].map(verdictOf), ["loud", "nothing"]);
});

test("silence says nothing at first, and then that nothing is heard", () => {
  const check = new VoiceCheck(1_000);
  assert.deepEqual(
    [check.hear(127, 1_000), check.hear(127, 999 + PATIENCE_MS), check.hear(127, 1_000 + PATIENCE_MS)],
    ["waiting", "waiting", "nothing"],
  );
});

test("the loudest counts for a while", () => {
  const check = new VoiceCheck(0);
  const heard = [check.hear(20, 0), check.hear(50, 100), check.hear(127, HOLD_MS - 1), check.hear(127, HOLD_MS)];
  assert.deepEqual(heard, ["well", "well", "well", "quiet"]);
  assert.equal(check.hear(127, HOLD_MS + 100), "nothing");
});

test("the bar is empty where nothing is heard, and full at the loudest that there is", () => {
  const levels = [127, NOTHING_DBOV + 1, NOTHING_DBOV, QUIET_DBOV, LOUD_DBOV, 0];
  assert.deepEqual(levels.map((level) => heightOf(level).toFixed(2)), ["0.00", "0.00", "0.00", "0.30", "0.85", "1.00"]);
});
