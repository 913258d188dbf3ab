"""Tones for tests: a microphone that plays one, and what frequency arrives at the other end."""

from __future__ import annotations

import asyncio
import fractions
import time
from typing import Any

import av
import numpy as np
from aiortc import MediaStreamTrack

SAMPLE_RATE = 48_000
FRAME = 960


class Tone(MediaStreamTrack):
    """A microphone that hears `frequency` (Hz) at `volume` (of full scale); both may be changed while it plays."""

    kind = "audio"

    def __init__(self, frequency: float, volume: float = 0.3) -> None:
        super().__init__()
        self.frequency = frequency
        self.volume = volume
        self._samples = 0
        self._began: float | None = None
        self._phase = 0.0

    async def recv(self) -> av.AudioFrame:
        if self._began is None:
            self._began = time.monotonic()
        await asyncio.sleep(max(0.0, self._began + self._samples / SAMPLE_RATE - time.monotonic()))
        steps = 2 * np.pi * self.frequency / SAMPLE_RATE * np.arange(1, FRAME + 1) + self._phase
        self._phase = float(steps[-1] % (2 * np.pi))
        wave = (np.sin(steps) * self.volume * 32767).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(wave.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE, self._samples, fractions.Fraction(1, SAMPLE_RATE)
        self._samples += FRAME
        return frame


class Ear:
    """Listens to a track for ever and keeps its last second as mono samples."""

    def __init__(self, track: Any) -> None:
        self.samples = np.zeros(SAMPLE_RATE, np.float64)
        self._heard_at = 0.0
        self._task = asyncio.create_task(self._listen(track))

    async def _listen(self, track: Any) -> None:
        while True:
            frame = await track.recv()
            data = frame.to_ndarray().reshape(-1, len(frame.layout.channels)).mean(axis=1) / 32768
            self.samples = np.concatenate([self.samples, data])[-SAMPLE_RATE:]
            self._heard_at = time.monotonic()

    def loudest(self, seconds: float = 0.5) -> tuple[float, float]:
        """Return the strongest frequency (Hz) of the last `seconds`, and the volume (RMS of full scale)."""
        part = self.samples[-int(seconds * SAMPLE_RATE) :]
        spectrum = np.abs(np.fft.rfft(part * np.hanning(len(part))))
        return float(np.argmax(spectrum) / seconds), float(np.sqrt(np.mean(part**2)))

    def hears(self, frequency: float, *, within: float = 5.0) -> bool:
        found, volume = self.loudest()
        return not self.hears_nothing() and volume > 0.01 and abs(found - frequency) <= within

    def hears_nothing(self, seconds: float = 0.2) -> bool:
        """Say whether nothing has come for so long; aiortc makes no silence of its own while no packets come."""
        return time.monotonic() - self._heard_at > seconds or self.loudest(seconds)[1] < 0.002

    def close(self) -> None:
        self._task.cancel()
