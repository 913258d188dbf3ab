/** The socket's side of docs/protocol.md, with time and network in the test's hand. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { RoomProtocol } from "../../rooms/static/rooms/js/protocol.js";
import { FakeClock, FakeSocket } from "./fakes.mjs";

const ADA = { id: "ada", handle: "ada", name: "Ada", portrait: "/a.svg" };
const ROOM = {
  id: "room", title: "T", description: "", language: "en", state: "live", starts_at: null, started_at: "2026-11-20T20:00:00Z",
  ended_at: null,
};
const STATE = { room: ROOM, stage: [{ person: ADA, role: "host", muted: true }], hands: [], invited: [], chat: [], board: [], tips: [] };
const muted = (seq, now) => ({ seq, at: "2026-11-20T20:01:00Z", type: "stage.muted", id: "ada", muted: now });
const ended = (seq) => ({ seq, at: "2026-11-20T20:01:00Z", type: "room.ended", ended_at: "2026-11-20T20:01:00Z" });
const pulse = (seq) => ({ type: "pulse", seq, audience: { people: 1, guests: 0, away: [], sample: [] } });

/** A protocol whose sockets, time and chance belong to the test. */
function room(options = {}) {
  const clock = new FakeClock();
  const sockets = [];
  const chance = { value: 0.5 };
  const phases = [];
  const changes = [];
  const open = () => {
    sockets.push(new FakeSocket());
    return sockets.at(-1);
  };
  const protocol = new RoomProtocol("ws://here/", { open, clock, random: () => chance.value, ...options });
  protocol.addEventListener("phase", () => phases.push(protocol.phase));
  protocol.addEventListener("change", ({ detail }) => changes.push(detail && detail.map(({ seq }) => seq)));
  protocol.start();
  return { protocol, clock, sockets, chance, phases, changes, last: () => sockets.at(-1) };
}

/** One that is live at `seq`. */
function liveRoom(seq = 5) {
  const all = room();
  greet(all.last(), seq);
  all.changes.length = 0;
  return all;
}

function greet(socket, seq) {
  socket.onopen();
  socket.hear({ type: "welcome", you: ADA, session: "s1" });
  socket.hear({ type: "snapshot", seq, state: STATE });
  socket.sent.length = 0;
}

test("it says hello first and is live after welcome and snapshot", () => {
  const { protocol, last, phases, changes } = room();
  last().onopen();
  assert.deepEqual(last().sent, [{ type: "hello", last_seq: 0 }]);
  last().hear({ type: "welcome", you: ADA, session: "s1" });
  assert.equal(protocol.phase, "connecting");
  last().hear({ type: "snapshot", seq: 3, state: STATE });
  assert.deepEqual([protocol.seq, protocol.state, protocol.you, phases], [3, STATE, ADA, ["live"]]);
  assert.deepEqual(changes, [[], null]);
});

test("a page that brings its state greets with that number and needs no snapshot", () => {
  const { protocol, last } = room({ seq: 7, state: STATE });
  last().onopen();
  last().hear({ type: "welcome", you: null, session: "s1" });
  assert.deepEqual([last().sent, protocol.phase], [[{ type: "hello", last_seq: 7 }], "live"]);
});

test("events that came before are ignored", () => {
  const { protocol, last, changes } = liveRoom(5);
  last().hear({ type: "events", events: [muted(4, false), muted(5, false)] });
  assert.deepEqual([protocol.seq, protocol.state, changes], [5, STATE, []]);
  last().hear({ type: "events", events: [muted(5, true), muted(6, false)] });
  last().hear({ type: "events", events: [muted(6, true)] });
  assert.deepEqual([protocol.seq, protocol.state.stage[0].muted, changes], [6, false, [[6]]]);
});

test("a gap is asked for once, and what lies behind it is dropped", () => {
  const { protocol, last } = liveRoom(5);
  last().hear({ type: "events", events: [muted(7, false)] });
  last().hear({ type: "events", events: [muted(8, true)] });
  last().hear(pulse(8));
  assert.deepEqual([protocol.seq, last().sent], [5, [{ type: "resync", last_seq: 5 }]]);
  last().hear({ type: "events", events: [muted(6, true), muted(7, false), muted(8, false)] });
  assert.deepEqual([protocol.seq, protocol.state.stage[0].muted, last().sent.length], [8, false, 1]);
});

test("a frame that was overtaken fills part of the gap without a second question", () => {
  const { protocol, last } = liveRoom(5);
  last().hear({ type: "events", events: [muted(8, false)] });
  last().hear({ type: "events", events: [muted(6, false)] });
  assert.deepEqual([protocol.seq, last().sent.length], [6, 1]);
  last().hear({ type: "snapshot", seq: 8, state: STATE });
  assert.deepEqual([protocol.seq, protocol.state], [8, STATE]);
});

test("an answer that got lost is asked for again after 5 s", () => {
  const { last, clock } = liveRoom(5);
  last().hear({ type: "events", events: [muted(7, false)] });
  clock.pass(4999);
  assert.equal(last().sent.length, 1);
  clock.pass(1);
  assert.deepEqual(last().sent, [{ type: "resync", last_seq: 5 }, { type: "resync", last_seq: 5 }]);
});

test("after an answered gap the next one is asked for", () => {
  const { last, clock } = liveRoom(5);
  last().hear({ type: "events", events: [muted(7, false)] });
  last().hear({ type: "snapshot", seq: 7, state: STATE });
  last().hear(pulse(9));
  assert.deepEqual(last().sent, [{ type: "resync", last_seq: 5 }, { type: "resync", last_seq: 7 }]);
  clock.pass(4999);
  assert.equal(last().sent.length, 2);
});

test("a pulse notices that the last event got lost", () => {
  const { last } = liveRoom(5);
  last().hear(pulse(5));
  assert.deepEqual(last().sent, []);
  last().hear(pulse(6));
  assert.deepEqual(last().sent, [{ type: "resync", last_seq: 5 }]);
});

test("an old snapshot is ignored, the answer to hello is not", () => {
  const { protocol, last, clock } = liveRoom(5);
  last().hear({ type: "snapshot", seq: 4, state: { ...STATE, hands: [{ person: ADA, raised_at: "" }] } });
  assert.deepEqual([protocol.seq, protocol.state], [5, STATE]);
  last().break();
  clock.pass(15_000);
  last().onopen();
  last().hear({ type: "welcome", you: ADA, session: "s2" });
  last().hear({ type: "snapshot", seq: 2, state: STATE });
  last().hear(pulse(2));
  assert.deepEqual([protocol.seq, last().sent], [2, [{ type: "hello", last_seq: 5 }]]);
});

test("it comes back with its last number and applies what it missed", () => {
  const { protocol, last, clock, sockets, phases } = liveRoom(5);
  last().break();
  assert.equal(protocol.phase, "reconnecting");
  clock.pass(250);
  assert.equal(sockets.length, 2);
  last().onopen();
  assert.deepEqual(last().sent, [{ type: "hello", last_seq: 5 }]);
  last().hear({ type: "welcome", you: ADA, session: "s2" });
  last().hear({ type: "events", events: [muted(6, false)] });
  assert.deepEqual([protocol.seq, protocol.session, phases], [6, "s2", ["live", "reconnecting", "live"]]);
});

test("a closed socket that still speaks is not heard", () => {
  const { protocol, sockets, clock } = liveRoom(5);
  const heard = sockets[0].onmessage;
  sockets[0].break();
  clock.pass(250);
  assert.equal(sockets[0].onmessage, null);
  assert.equal(typeof heard, "function");
  sockets[0].hear({ type: "events", events: [muted(6, false)] });
  assert.equal(protocol.seq, 5);
});

test("waiting doubles from 0.5 s to 15 s, with full jitter", () => {
  for (const [value, waits] of [
    [0, [0, 0, 0, 0, 0, 0, 0]],
    [0.5, [250, 500, 1000, 2000, 4000, 7500, 7500]],
    [0.999, [499.5, 999, 1998, 3996, 7992, 14_985, 14_985]],
  ]) {
    const { last, clock, sockets, chance } = room();
    chance.value = value;
    for (const wait of waits) {
      const before = sockets.length;
      last().break();
      if (wait) {
        clock.pass(wait - 0.25);
        assert.equal(sockets.length, before);
      }
      clock.pass(0.25);
      assert.equal(sockets.length, before + 1);
    }
  }
});

test("a connection that held 10 s has earned a fresh back-off, a shorter one has not", () => {
  for (const [held, wait] of [[9_999, 500], [10_000, 250]]) {
    const { last, clock, sockets } = room();
    last().break();
    clock.pass(250);
    greet(last(), 5);
    clock.pass(held / 2);
    last().hear(pulse(5));
    clock.pass(held - held / 2);
    last().break();
    clock.pass(wait - 1);
    assert.equal(sockets.length, 2);
    clock.pass(1);
    assert.equal(sockets.length, 3);
  }
});

test("wake ends the waiting at once, and leaves a good connection alone", () => {
  const { protocol, last, sockets, clock } = liveRoom(5);
  protocol.wake();
  assert.equal(sockets.length, 1);
  last().break();
  protocol.wake();
  assert.equal(sockets.length, 2);
  clock.pass(1000);
  assert.equal(sockets.length, 2);
});

test("wake does not trust a socket that was silent while the page slept", () => {
  const { protocol, sockets, clock } = liveRoom(5);
  clock.time += 11_999;
  protocol.wake();
  assert.equal(sockets.length, 1);
  clock.time += 1;
  protocol.wake();
  assert.deepEqual([sockets.length, sockets[0].closed], [2, true]);
});

test("twelve silent seconds mean a dead line, any frame means a living one", () => {
  const { protocol, last, clock, sockets } = liveRoom(5);
  clock.pass(11_999);
  last().hear(pulse(5));
  clock.pass(11_999);
  assert.equal(protocol.phase, "live");
  clock.pass(1);
  assert.deepEqual([protocol.phase, sockets[0].closed], ["reconnecting", true]);
});

test("a socket that never opens is given up too", () => {
  const { clock, sockets } = room();
  clock.pass(12_250);
  assert.deepEqual([sockets.length, sockets[0].closed], [2, true]);
});

test("reconnect is obeyed to the millisecond", () => {
  const { protocol, last, clock, sockets } = liveRoom(5);
  last().hear({ type: "reconnect", after_ms: 1200 });
  assert.deepEqual([sockets[0].closed, protocol.phase], [true, "reconnecting"]);
  clock.pass(1199);
  assert.equal(sockets.length, 1);
  clock.pass(1);
  assert.equal(sockets.length, 2);
});

test("after 4404 it never comes back, not even when woken; after others it does", () => {
  const { protocol, last, clock, sockets } = room();
  last().break(4404);
  clock.pass(60_000);
  protocol.wake();
  assert.deepEqual([protocol.phase, sockets.length], ["gone", 1]);
  for (const code of [1000, 1001, 1006, 4400, 4408, 4413]) {
    const other = room();
    other.last().break(code);
    other.clock.pass(500);
    assert.deepEqual([other.protocol.phase, other.sockets.length], ["reconnecting", 2]);
  }
});

test("a command resolves with its ok and rejects with its error", async () => {
  const { protocol, last } = liveRoom(5);
  const raised = protocol.command("hand.raise");
  const accepted = protocol.command("hand.accept", { person: "ben" });
  assert.deepEqual(last().sent, [{ type: "hand.raise", id: "1" }, { type: "hand.accept", person: "ben", id: "2" }]);
  last().hear({ type: "error", id: "2", code: "stage_full", message: "The stage is full." });
  last().hear({ type: "ok", id: "1" });
  assert.deepEqual(await raised, { type: "ok", id: "1" });
  await assert.rejects(accepted, { code: "stage_full", message: "The stage is full." });
});

test("a command without a connection, or whose connection is lost, is rejected as disconnected", async () => {
  const { protocol, last } = room();
  await assert.rejects(protocol.command("hand.raise"), { code: "disconnected" });
  last().onopen();
  await assert.rejects(protocol.command("hand.raise"), { code: "disconnected" });
  last().hear({ type: "welcome", you: ADA, session: "s1" });
  const sent = protocol.command("hand.raise");
  last().break();
  await assert.rejects(sent, { code: "disconnected" });
});

test("a command without an answer is given up after 10 s, and a late answer harms nothing", async () => {
  const { protocol, last, clock } = liveRoom(5);
  let code = "";
  const sent = protocol.command("hand.raise").catch((error) => {
    code = error.code;
  });
  clock.pass(9_999);
  await Promise.resolve();
  assert.equal(code, "");
  clock.pass(1);
  await sent;
  assert.equal(code, "timeout");
  last().hear({ type: "ok", id: "1" });
  assert.equal(protocol.phase, "live");
});

test("a refusal that answers no command is told", () => {
  const { protocol, last } = liveRoom(5);
  const told = [];
  protocol.addEventListener("refused", ({ detail }) => told.push(detail));
  last().hear({ type: "error", id: null, code: "too_fast", message: "Slower." });
  assert.deepEqual(told, [{ code: "too_fast", message: "Slower." }]);
});

test("a room that is cancelled before it began is over as well", () => {
  const { protocol, last } = liveRoom(5);
  const room = { ...protocol.state.room, state: "cancelled", ended_at: "2026-11-20T20:01:00Z" };
  last().hear({ type: "events", events: [{ seq: 6, at: "2026-11-20T20:01:00Z", type: "room.changed", room }] });
  assert.deepEqual([protocol.phase, last().closed], ["ended", true]);
});

test("the end is the end, but who ended the room still gets the answer", async () => {
  const { protocol, last, clock, sockets } = liveRoom(5);
  const end = protocol.command("room.end");
  last().hear({ type: "events", events: [ended(6)] });
  assert.deepEqual([protocol.phase, last().closed], ["ended", false]);
  last().hear({ type: "ok", id: "1" });
  assert.deepEqual(await end, { type: "ok", id: "1" });
  assert.equal(last().closed, true);
  clock.pass(60_000);
  protocol.wake();
  assert.equal(sockets.length, 1);
});

test("stop closes for good", () => {
  const { protocol, last, clock, sockets } = liveRoom(5);
  protocol.stop();
  clock.pass(60_000);
  protocol.wake();
  assert.deepEqual([last().closed, sockets.length], [true, 1]);
});

test("frames that are none, or of an unknown type, are ignored", () => {
  const { protocol, last } = liveRoom(5);
  for (const data of ["", "no", "null", "3", '{"type":"later"}', "{}"]) last().onmessage({ data });
  last().onmessage({ data: new ArrayBuffer(2) });
  assert.deepEqual([protocol.phase, protocol.seq], ["live", 5]);
});

/** A small generator of chance that repeats (mulberry32), so that a failure can be seen again. */
function chanceOf(seed) {
  let at = seed;
  return () => {
    at = (at + 0x6d2b79f5) | 0;
    let mixed = Math.imul(at ^ (at >>> 15), 1 | at);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

test("whatever is lost, doubled or reordered, the picture is right after the next answered resync", () => {
  for (let seed = 1; seed <= 200; seed++) {
    const chance = chanceOf(seed);
    const { protocol, last, clock } = liveRoom(5);
    const events = Array.from({ length: 30 }, (_, index) => muted(6 + index, chance() < 0.5));
    const sent = events.flatMap((event) => (chance() < 0.2 ? [] : chance() < 0.3 ? [event, event] : [event]));
    sent.sort(() => chance() - 0.7);
    for (const event of sent) last().hear({ type: "events", events: [event] });
    for (let round = 0; round < 3; round++) {
      last().hear(pulse(35));
      const asked = last().sent.filter(({ type }) => type === "resync").at(-1);
      if (asked) last().hear({ type: "events", events: events.filter(({ seq }) => seq > asked.last_seq) });
      clock.pass(5000);
    }
    assert.deepEqual([protocol.seq, protocol.state.stage[0].muted], [35, events.at(-1).muted], `seed ${seed}`);
  }
});

/** What was said first on a socket that then is greeted. */
function hello(socket) {
  socket.onopen();
  const [said] = socket.sent;
  socket.hear({ type: "welcome", you: ADA, session: "s1" });
  socket.hear({ type: "snapshot", seq: 5, state: STATE });
  return said;
}

test("a visit takes the seat when it begins and asks for it when it comes back", () => {
  const { sockets, clock, last } = room({ device: "d1" });
  assert.deepEqual(hello(last()), { type: "hello", last_seq: 0, device: "d1", take: true });
  last().break();
  clock.pass(500);
  assert.deepEqual(hello(last()), { type: "hello", last_seq: 5, device: "d1", take: false });
  assert.equal(sockets.length, 2);
});

test("a visit whose seat was taken over waits until somebody takes it back", () => {
  const { protocol, sockets, clock, last, phases } = room({ device: "d1" });
  let moved = 0;
  protocol.addEventListener("seat-moved", () => (moved += 1));
  hello(last());
  last().break(4409);
  clock.pass(60_000);
  protocol.wake();
  assert.deepEqual([protocol.phase, sockets.length], ["elsewhere", 1]);
  protocol.takeSeat();
  assert.deepEqual(hello(last()), { type: "hello", last_seq: 5, device: "d1", take: true });
  last().hear({ type: "seat.moved" });
  assert.deepEqual([phases, moved], [["live", "elsewhere", "reconnecting", "live"], 1]);
});

test("a pulse that says what is different is applied to the whole one, and ignored before it", () => {
  const { protocol, last } = room();
  const [bo, cy] = ["bo", "cy"].map((id) => ({ id, handle: id, name: id, portrait: "" }));
  const here = { people: 2, guests: 0, away: [] };
  hello(last());
  last().hear({ type: "pulse", seq: 5, audience: { ...here, came: [cy], gone: [] } });
  assert.equal(protocol.audience, null);
  last().hear({ type: "pulse", seq: 5, audience: { ...here, sample: [ADA, bo] } });
  last().hear({ type: "pulse", seq: 5, audience: { ...here, people: 3, came: [cy], gone: ["ada"] } });
  last().hear({ type: "pulse", seq: 5, audience: { ...here, people: 3, came: [cy], gone: ["ada"] } });
  assert.deepEqual(protocol.audience, { ...here, people: 3, sample: [bo, cy] });
});
