/** A room's sound as a whole: who is on the air when, what is connected, what is shown. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { LEVELS_MS, QUALITY_MS, RoomAudio, SLEEP_MS } from "../../rooms/static/rooms/js/audio.js";
import { TOLD_MS, loudness, sourceOf } from "../../rooms/static/rooms/js/levels.js";
import { FakeProtocol, fakeBrowser, refusal, settle } from "./audio_fakes.mjs";

/** A room in which Ada sits on the stage, muted, and the socket is live. */
function room({ muted = true } = {}) {
  const all = fakeBrowser();
  const protocol = new FakeProtocol();
  protocol.seat(muted, "ben");
  const audio = new RoomAudio(protocol, all.browser);
  const seen = [];
  audio.addEventListener("change", () => seen.push(`${audio.hearing} ${audio.voice} ${audio.network}`));
  protocol.greet("s1");
  return { ...all, protocol, audio, seen, last: () => all.peers.at(-1) };
}

async function listening() {
  const all = room();
  all.audio.listen();
  await settle();
  all.last().become("connected");
  all.seen.length = 0;
  return all;
}

/** Ada speaks. */
async function onAir(options) {
  const all = room(options);
  await all.audio.takeAir();
  await settle();
  all.last().become("connected");
  all.protocol.seat(false, "ben");
  all.seen.length = 0;
  return all;
}

const commands = (protocol) => protocol.asked.map(({ type, kind }) => (kind ? `${type} ${kind}` : type));

test("nothing is connected and no microphone asked for before somebody wants it", () => {
  const { audio, peers, devices, protocol } = room();
  assert.deepEqual([audio.hearing, audio.voice, audio.network], ["off", "muted", "good"]);
  assert.deepEqual([peers, devices.asked, protocol.asked], [[], [], []]);
});

test("listening offers three slots, hands their tracks out and is on", async () => {
  const { audio, last, protocol, seen } = room();
  let told = 0;
  audio.addEventListener("tracks", () => (told += 1));
  audio.listen();
  await settle();
  assert.deepEqual(last().transceivers.map(({ direction }) => direction), ["recvonly", "recvonly", "recvonly"]);
  assert.deepEqual([audio.tracks, told], [last().getReceivers().map(({ track }) => track), 1]);
  last().become("connected");
  assert.deepEqual([commands(protocol), seen], [["media.offer listen"], ["connecting muted good", "on muted good"]]);
});

test("speaking: the microphone, then a connection with its track; on the air once the room says so", async () => {
  const { audio, last, protocol, devices, seen } = room();
  assert.equal(await audio.takeAir(), true);
  await settle();
  const [{ direction, sender }] = last().transceivers;
  assert.deepEqual([direction, sender.track, sender.track.enabled], ["sendonly", devices.tracks[0], false]);
  last().become("connected");
  assert.equal(audio.voice, "connecting");
  protocol.seat(false, "ben");
  assert.deepEqual([audio.voice, devices.tracks[0].enabled], ["air", true]);
  assert.deepEqual(seen, ["off asking good", "off muted good", "off connecting good", "off air good"]);
});

test("on the air only while the connection stands", async () => {
  const { audio, last, clock } = await onAir();
  last().become("failed");
  assert.equal(audio.voice, "reconnecting");
  clock.pass(LEVELS_MS * 3);
  await settle();
  last().become("connected");
  assert.equal(audio.voice, "air");
});

test("a refused microphone connects nothing", async () => {
  const { audio, devices, peers } = room();
  devices.answers = ["NotAllowedError"];
  assert.deepEqual([await audio.takeAir(), audio.voice, peers], [false, "refused", []]);
});

test("muting is silence at once, and keeps the connection", async () => {
  const { audio, last, devices, protocol } = await onAir();
  let told = 0;
  audio.addEventListener("silenced", () => (told += 1));
  audio.mute();
  assert.deepEqual([devices.tracks[0].enabled, audio.voice, last().closed], [false, "muted", false]);
  protocol.seat(true, "ben");
  // What I did myself is no news.
  assert.equal(told, 0);
  await audio.takeAir();
  protocol.seat(false, "ben");
  assert.deepEqual([devices.asked.length, protocol.offers().length, audio.voice], [1, 1, "air"]);
});

test("muted by a host: silence at once, and it stays so", async () => {
  const { audio, devices, protocol } = await onAir();
  let told = 0;
  audio.addEventListener("silenced", () => (told += 1));
  protocol.seat(true, "ben");
  assert.deepEqual([audio.voice, devices.tracks[0].enabled, told], ["muted", false, 1]);
  protocol.seat(false, "ben");
  assert.deepEqual([audio.voice, devices.tracks[0].enabled, told], ["elsewhere", false, 1]);
});

test("off the stage: microphone stopped and connection closed at once", async () => {
  const { audio, last, devices, protocol } = await onAir();
  protocol.seat(null, "ben");
  assert.deepEqual([devices.tracks[0].stopped, last().closed, audio.voice], [true, true, "muted"]);
  assert.deepEqual(commands(protocol), ["media.offer publish", "media.close"]);
});

test("moved off the stage while the browser asks: no microphone is kept", async () => {
  const { audio, devices, protocol, peers } = room();
  let allow = () => undefined;
  devices.answers = [new Promise((resolve) => (allow = resolve))];
  const taking = audio.takeAir();
  protocol.seat(null, "ben");
  allow();
  assert.deepEqual([await taking, devices.tracks[0].stopped, peers], [false, true, []]);
});

test("the room's end ends everything", async () => {
  const { audio, devices, protocol, peers } = await onAir();
  audio.listen();
  await settle();
  protocol.phase = "ended";
  protocol.hear("phase");
  const closed = peers.map((peer) => peer.closed);
  assert.deepEqual([closed, devices.tracks[0].stopped, audio.hearing], [[true, true], true, "off"]);
});

test("another socket means another connection, one each, with the same microphone", async () => {
  const { audio, devices, protocol, peers } = await onAir();
  audio.listen();
  await settle();
  protocol.greet("s2");
  await settle();
  assert.deepEqual(peers.map(({ closed }) => closed), [true, true, false, false]);
  const offers = protocol.offers().map(({ kind }) => kind).sort();
  assert.deepEqual([offers, devices.asked.length], [["listen", "listen", "publish", "publish"], 1]);
  assert.equal(peers.find(({ transceivers, closed }) => !closed && transceivers.length === 1).getSenders()[0].track,
    devices.tracks[0]);
});

test("events of the same socket connect nothing anew", async () => {
  const { protocol, peers } = await listening();
  protocol.seat(true, "ben", "cy");
  protocol.hear("phase");
  await settle();
  assert.equal(peers.length, 1);
});

test("what was wanted before the socket was there is connected with it", async () => {
  const all = fakeBrowser();
  const protocol = new FakeProtocol();
  const audio = new RoomAudio(protocol, all.browser);
  protocol.answer = () => refusal("disconnected");
  audio.listen();
  await settle();
  assert.equal(audio.hearing, "connecting");
  protocol.answer = () => ({ sdp: "answer", media_session: "m1" });
  protocol.greet("s1");
  await settle();
  all.peers.at(-1).become("connected");
  assert.equal(audio.hearing, "on");
});

for (const [answer, hearing] of [
  [refusal("relay_unavailable"), "no_relay"],
  [refusal("unavailable"), "reconnecting"],
  [refusal("room_ended"), "refused"],
]) {
  test(`a room that was heard and answers ${answer.code} is shown as ${hearing}`, async () => {
    const { audio, last, clock, protocol } = await listening();
    protocol.answer = () => answer;
    last().become("failed");
    assert.equal(audio.hearing, "reconnecting");
    clock.pass(300);
    await settle();
    assert.equal(audio.hearing, hearing);
  });
}

test("without a relay only listening looks for one; speaking follows when it is found", async () => {
  const { audio, clock, peers, protocol } = await onAir();
  audio.listen();
  await settle();
  peers.at(-1).become("connected");
  const answer = protocol.answer;
  protocol.answer = () => refusal("relay_unavailable");
  for (const peer of peers.slice()) peer.become("failed");
  for (let second = 0; second < 20; second += 1) {
    clock.pass(1_000);
    await settle();
  }
  assert.deepEqual([audio.hearing, audio.voice], ["no_relay", "reconnecting"]);
  assert.ok(protocol.offers("publish").length <= 4, "publish goes on asking");
  protocol.answer = answer;
  const before = protocol.offers("publish").length;
  clock.pass(2_400);
  await settle();
  peers.at(-1).become("connected");
  await settle();
  peers.at(-1).become("connected");
  assert.equal(protocol.offers("publish").length, before + 1);
  assert.deepEqual([audio.hearing, audio.voice], ["on", "air"]);
});

test("taken over by another page it stays quiet and says so", async () => {
  const { audio, protocol } = await onAir();
  protocol.hear("media-gone", { media_session: "m1", reason: "replaced" });
  assert.deepEqual([audio.voice, audio.microphone.track], ["elsewhere", null]);
  audio.listen();
  await settle();
  protocol.hear("media-gone", { media_session: "m2", reason: "replaced" });
  assert.equal(audio.hearing, "elsewhere");
});

test("a lasting refusal is told in the server's words", async () => {
  const { audio, protocol } = room();
  const told = [];
  audio.addEventListener("refused", ({ detail }) => told.push(detail));
  protocol.answer = () => refusal("too_many_sessions", "Close other pages.");
  await audio.takeAir();
  await settle();
  assert.deepEqual([told, audio.voice, audio.microphone.track], [["Close other pages."], "muted", null]);
});

test("a mute that could not be told is told to the next socket, once", async () => {
  const { audio, protocol } = await onAir();
  audio.mute();
  assert.deepEqual(commands(protocol), ["media.offer publish"]);
  protocol.greet("s2");
  await settle();
  assert.deepEqual(commands(protocol).filter((type) => type === "mic.mute"), ["mic.mute"]);
  protocol.seat(true, "ben");
  protocol.greet("s3");
  await settle();
  assert.deepEqual(commands(protocol).filter((type) => type === "mic.mute"), ["mic.mute"]);
});

test("a page that was loaded anew while on the air says that it is silent", async () => {
  const all = fakeBrowser();
  const protocol = new FakeProtocol();
  protocol.seat(false, "ben");
  const audio = new RoomAudio(protocol, all.browser);
  audio.wasOnAir();
  assert.equal(audio.voice, "muted");
  protocol.greet("s1");
  assert.deepEqual(commands(protocol), ["mic.mute"]);
});

test("a page that never spoke leaves the microphone of another page alone", () => {
  const { audio, protocol } = room({ muted: false });
  assert.deepEqual([audio.voice, commands(protocol)], ["elsewhere", []]);
});

test("a microphone that is lost for good mutes, and the room is told", async () => {
  const { audio, devices, protocol } = await onAir();
  await devices.plug();
  assert.deepEqual([audio.voice, commands(protocol).at(-1)], ["missing", "mic.mute"]);
});

test("a microphone that is replaced is sent over the same connection", async () => {
  const { audio, devices, last, protocol } = await onAir();
  const moved = [];
  audio.addEventListener("moved", ({ detail }) => moved.push(detail));
  await devices.plug("headset");
  const sent = last().getSenders()[0].track.deviceId;
  assert.deepEqual([sent, protocol.offers().length, moved], ["headset", 1, ["headset"]]);
  assert.equal(audio.voice, "air");
});

test("a sleep of 10 s connects anew and wakes the socket, a shorter one does not", async () => {
  const { clock, browser, protocol, peers } = await listening();
  let slept = 0;
  browser.wall = () => clock.time + slept;
  clock.pass(LEVELS_MS);
  slept += SLEEP_MS - LEVELS_MS - 1;
  clock.pass(LEVELS_MS);
  await settle();
  assert.deepEqual([protocol.woken, peers.length], [0, 1]);
  slept += SLEEP_MS - LEVELS_MS;
  clock.pass(LEVELS_MS);
  await settle();
  assert.deepEqual([protocol.woken, peers.length], [1, 2]);
});

/** Let Ben be heard in the first slot, once per look. */
function speakAsBen(peer, amplitude) {
  let timestamp = 0;
  const [receiver] = peer.getReceivers();
  receiver.getContributingSources = () => [{ source: sourceOf("ben"), timestamp: (timestamp += 1) }];
  receiver.getSynchronizationSources = () => [{ source: 1, timestamp, audioLevel: amplitude() }];
}

test("levels come from the slots ten times a second, and end with one empty look", async () => {
  const { audio, clock, last } = await listening();
  const told = [];
  let amplitude = 0.1;
  audio.addEventListener("levels", () => told.push([...audio.levels]));
  speakAsBen(last(), () => amplitude);
  clock.pass(LEVELS_MS * 2);
  amplitude = 0;
  clock.pass(LEVELS_MS * 5);
  assert.deepEqual(told, [[["ben", loudness(20)]], [["ben", loudness(20)]], []]);
});

test("what the server tells fills in for those who do not listen, and is forgotten after 6 s", async () => {
  const { audio, clock, protocol } = await onAir();
  protocol.hear("talking", { ben: 15, cy: 61 });
  clock.pass(LEVELS_MS);
  assert.deepEqual([...audio.levels], [["ben", 1]]);
  clock.pass(TOLD_MS - LEVELS_MS - 1);
  assert.deepEqual([...audio.levels], [["ben", 1]]);
  clock.pass(LEVELS_MS);
  assert.deepEqual([...audio.levels], []);
});

test("whoever has connected nothing sees what the server tells at once", () => {
  const { audio, protocol } = room();
  protocol.hear("talking", { ben: 15 });
  assert.deepEqual([...audio.levels], [["ben", 1]]);
  protocol.hear("talking", {});
  assert.deepEqual([...audio.levels], []);
});

test("while listening the slots say it, not the server", async () => {
  const { audio, clock, protocol } = await listening();
  protocol.hear("talking", { ben: 15 });
  clock.pass(LEVELS_MS);
  assert.deepEqual([...audio.levels], []);
});

test("one's own level is the microphone's, on the air only", async () => {
  const { audio, clock, meters } = await onAir();
  meters[0].amplitude = 0.1;
  clock.pass(LEVELS_MS);
  assert.deepEqual([...audio.levels], [["ada", loudness(20)]]);
  audio.mute();
  clock.pass(LEVELS_MS);
  assert.deepEqual([...audio.levels], []);
});

test("the network is judged every 2 s from what is heard", async () => {
  const { audio, clock, last, seen } = await listening();
  let received = 0;
  let lost = 0;
  const look = async (good, bad) => {
    received += good;
    lost += bad;
    last().stats = new Map([["i", { type: "inbound-rtp", packetsReceived: received, packetsLost: lost }]]);
    clock.pass(QUALITY_MS);
    await settle();
  };
  await look(0, 0);
  await look(90, 10);
  assert.equal(audio.network, "good");
  await look(90, 10);
  assert.deepEqual([audio.network, seen], ["bad", ["on muted bad"]]);
});
