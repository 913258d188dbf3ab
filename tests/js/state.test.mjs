/** What each event does to a room's state. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { NOTHING, applyEvent } from "../../rooms/static/rooms/js/state.js";

const ADA = { id: "ada", handle: "ada", name: "Ada", portrait: "/a.svg" };
const BEN = { id: "ben", handle: "ben", name: "Ben", portrait: "/b.svg" };
const ROOM = {
  id: "room", title: "T", description: "", language: "en", state: "live", starts_at: null, started_at: "2026-11-20T20:00:00Z",
  ended_at: null, offered_to: null,
};
const AT = "2026-11-20T20:01:00Z";
const event = (type, keys) => ({ seq: 1, at: AT, type, ...keys });
const OPEN = applyEvent(NOTHING, event("room.opened", { room: ROOM, host: ADA }));
const HOST = { person: ADA, role: "host", muted: true };
const after = (...events) => events.reduce((state, [type, keys]) => applyEvent(state, event(type, keys)), OPEN);

test("room.opened sets the room and puts the host on the stage, muted", () => {
  assert.deepEqual(OPEN, { room: ROOM, stage: [HOST], hands: [], invited: [], chat: [], board: [], tips: [] });
});

test("hand.raised joins the end of the queue, hand.lowered leaves it", () => {
  const raised = after(["hand.raised", { person: BEN, raised_at: AT, reason: "Vans" }]);
  assert.deepEqual(raised.hands, [{ person: BEN, raised_at: AT, reason: "Vans", pinned: false }]);
  assert.deepEqual(applyEvent(raised, event("hand.lowered", { id: "ben" })), OPEN);
});

test("hand.moved moves and pins, hand.reason changes the reason, hands.cleared and hands.restored change all", () => {
  const cy = { id: "cy", handle: "cy", name: "Cy", portrait: "/c.svg" };
  const raised = after(["hand.raised", { person: BEN, raised_at: AT }], ["hand.raised", { person: cy, raised_at: AT }]);
  const [ben, other] = raised.hands;
  const moved = applyEvent(raised, event("hand.moved", { id: "cy", place: 1, pinned: true }));
  assert.deepEqual(moved.hands, [{ ...other, pinned: true }, ben]);
  assert.deepEqual(applyEvent(raised, event("hand.moved", { id: "ada", place: 1, pinned: true })), raised);
  const reasoned = applyEvent(raised, event("hand.reason", { id: "ben", reason: "Vans" }));
  assert.deepEqual(reasoned.hands, [{ ...ben, reason: "Vans" }, other]);
  assert.deepEqual(applyEvent(raised, event("hands.cleared", { by: "ada" })), OPEN);
  assert.deepEqual(applyEvent(OPEN, event("hands.restored", { hands: [other, ben] })).hands, [other, ben]);
});

test("stage.joined takes hand and invitation away", () => {
  const state = after(
    ["invited", { person: BEN }],
    ["hand.raised", { person: BEN, raised_at: AT }],
    ["stage.joined", { person: BEN, role: "speaker" }],
  );
  const stage = [HOST, { person: BEN, role: "speaker", muted: true }];
  assert.deepEqual(state, { room: ROOM, stage, hands: [], invited: [], chat: [], board: [], tips: [] });
});

test("stage.role and stage.muted change that member only", () => {
  const state = after(
    ["stage.joined", { person: BEN, role: "speaker" }],
    ["stage.role", { id: "ben", role: "cohost" }],
    ["stage.muted", { id: "ben", muted: false }],
  );
  assert.deepEqual(state.stage, [HOST, { person: BEN, role: "cohost", muted: false }]);
});

test("stage.left removes, invited takes the hand, invitation.gone takes the invitation", () => {
  const left = after(["stage.joined", { person: BEN, role: "speaker" }], ["stage.left", { id: "ben" }]);
  assert.deepEqual(left, OPEN);
  const invited = after(["hand.raised", { person: BEN, raised_at: AT }], ["invited", { person: BEN }]);
  assert.deepEqual(invited, { room: ROOM, stage: [HOST], hands: [], invited: [{ person: BEN }], chat: [], board: [], tips: [] });
  assert.deepEqual(applyEvent(invited, event("invitation.gone", { id: "ben" })), OPEN);
});

test("room.changed replaces what is said of the room", () => {
  const room = { ...ROOM, title: "Another title" };
  assert.deepEqual(after(["room.changed", { room }]), { room, stage: [HOST], hands: [], invited: [], chat: [], board: [], tips: [] });
});

test("room.ended empties hands and invitations", () => {
  const state = after(["hand.raised", { person: BEN, raised_at: AT }], ["room.ended", { ended_at: AT }]);
  assert.deepEqual(state, {
    room: { ...ROOM, state: "ended", ended_at: AT }, stage: [HOST], hands: [], invited: [], chat: [], board: [], tips: [],
  });
});

test("person.changed replaces that person wherever they are", () => {
  const renamed = { ...BEN, name: "Benedict" };
  const state = after(["hand.raised", { person: BEN, raised_at: AT }], ["person.changed", { person: renamed }]);
  const hand = { person: renamed, raised_at: AT, reason: "", pinned: false };
  assert.deepEqual(state, { room: ROOM, stage: [HOST], hands: [hand], invited: [], chat: [], board: [], tips: [] });
});

test("an event of an unknown type changes nothing, not even one named like a method of every object", () => {
  assert.equal(after(["room.painted", {}]), OPEN);
  assert.equal(after(["toString", {}]), OPEN);
});

test("applying an event leaves the state before it as it was", () => {
  const before = structuredClone(OPEN);
  after(["stage.muted", { id: "ada", muted: false }], ["hand.raised", { person: BEN, raised_at: AT }]);
  assert.deepEqual(OPEN, before);
});

test("chat.said appends, and of more than fifty the first go; chat.removed leaves the place", () => {
  const said = (seq) => ({ seq, at: AT, type: "chat.said", id: `m${seq}`, person: BEN, text: "Hello" });
  const all = Array.from({ length: 51 }, (_, index) => said(index + 1)).reduce(applyEvent, OPEN);
  assert.deepEqual([all.chat.length, all.chat[0].id, all.chat[49].id], [50, "m2", "m51"]);
  const removed = applyEvent(all, event("chat.removed", { id: "m2" })).chat[0];
  assert.deepEqual(removed, { id: "m2", seq: 2, person: BEN, text: "", at: AT, removed: true });
});

test("board.put keeps the order of numbers, board.pinned pins one, board.removed takes it down", () => {
  const put = (id, seq, more) => ["board.put", { item: { id, seq, pinned: false, person: BEN, ...more } }];
  const state = after(put("b", 2), put("a", 1), put("b", 2, { title: "B" }), ["board.pinned", { id: "a" }]);
  assert.deepEqual(state.board.map(({ id, pinned, title }) => [id, pinned, title]), [
    ["a", true, undefined], ["b", false, "B"],
  ]);
  assert.deepEqual(applyEvent(state, event("board.removed", { id: "a" })).board.map(({ id }) => id), ["b"]);
});

test("tip.put stands in the order of its number, once each, and the last 20 stay", () => {
  const tip = (seq, fields = {}) => ({
    id: `t${seq}`, seq, person: BEN, to: ADA, amount: 500, currency: "eur", text: "Thanks", at: AT, removed: false, ...fields,
  });
  const two = after(["tip.put", { tip: tip(9) }], ["tip.put", { tip: tip(4, { person: null }) }]);
  assert.deepEqual(two.tips.map(({ id }) => id), ["t4", "t9"]);
  const removed = applyEvent(two, event("tip.put", { tip: tip(9, { text: "", removed: true }) }));
  assert.deepEqual(removed.tips.map(({ text }) => text), ["Thanks", ""]);
  const renamed = applyEvent(two, event("person.changed", { person: { ...BEN, name: "Benoît" } }));
  assert.deepEqual(renamed.tips.map(({ person }) => person?.name), [undefined, "Benoît"]);
  const host = applyEvent(two, event("person.changed", { person: { ...ADA, name: "Adèle" } }));
  assert.deepEqual(host.tips.map(({ to }) => to.name), ["Adèle", "Adèle"]);
  const many = Array.from({ length: 21 }, (_, at) => ["tip.put", { tip: tip(at + 1) }]);
  assert.deepEqual(after(...many).tips.map(({ seq }) => seq), Array.from({ length: 20 }, (_, at) => at + 2));
});
