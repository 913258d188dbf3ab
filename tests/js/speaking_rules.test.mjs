/** Why no hand can go up, in words. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { closedWords, ruleWords } from "../../rooms/static/rooms/js/speaking_rules.js";

const stage = (id) => [{ person: { id, name: id }, role: "host", muted: true }];
const MAY = { host: ["lock_hands"], listener: ["raise_hand"], guest: [] };
const view = ({ room = {}, followed = false, host = "eve", role = "listener", place = 0 }) => ({
  page: { followed_by_host: followed, state: { stage: stage("eve") }, may: MAY },
  state: { room: { speak_rule: "everyone", hands_locked: false, stage_locked: false, ...room }, stage: stage(host) },
  role,
  place,
});
const FOLLOWED = "People whom the host follows may raise a hand.";
const LOCKED = "No more hands can go up just now.";

for (const [what, given, words] of [
  ["everybody", {}, ""],
  ["a locked queue", { room: { hands_locked: true } }, LOCKED],
  ["only invited", { room: { speak_rule: "invited" }, followed: true }, "Here hosts invite who speaks."],
  ["a stranger", { room: { speak_rule: "followed" } }, FOLLOWED],
  ["somebody followed", { room: { speak_rule: "followed" }, followed: true }, ""],
  ["somebody followed before a locked queue", { room: { speak_rule: "followed", hands_locked: true }, followed: true }, LOCKED],
  ["another host, whom nobody asked", { room: { speak_rule: "followed" }, host: "ben" }, ""],
]) test(`closed: ${what}`, () => assert.equal(closedWords(view(given)), words));

for (const [what, given, words] of [
  ["nothing", { role: "host" }, ""],
  ["a locked stage to all", { room: { stage_locked: true }, role: "guest" }, "The stage is locked. Nobody comes up for now."],
  ["a locked queue to hosts", { room: { hands_locked: true }, role: "host" }, LOCKED],
  ["the rule to hosts", { room: { speak_rule: "followed" }, role: "host" }, FOLLOWED],
  ["that one invites, to hosts", { room: { speak_rule: "invited" }, role: "host" }, "Hands are closed: you invite who speaks."],
  ["a locked queue to listeners", { room: { hands_locked: true } }, LOCKED],
  ["nothing to whoever waits already", { room: { hands_locked: true }, place: 2 }, ""],
  ["nothing to guests", { room: { hands_locked: true }, role: "guest" }, ""],
]) test(`the queue says: ${what}`, () => assert.equal(ruleWords(view(given)), words));
