/** Which messages a page knows, and what of their text leads elsewhere. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { ChatLog, MOST_KEPT, continues, pieces, waitLeft } from "../../rooms/static/rooms/js/chat_log.js";
import { CHAT_SHOWN } from "../../rooms/static/rooms/js/state.js";

const message = (seq, more = {}) => ({
  id: `m${seq}`, seq, person: { id: "ada" }, text: `t${seq}`, at: "2026-11-20T20:00:00Z", removed: false, ...more,
});
const range = (from, to) => Array.from({ length: to - from }, (_, index) => message(from + index));
const seqs = (log) => log.all().map(({ seq }) => seq);

test("what falls out of the state stays known, what comes is added", () => {
  const log = new ChatLog();
  log.reset(range(1, 4));
  log.follow(range(3, 6));
  assert.deepEqual(seqs(log), [1, 2, 3, 4, 5]);
  assert.equal(log.next, null);
});

test("a full state has more before it, which is put in front once it was read", () => {
  const log = new ChatLog();
  log.reset(range(100, 100 + CHAT_SHOWN));
  assert.equal(log.next, 100);
  log.prepend(range(98, 100), null);
  assert.deepEqual(seqs(log).slice(0, 3), [98, 99, 100]);
  assert.equal(log.next, null);
});

test("no more is kept than is good, and the rest can be read again", () => {
  const log = new ChatLog();
  log.reset([]);
  log.follow(range(1, MOST_KEPT + 11));
  assert.equal(log.all().length, MOST_KEPT);
  assert.equal(log.next, 11);
});

test("a removed message loses its words, also one that only this page still has", () => {
  const log = new ChatLog();
  log.reset([message(1)]);
  log.remove("m1");
  log.remove("unknown");
  assert.deepEqual(log.all(), [message(1, { text: "", removed: true })]);
});

test("messages of one person within five minutes stand together", () => {
  const later = (minutes, person = "ada") =>
    message(2, { at: new Date(Date.parse(message(1).at) + minutes * 60_000).toISOString(), person: { id: person } });
  assert.equal(continues(undefined, message(1)), false);
  assert.equal(continues(message(1), later(4.9)), true);
  assert.equal(continues(message(1), later(5)), false);
  assert.equal(continues(message(1), later(1, "ben")), false);
});

for (const [text, links] of [
  ["no address", []],
  ["see https://example.org.", ["https://example.org"]],
  ["(https://example.org/a_(b)), and HTTP://EXAMPLE.ORG/x?y=1#z!", ["https://example.org/a_(b)", "HTTP://EXAMPLE.ORG/x?y=1#z"]],
  ["(see https://example.org/a)", ["https://example.org/a"]],
  ["« https://example.org/é » — https://example.org/ü", ["https://example.org/é", "https://example.org/ü"]],
  ["javascript:alert(1) data:text/html,x ftp://example.org", []],
  ["https:// http://", []],
  ["<a href=\"https://example.org/x\">", ["https://example.org/x"]],
]) {
  test(`links in ${JSON.stringify(text)}`, () => {
    const found = pieces(text);
    assert.equal(found.map((piece) => piece.text).join(""), text);
    assert.deepEqual(found.filter(({ href }) => href).map(({ href }) => href), links);
  });
}

test("slow mode counts from one's own last message", () => {
  assert.equal(waitLeft(10, null, 5_000), 0);
  assert.equal(waitLeft(0, 5_000, 5_000), 0);
  assert.equal(waitLeft(10, 5_000, 6_000), 9_000);
  assert.equal(waitLeft(10, 5_000, 15_000), 0);
});
