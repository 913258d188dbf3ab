/** One connection with the relay: offered once, lost and offered again, never two at a time. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { AudioLink } from "../../rooms/static/rooms/js/audio_link.js";
import { FakeProtocol, fakeBrowser, refusal, settle } from "./audio_fakes.mjs";

function link(kind = "listen") {
  const { browser, clock, peers } = fakeBrowser();
  const protocol = new FakeProtocol();
  const chance = { value: 1, tries: true };
  const made = new AudioLink({
    kind,
    ask: (type, keys) => protocol.command(type, keys),
    open: browser.open,
    prepare: (peer) => peer.addTransceiver("audio", { direction: "recvonly" }),
    tries: () => chance.tries,
    clock,
    random: () => chance.value,
  });
  const seen = [];
  made.addEventListener("change", () => seen.push(made.problem ? `${made.state} ${made.problem}` : made.state));
  return { link: made, clock, peers, protocol, chance, seen, last: () => peers.at(-1) };
}

/** One that is connected. */
async function connected() {
  const all = link();
  all.link.start();
  await settle();
  all.last().become("connected");
  all.seen.length = 0;
  return all;
}

test("it offers without waiting for candidates, takes the answer and is on once connected", async () => {
  const { link: made, last, protocol, seen } = link("publish");
  made.start();
  await settle();
  assert.deepEqual(protocol.asked, [{ type: "media.offer", kind: "publish", sdp: "offer of p1" }]);
  assert.deepEqual(last().remoteDescription, { type: "answer", sdp: "answer" });
  assert.equal(made.state, "connecting");
  last().become("connected");
  assert.deepEqual(seen, ["connecting", "on"]);
});

test("starting twice makes one connection", async () => {
  const { link: made, peers } = link();
  made.start();
  made.start();
  await settle();
  made.start();
  assert.equal(peers.length, 1);
});

test("stopping closes the connection and its media session", async () => {
  const { link: made, last, protocol, seen } = await connected();
  made.stop();
  assert.deepEqual([last().closed, made.peer, seen], [true, null, ["off"]]);
  assert.deepEqual(protocol.asked.at(-1), { type: "media.close", media_session: "m1" });
  made.stop();
  assert.equal(protocol.asked.length, 2);
});

test("the answer of a superseded offer is closed, and only the last connection lives", async () => {
  const { link: made, peers, protocol } = link();
  const answers = [];
  protocol.answer = () => new Promise((resolve) => answers.push(resolve));
  made.start();
  await settle();
  made.restart();
  await settle();
  answers[1]({ sdp: "answer 2", media_session: "m2" });
  answers[0]({ sdp: "answer 1", media_session: "m1" });
  await settle();
  assert.deepEqual(protocol.asked.slice(2), [{ type: "media.close", media_session: "m1" }]);
  assert.deepEqual(peers.map(({ closed }) => closed), [true, false]);
  assert.deepEqual(peers[1].remoteDescription, { type: "answer", sdp: "answer 2" });
});

test("an answer that comes after stopping is closed", async () => {
  const { link: made, last, protocol } = link();
  let answer = () => undefined;
  protocol.answer = () => new Promise((resolve) => (answer = resolve));
  made.start();
  await settle();
  made.stop();
  answer({ sdp: "answer", media_session: "m1" });
  await settle();
  assert.deepEqual([made.state, last().closed], ["off", true]);
  assert.deepEqual(protocol.asked.slice(1), [{ type: "media.close", media_session: "m1" }]);
});

for (const [value, waits] of [
  [0, [150, 300, 600, 1200, 1200]],
  [1, [300, 600, 1200, 2400, 2400]],
]) {
  test(`a missing relay is asked for after 0.3 s doubling to 2.4 s, with jitter (${value})`, async () => {
    const { link: made, clock, protocol, chance } = link();
    chance.value = value;
    protocol.answer = () => refusal("relay_unavailable");
    made.start();
    await settle();
    for (const wait of waits) {
      const before = protocol.offers().length;
      clock.pass(wait - 1);
      await settle();
      assert.equal(protocol.offers().length, before);
      clock.pass(1);
      await settle();
      assert.equal(protocol.offers().length, before + 1);
      assert.deepEqual([made.state, made.problem], ["waiting", "relay_unavailable"]);
    }
  });
}

// The fifth doubling of 0.3 s is 4.8 s; the sixth would be over 5 s.
for (const [outage, wait] of [[29_999, 2_400], [30_000, 4_800]]) {
  test(`after an outage of ${outage} ms the next offer comes ${wait} ms later`, async () => {
    const { link: made, clock, protocol } = link();
    protocol.answer = () => refusal("relay_unavailable");
    made.start();
    await settle();
    // Time goes by in one piece: timers that fell due meanwhile are not what is looked at here.
    let refuse = () => undefined;
    protocol.answer = () => new Promise((resolve) => (refuse = () => resolve(refusal("relay_unavailable"))));
    for (const step of [300, 600, 1200, 2400]) {
      clock.pass(step);
      await settle();
      if (step === 2400) break;
      refuse();
      await settle();
    }
    clock.time = outage;
    refuse();
    await settle();
    const before = protocol.offers().length;
    clock.pass(wait - 1);
    await settle();
    assert.equal(protocol.offers().length, before);
    clock.pass(1);
    await settle();
    assert.equal(protocol.offers().length, before + 1);
  });
}

test("without the room's socket it waits to be restarted", async () => {
  const { link: made, clock, protocol } = link();
  protocol.answer = () => refusal("disconnected");
  made.start();
  await settle();
  clock.pass(60_000);
  await settle();
  assert.deepEqual([made.state, made.problem, protocol.offers().length], ["waiting", "disconnected", 1]);
  made.restart();
  await settle();
  assert.equal(protocol.offers().length, 2);
});

test("where another connection tries it waits to be restarted, and says why", async () => {
  const { link: made, clock, protocol, chance } = link();
  chance.tries = false;
  protocol.answer = () => refusal("relay_unavailable");
  made.start();
  await settle();
  clock.pass(60_000);
  await settle();
  assert.deepEqual([made.state, made.problem, protocol.offers().length], ["waiting", "relay_unavailable", 1]);
});

for (const code of ["bad_sdp", "forbidden", "login_required", "room_ended", "too_many_sessions"]) {
  test(`${code} is not offered again`, async () => {
    const { link: made, clock, last, protocol, seen } = link();
    protocol.answer = () => refusal(code, "No.");
    made.start();
    await settle();
    clock.pass(60_000);
    await settle();
    assert.deepEqual([seen, made.message, last().closed], [["connecting", `refused ${code}`], "No.", true]);
    assert.equal(protocol.offers().length, 1);
  });
}

for (const code of ["relay_unavailable", "unavailable", "timeout", "too_fast"]) {
  test(`${code} is offered again`, async () => {
    const { link: made, clock, last, protocol } = link();
    protocol.answer = () => refusal(code);
    made.start();
    await settle();
    protocol.answer = () => ({ sdp: "answer", media_session: "m2" });
    clock.pass(300);
    await settle();
    last().become("connected");
    assert.deepEqual([made.state, made.problem, protocol.offers().length], ["on", "", 2]);
  });
}

test("two silent seconds of a connection are forgiven, a third begins anew", async () => {
  const { link: made, clock, last, peers, seen } = await connected();
  last().become("disconnected");
  clock.pass(1_999);
  last().become("connected");
  clock.pass(10_000);
  assert.deepEqual([made.state, peers.length], ["on", 1]);
  last().become("disconnected");
  clock.pass(1_999);
  assert.equal(peers[0].closed, false);
  clock.pass(1);
  assert.deepEqual([peers[0].closed, seen], [true, ["waiting lost"]]);
  clock.pass(300);
  await settle();
  assert.equal(peers.length, 2);
});

test("a failed connection is given up at once", async () => {
  const { link: made, clock, last, peers } = await connected();
  last().become("failed");
  assert.deepEqual([made.state, made.problem], ["waiting", "lost"]);
  clock.pass(300);
  await settle();
  assert.equal(peers.length, 2);
});

test("a given-up connection that still speaks is not heard", async () => {
  const { link: made, peers } = await connected();
  made.restart();
  const old = peers[0];
  assert.equal(old.onconnectionstatechange, null);
  await settle();
  old.become("failed");
  assert.equal(made.state, "connecting");
});

test("a connection that does not come about within 5 s is offered again, twice and the network is named", async () => {
  const { link: made, clock, peers, seen } = link();
  made.start();
  await settle();
  clock.pass(4_999);
  assert.equal(peers[0].closed, false);
  clock.pass(1);
  assert.equal(peers[0].closed, true);
  clock.pass(300);
  await settle();
  clock.pass(5_000);
  assert.deepEqual(seen, ["connecting", "waiting lost", "connecting lost", "waiting unreachable"]);
});

for (const [held, wait] of [[4_999, 600], [5_000, 300]]) {
  test(`a connection that held ${held} ms is followed by an offer after ${wait} ms`, async () => {
    const { clock, last, peers, link: made } = link();
    made.start();
    await settle();
    last().become("failed");
    clock.pass(300);
    await settle();
    last().become("connected");
    clock.pass(held);
    last().become("failed");
    clock.pass(wait - 1);
    await settle();
    assert.equal(peers.length, 2);
    clock.pass(1);
    await settle();
    assert.equal(peers.length, 3);
  });
}

for (const reason of ["relay_lost", "failed", "connect_timeout", "draining", "never_connected"]) {
  test(`a session that is gone for ${reason} is opened again`, async () => {
    const { link: made, clock, peers } = await connected();
    made.ended({ media_session: "m1", reason });
    assert.equal(made.state, "waiting");
    clock.pass(300);
    await settle();
    assert.deepEqual([made.state, peers.map(({ closed }) => closed)], ["connecting", [true, false]]);
  });
}

for (const [reason, state] of [
  ["closed", "off"], ["left", "off"], ["revoked", "off"], ["room_closed", "off"], ["replaced", "elsewhere"],
]) {
  test(`a session that is gone for ${reason} stays so`, async () => {
    const { link: made, clock, protocol } = await connected();
    made.ended({ media_session: "m1", reason });
    clock.pass(60_000);
    await settle();
    assert.deepEqual([made.state, made.peer, protocol.asked.length], [state, null, 1]);
  });
}

test("the end of another session is nothing to it", async () => {
  const { link: made } = await connected();
  made.ended({ media_session: "m0", reason: "failed" });
  made.restart();
  made.ended({ media_session: "m1", reason: "replaced" });
  await settle();
  assert.equal(made.state, "connecting");
});

test("an end that overtakes the answer counts", async () => {
  const { link: made, protocol, peers } = link();
  protocol.answer = () => {
    made.ended({ media_session: "m1", reason: "relay_lost" });
    return { sdp: "answer", media_session: "m1" };
  };
  made.start();
  await settle();
  assert.deepEqual([made.state, made.problem, peers[0].closed], ["waiting", "lost", true]);
});
