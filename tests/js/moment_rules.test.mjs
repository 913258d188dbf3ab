/** Which comings and goings are heard. */

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  audienceMoment, SMALL_AUDIENCE, Spacing, SPACING_MS, stageMoment,
} from "../../rooms/static/rooms/js/moment_rules.js";

const QUIET = new Set(["me", "muted"]);
const audience = (people, guests = 0, ...ids) => ({ people, guests, away: [], sample: ids.map((id) => ({ id })) });
const moment = (before, now, seats = 1) => audienceMoment(before, now, { seats, quiet: QUIET });

test("others who come on stage and leave it are heard, I am not", () => {
  assert.equal(stageMoment([{ type: "stage.joined", person: { id: "a" } }], QUIET), "arrival");
  assert.equal(stageMoment([{ type: "stage.left", id: "a" }], QUIET), "departure");
  assert.equal(stageMoment([{ type: "stage.joined", person: { id: "me" } }], QUIET), null);
  assert.equal(stageMoment([{ type: "stage.left", id: "me" }], QUIET), null);
  assert.equal(stageMoment([{ type: "stage.muted", id: "a" }, { type: "hand.raised", person: { id: "a" } }], QUIET), null);
});

test("whoever I have muted comes and goes without a sound", () => {
  assert.equal(stageMoment([{ type: "stage.joined", person: { id: "muted" } }], QUIET), null);
  assert.equal(stageMoment([{ type: "stage.left", id: "muted" }], QUIET), null);
  assert.equal(moment(audience(2, 0, "a"), audience(3, 0, "a", "muted")), null);
  assert.equal(moment(audience(3, 0, "a", "muted"), audience(2, 0, "a")), null);
  assert.equal(moment(audience(2, 0, "a"), audience(4, 0, "a", "muted", "b")), "arrival");
});

test("who comes counts before who goes", () => {
  const events = [{ type: "stage.left", id: "a" }, { type: "stage.joined", person: { id: "b" } }];
  assert.equal(stageMoment(events, QUIET), "arrival");
});

test("in a small audience each one is heard, named or not", () => {
  assert.equal(moment(audience(2), audience(3)), "arrival");
  assert.equal(moment(audience(2), audience(2, 1)), "arrival");
  assert.equal(moment(audience(3), audience(2)), "departure");
  assert.equal(moment(audience(3), audience(3)), null);
});

test("the first word of who is here is no arrival", () => {
  assert.equal(moment(null, audience(3)), null);
});

test("my own coming is not heard, somebody's beside me is", () => {
  assert.equal(moment(audience(2, 0, "a"), audience(3, 0, "a", "me")), null);
  assert.equal(moment(audience(2, 0, "a"), audience(4, 0, "a", "me", "b")), "arrival");
});

test("below, at and above a small audience", () => {
  const seats = 2;
  const said = [SMALL_AUDIENCE - 1, SMALL_AUDIENCE, SMALL_AUDIENCE + 1].map((listening) =>
    moment(audience(listening + seats - 1), audience(listening + seats), seats));
  assert.deepEqual(said, ["arrival", "arrival", null]);
});

test("below, at and above the time between two sounds", () => {
  for (const [wait, heard] of [[SPACING_MS - 1, false], [SPACING_MS, true], [SPACING_MS + 1, true]]) {
    const spacing = new Spacing();
    assert.equal(spacing.take(500), true);
    assert.equal(spacing.take(500 + wait), heard);
  }
});
