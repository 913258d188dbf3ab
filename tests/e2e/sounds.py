"""Sound in browsers: microphones that hear a tone, and what a page's listener would hear, measured."""

from __future__ import annotations

import time
import wave
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

SAMPLE_RATE = 48_000
# Whole periods of every whole frequency: the file is played in a loop, without a click.
SECONDS = 5
# As loud as a voice near the microphone.
VOLUME = 0.3
WITHIN_HZ = 5.0
# A player's clock moves in steps of its buffers.
PLAYER_LAG_MS = 60.0

# Keeps every peer connection's incoming tracks, and asks for the microphone as it is: noise suppression takes a
# steady tone for what it is, noise.
HOOK = """
(() => {
  const tracks = (window.heardTracks = new Set());
  const Peer = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Peer {
    constructor(...options) {
      super(...options);
      this.addEventListener("track", ({ track }) => tracks.add(track));
    }
  };
  const devices = navigator.mediaDevices;
  if (!devices) return;
  const ask = devices.getUserMedia.bind(devices);
  devices.getUserMedia = (wanted) => {
    const asItIs = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
    const audio = typeof wanted.audio === "object" ? { ...wanted.audio, ...asItIs } : wanted.audio && asItIs;
    return ask({ ...wanted, audio });
  };
  const ears = new Map();
  let context = null;
  window.hear = () => {
    context ??= new AudioContext({ sampleRate: 48000 });
    void context.resume();
    const heard = [];
    for (const track of tracks) {
      if (track.readyState !== "live") continue;
      if (!ears.has(track)) {
        const analyser = new AnalyserNode(context, { fftSize: 16384, smoothingTimeConstant: 0 });
        context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
        ears.set(track, analyser);
      }
      const analyser = ears.get(track);
      const wave = new Float32Array(4096);
      const bins = new Float32Array(analyser.frequencyBinCount);
      analyser.getFloatTimeDomainData(wave);
      analyser.getFloatFrequencyData(bins);
      let best = 1;
      bins.forEach((level, bin) => { if (level > bins[best]) best = bin; });
      const power = wave.reduce((sum, value) => sum + value * value, 0) / wave.length;
      heard.push({ hz: (best * context.sampleRate) / analyser.fftSize, volume: Math.sqrt(power) });
    }
    return heard;
  };

  /* The last 680 ms are looked at every 200 ms, so nothing is missed while the page is busy. */
  window.watchGaps = () => {
    context ??= new AudioContext({ sampleRate: 48000 });
    void context.resume();
    const slots = [...tracks].filter(({ readyState }) => readyState === "live").map((one) => {
      const analyser = new AnalyserNode(context, { fftSize: 32768 });
      context.createMediaStreamSource(new MediaStream([one])).connect(analyser);
      return analyser;
    });
    const watched = (window.watched = { gap: 0, looks: 0, began: performance.now(), played: played() });
    const wave = new Float32Array(32768);
    const longest = (analyser) => {
      analyser.getFloatTimeDomainData(wave);
      let run = 0, most = 0;
      for (const value of wave) {
        run = Math.abs(value) < 0.005 ? run + 1 : 0;
        if (run > most) most = run;
      }
      return most / 48;
    };
    const look = () => {
      // Three slots, one speaker: the slot that is heard counts.
      watched.gap = Math.max(watched.gap, Math.min(...slots.map(longest)));
      watched.looks += 1;
    };
    setTimeout(() => { watched.timer = setInterval(look, 200); }, 800);
  };
  const played = () => Math.max(0, ...[...document.querySelectorAll("audio")].map(({ currentTime }) => currentTime));
  window.endWatch = () => {
    const { timer, gap, looks, began, played: before } = window.watched;
    clearInterval(timer);
    return { gap, looks, unplayed: performance.now() - began - (played() - before) * 1000 };
  };
})();
"""


def write_tone(path: Path, hz: int) -> Path:
    """Write a microphone's file: a steady tone, mono, 48 kHz, that can be looped."""
    steps = np.arange(SECONDS * SAMPLE_RATE) * (2 * np.pi * hz / SAMPLE_RATE)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes((np.sin(steps) * VOLUME * 32767).astype("<i2").tobytes())
    return path


def heard(page: Page) -> list[float]:
    """Return the frequencies (Hz) that the page receives now, of every slot that is not silent."""
    return [one["hz"] for one in page.evaluate("hear()") if one["volume"] > 0.01]


def hears(page: Page, *tones: int) -> bool:
    """Say whether the page receives exactly these tones."""
    found = sorted(heard(page))
    return len(found) == len(tones) and all(
        abs(one - tone) <= WITHIN_HZ for one, tone in zip(found, sorted(tones), strict=True)
    )


def wait_to_hear(page: Page, *tones: int, seconds: float = 15.0) -> float:
    """Return after how many seconds the page received exactly these tones; fail if it did not in time."""
    began = time.monotonic()
    while not hears(page, *tones):
        if time.monotonic() - began > seconds:
            msg = f"not within {seconds} s: {tones}; the page hears {heard(page)}"
            raise AssertionError(msg)
        page.wait_for_timeout(30)
    return time.monotonic() - began


def watch_gaps(page: Page) -> None:
    """Begin to watch for silence in a tone that the page hears already."""
    page.evaluate("watchGaps()")
    page.wait_for_timeout(1000)


def longest_gap(page: Page) -> float:
    """Return the longest silence since `watch_gaps`, in ms, whether on the way or in the page's player."""
    page.wait_for_timeout(800)
    watched = page.evaluate("endWatch()")
    assert watched["looks"] > 5
    # A player that stood still would be that much behind the clock.
    return float(max(watched["gap"], watched["unplayed"] - PLAYER_LAG_MS))


def detour(page: Page, port: int) -> None:
    """Make a page that is opened after this send its sound to `port` instead of the relay's own."""
    page.add_init_script(
        """
        (() => {
          const set = RTCPeerConnection.prototype.setRemoteDescription;
          RTCPeerConnection.prototype.setRemoteDescription = function (answer) {
            const sdp = answer.sdp.replace(/^(a=candidate:(?:\\S+ ){5})\\d+/gm, "$1PORT");
            return set.call(this, { type: answer.type, sdp });
          };
        })();
        """.replace("PORT", str(port))
    )
