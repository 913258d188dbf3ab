/** What stands in for the browser's sound: connections, microphones, devices, and a room's socket. */

import { FakeClock } from "./fakes.mjs";

/** Let everything run that waits for nothing but promises. */
export const settle = () => new Promise((resolve) => setImmediate(resolve));

export class FakePeer {
  connectionState = "new";
  localDescription = null;
  remoteDescription = null;
  onconnectionstatechange = null;
  transceivers = [];
  closed = false;
  stats = new Map();

  constructor(name) {
    this.name = name;
  }

  addTransceiver(what, { direction }) {
    const track = typeof what === "string" ? null : what;
    const sender = { track, replaceTrack: async (next) => void (sender.track = next) };
    const nobody = () => [];
    const receiver = { track: { of: this.name }, getContributingSources: nobody, getSynchronizationSources: nobody };
    const transceiver = { direction, sender, receiver };
    this.transceivers.push(transceiver);
    return transceiver;
  }

  getSenders = () => this.transceivers.map(({ sender }) => sender);
  getReceivers = () => this.transceivers.map(({ receiver }) => receiver);
  getStats = async () => this.stats;

  async setLocalDescription() {
    this.localDescription = { sdp: `offer of ${this.name}` };
  }

  async setRemoteDescription(description) {
    this.remoteDescription = description;
  }

  close() {
    this.closed = true;
    this.connectionState = "closed";
  }

  /** Let the browser report a state. */
  become(state) {
    this.connectionState = state;
    this.onconnectionstatechange?.();
  }
}

export class FakeTrack {
  enabled = true;
  muted = false;
  stopped = false;
  onended = null;
  onmute = null;
  onunmute = null;

  constructor(deviceId, label = deviceId) {
    this.deviceId = deviceId;
    this.label = label;
  }

  getSettings = () => ({ deviceId: this.deviceId });

  stop() {
    this.stopped = true;
  }
}

/**
 * Microphones, whose names are their ids; `answers` are what getUserMedia does next: a device's id, the name of an
 * error, or a promise that it waits for.
 */
export class FakeDevices extends EventTarget {
  present = ["built-in"];
  /** Devices whose names are not their ids. */
  labels = {};
  answers = [];
  asked = [];
  tracks = [];

  async getUserMedia(constraints) {
    this.asked.push(constraints);
    const wished = constraints.audio.deviceId?.ideal;
    const found = this.present.includes(wished) ? wished : this.present[0];
    const answer = this.answers.shift() ?? found ?? "NotFoundError";
    if (answer instanceof Promise) await answer;
    else if (answer instanceof Error) throw answer;
    else if (/Error$/.test(answer)) throw Object.assign(new Error(answer), { name: answer });
    const given = this.present.includes(answer) ? answer : found;
    const track = new FakeTrack(given, this.#labelOf(given));
    this.tracks.push(track);
    return { getAudioTracks: () => [track] };
  }

  enumerateDevices = async () =>
    this.present.map((deviceId) => ({ kind: "audioinput", deviceId, label: this.#labelOf(deviceId) }));

  #labelOf = (deviceId) => this.labels[deviceId] ?? deviceId;

  /** Let exactly these microphones be plugged in from now on. */
  async plug(...present) {
    this.present = present;
    this.dispatchEvent(new Event("devicechange"));
    await settle();
  }
}

/** A room's socket: it keeps what it was asked, and answers what the test says. */
export class FakeProtocol extends EventTarget {
  phase = "connecting";
  session = "";
  you = { id: "ada" };
  state = { stage: [] };
  asked = [];
  woken = 0;
  /** What `media.offer` is answered with; an Error is a refusal. */
  answer = () => ({ sdp: "answer", media_session: `m${this.offers().length}` });

  async command(type, keys = {}) {
    this.asked.push({ type, ...keys });
    if (type !== "media.offer") return {};
    const answer = await this.answer();
    if (answer instanceof Error) throw answer;
    return answer;
  }

  offers = (kind) => this.asked.filter(({ type, kind: asked }) => type === "media.offer" && (!kind || asked === kind));

  wake() {
    this.woken += 1;
  }

  /** Let the socket be live, by this name. */
  greet(session) {
    this.session = session;
    this.phase = "live";
    this.dispatchEvent(new Event("phase"));
  }

  /** Put Ada on the stage, muted or not, or off it (null); others beside her. */
  seat(muted, ...others) {
    const mine = muted === null ? [] : [{ person: { id: "ada" }, role: "speaker", muted }];
    this.state = { stage: [...mine, ...others.map((id) => ({ person: { id }, role: "speaker", muted: false }))] };
    this.dispatchEvent(new Event("change"));
  }

  hear(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

export const refusal = (code, message = "") => Object.assign(new Error(message), { code, message });

/** A browser whose connections, devices and time belong to the test. */
export function fakeBrowser() {
  const clock = new FakeClock();
  const peers = [];
  const meters = [];
  const devices = new FakeDevices();
  const browser = {
    open: () => {
      peers.push(new FakePeer(`p${peers.length + 1}`));
      return peers.at(-1);
    },
    devices,
    meter: (track) => {
      const stop = () => (meter.stopped = true);
      const meter = { track, amplitude: 0, stopped: false, level: () => meter.amplitude, stop };
      meters.push(meter);
      return meter;
    },
    clock,
    wall: () => clock.time,
    random: () => 0.5,
  };
  return { browser, clock, peers, meters, devices };
}
