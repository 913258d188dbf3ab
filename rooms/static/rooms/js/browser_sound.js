/** What the browser brings for sound: connections, microphones, a meter, time; and whether it may play by itself. */

import { SoundSettings } from "./sound_settings.js";

/** Samples of about 85 ms: what was said since the last look. */
const METER_SAMPLES = 4096;

/** How whoever uses this browser wants to speak and hear. */
export const settings = new SoundSettings(storage());

/** Where the browser is told what kind of sound this is: Safari only. @type {{type: string} | undefined} */
export const audioSession = /** @type {any} */ (navigator).audioSession;

/** @type {import("./audio.js").Browser} */
export const browser = {
  // Nobody in between is asked for an address: the relay has one that everybody reaches. The lines are bundled by the
  // answer; offered as bundled only, Firefox would give them port 0, which reads as refused.
  open: () => new RTCPeerConnection({ iceServers: [], bundlePolicy: "max-compat" }),
  // A page without https has none, whatever the type says.
  devices: /** @type {MediaDevices | undefined} */ (navigator.mediaDevices),
  wishes: () => settings.now,
  meter,
  clock: {
    after: (ms, run) => setTimeout(run, ms),
    cancel: (timer) => clearTimeout(timer),
    now: () => performance.now(),
  },
  wall: () => Date.now(),
  random: Math.random,
};

/** What the browser keeps for us; some are told to keep nothing. */
function storage() {
  try {
    return localStorage;
  } catch {
    return null;
  }
}

/**
 * @param {MediaStreamTrack} track
 * @returns {import("./audio.js").Meter}
 */
function meter(track) {
  const context = new AudioContext();
  const analyser = new AnalyserNode(context, { fftSize: METER_SAMPLES });
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  const samples = new Float32Array(METER_SAMPLES);
  return {
    level: () => {
      analyser.getFloatTimeDomainData(samples);
      return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
    },
    stop: () => void context.close(),
  };
}

/** A browser that does not say by then whether sound may begin is taken for one that wants a tap. */
const MAY_PLAY_MS = 1_000;

/** Whether sound may begin without a tap, found out by playing a moment of silence. */
export async function mayPlay() {
  const url = URL.createObjectURL(new Blob([silence()], { type: "audio/wav" }));
  // The address stays: taken back too early, the browser would report that it cannot be loaded.
  const played = new Audio(url).play().then(() => true, () => false);
  const patience = new Promise((resolve) => setTimeout(() => resolve(false), MAY_PLAY_MS));
  return Promise.race([played, patience]);
}

/** A twentieth of a second of nothing: 8,000 samples a second of 8 bits, of which 128 is the middle. */
function silence() {
  const rate = 8_000;
  const length = rate / 20;
  const wave = new DataView(new ArrayBuffer(44 + length));
  const text = (/** @type {number} */ at, /** @type {string} */ word) =>
    [...word].forEach((letter, index) => wave.setUint8(at + index, letter.charCodeAt(0)));
  text(0, "RIFF");
  wave.setUint32(4, 36 + length, true);
  text(8, "WAVEfmt ");
  wave.setUint32(16, 16, true);
  wave.setUint16(20, 1, true);
  wave.setUint16(22, 1, true);
  wave.setUint32(24, rate, true);
  wave.setUint32(28, rate, true);
  wave.setUint16(32, 1, true);
  wave.setUint16(34, 8, true);
  text(36, "data");
  wave.setUint32(40, length, true);
  new Uint8Array(wave.buffer, 44).fill(128);
  return wave.buffer;
}
