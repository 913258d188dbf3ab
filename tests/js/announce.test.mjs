/** Who is told what when people come on the stage and leave it. */

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { FakePage } from "./fakes.mjs";

mock.timers.enable({ apis: ["setTimeout"] });
const page = new FakePage("announcer", "toasts");
globalThis.document = page;
const { announce } = await import("../../rooms/static/rooms/js/announce.js");
const { hush } = await import("../../config/static/site/js/toast.js");

const ADA = { id: "ada", handle: "ada", name: "Ada", portrait: "/a.svg" };
const BEN = { id: "ben", handle: "ben", name: "Ben", portrait: "/b.svg" };
const BEFORE = { stage: [{ person: BEN, role: "speaker", muted: true }] };
const joined = (person) => ({ type: "stage.joined", person, role: "speaker" });
const told = () => [page.byId.announcer.textContent, page.byId.toasts.children.map((note) => note.children[0].textContent)];

beforeEach(() => {
  hush();
  page.byId.announcer.textContent = "";
});

test("others on the stage are told to a screen reader only", () => {
  announce([joined(BEN)], BEFORE, ADA);
  assert.deepEqual(told(), ["Ben is on stage.", []]);

  announce([{ type: "stage.left", id: "ben" }], BEFORE, ADA);
  assert.deepEqual(told(), ["Ben left the stage.", []]);
});

test("what happens to oneself is told to everybody", () => {
  announce([joined(ADA)], BEFORE, ADA);
  assert.deepEqual(told(), ["You are on stage. Your microphone is off.", ["You are on stage. Your microphone is off."]]);

  announce([{ type: "stage.left", id: "ada" }], BEFORE, ADA);
  assert.deepEqual(told(), ["You are in the audience.", ["You are in the audience."]]);
});

test("one's own hand in the same frame makes others' news no toast", () => {
  announce([joined(BEN), { type: "hand.raised", person: ADA, raised_at: "" }], BEFORE, ADA);
  assert.deepEqual(told(), ["Ben is on stage.", []]);
});

test("a guest is told nothing about oneself", () => {
  announce([joined(ADA)], BEFORE, null);
  assert.deepEqual(told(), ["Ada is on stage.", []]);
});

test("what is not about the stage leaves the last words as they are", () => {
  announce([joined(BEN)], BEFORE, ADA);
  announce([{ type: "stage.muted", id: "ada", muted: true }], BEFORE, ADA);
  assert.deepEqual(told(), ["Ben is on stage.", []]);
});

const HOST = { id: "eve", handle: "eve", name: "Eve", portrait: "/e.svg" };
const ROOM = {
  stage: [{ person: HOST, role: "host", muted: true }, { person: BEN, role: "speaker", muted: false }],
  hands: [{ person: ADA, raised_at: "", reason: "", pinned: false }],
};
const hears = (event, you) => {
  announce([event], ROOM, you);
  return page.byId.toasts.children.map((note) => note.children[0].textContent);
};

test("whoever a host has muted is told by whom, and nobody else is", () => {
  const muted = { type: "stage.muted", id: "ben", muted: true, by: "eve" };
  assert.deepEqual(hears(muted, ADA), []);
  assert.deepEqual(hears(muted, BEN), ["Eve has muted you. You can switch your microphone on again."]);
});

test("one's own mute is no news", () => {
  assert.deepEqual(hears({ type: "stage.muted", id: "ben", muted: true, by: null }, BEN), []);
});

test("whose hand a host lowered is told, whoever lowered it oneself is not", () => {
  assert.deepEqual(hears({ type: "hand.lowered", id: "ada", by: null }, ADA), []);
  assert.deepEqual(hears({ type: "hand.lowered", id: "ada", by: "eve" }, BEN), []);
  const words = ["Your hand was lowered. You can raise it again later."];
  assert.deepEqual(hears({ type: "hand.lowered", id: "ada", by: "eve" }, ADA), words);
});

test("whoever waited hears that all hands were lowered, but not who lowered them", () => {
  const cleared = { type: "hands.cleared", by: "eve" };
  assert.deepEqual(hears(cleared, BEN), []);
  assert.deepEqual(hears(cleared, HOST), []);
  assert.deepEqual(hears(cleared, ADA), ["All hands were lowered. You can raise yours again."]);
});

test("another host is told to themselves and to a screen reader", () => {
  const role = { type: "stage.role", id: "ben", role: "host" };
  assert.deepEqual(hears(role, ADA), []);
  assert.equal(page.byId.announcer.textContent, "Ben is the host now.");
  assert.deepEqual(hears(role, BEN), ["You are the host now."]);
});
