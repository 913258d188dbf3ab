"""Makes sound: tones as Opus packets, packets as a browser sends them, and what is heard in a file."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import pytest

from media.relay.rtp import CLOCK_RATE, RtpPacket

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from numpy.typing import NDArray

# An empty frame of 20 ms, as a sender in DTX has it.
DTX = b"\xf8"
BEGAN = 1_763_700_000.0


def tone(hertz: float, seconds: float, *, loud: float = 0.25) -> NDArray[np.float32]:
    times = np.arange(round(seconds * CLOCK_RATE)) / CLOCK_RATE
    found: NDArray[np.float32] = (np.sin(2 * np.pi * hertz * times) * loud).astype(np.float32)
    return found


def opus(sound: NDArray[np.float32], *, milliseconds: int = 20, channels: int = 1) -> list[bytes]:
    """Return the sound as Opus packets of that length."""
    encoder = av.AudioCodecContext.create("libopus", "w")
    encoder.bit_rate, encoder.sample_rate = 32_000, CLOCK_RATE
    encoder.format, encoder.layout = av.AudioFormat("flt"), av.AudioLayout("stereo" if channels == 2 else "mono")
    encoder.time_base = Fraction(1, CLOCK_RATE)
    encoder.options = {"frame_duration": str(milliseconds), "application": "voip"}
    frame = av.AudioFrame.from_ndarray(np.repeat(sound, channels)[None, :], format="flt", layout=encoder.layout.name)
    frame.sample_rate, frame.time_base, frame.pts = CLOCK_RATE, Fraction(1, CLOCK_RATE), 0
    return [bytes(packet) for packet in [*encoder.encode(frame), *encoder.encode(None)]]


def rtp(
    payloads: Iterable[bytes],
    *,
    samples: int = 960,
    sequence: int = 100,
    timestamp: int = 5000,
    ssrc: int = 1,
    began: float = BEGAN,
    pace: float = 1.0,
) -> list[RtpPacket]:
    """Return the payloads as packets that arrive in time; `pace` is how long a second of the sender lasts here."""
    return [
        RtpPacket(
            payload_type=111,
            marker=False,
            sequence_number=sequence + number & 0xFFFF,
            timestamp=timestamp + number * samples & 0xFFFFFFFF,
            ssrc=ssrc,
            payload=payload,
            arrival=began + number * samples / CLOCK_RATE * pace,
        )
        for number, payload in enumerate(payloads)
    ]


def sound_of(path: Path) -> NDArray[np.float32]:
    """Return what a player would play of a file, in one channel."""
    with av.open(str(path)) as file:
        resampler = av.AudioResampler(format="flt", layout="mono", rate=CLOCK_RATE)
        frames: list[Any] = [part for frame in file.decode(audio=0) for part in resampler.resample(frame)]
    return np.concatenate([frame.to_ndarray().reshape(-1) for frame in frames])


def spans(sound: NDArray[np.float32], hertz: float, *, step: float = 0.01) -> list[tuple[float, float]]:
    """Return from when to when (s) a tone is heard, looked at in windows of 20 ms each `step`."""
    size, hop = round(0.02 * CLOCK_RATE), round(step * CLOCK_RATE)
    wave = np.exp(-2j * np.pi * hertz * np.arange(size) / CLOCK_RATE) * np.hanning(size)
    starts = range(0, len(sound) - size + 1, hop)
    there = [abs(np.dot(sound[start : start + size], wave)) / (size / 4) > 0.08 for start in starts]
    edges = np.flatnonzero(np.diff(np.array([False, *there, False], dtype=np.int8)))
    # A window counts for its middle.
    return [
        (round(float(first * step + 0.01), 3), round(float((last - 1) * step + 0.01), 3))
        for first, last in zip(edges[::2], edges[1::2], strict=True)
    ]


def near(*expected: tuple[float, float]) -> list[Any]:
    """Return what compares equal to spans that begin and end within 30 ms of these."""
    return [pytest.approx(span, abs=0.03) for span in expected]


def pitch(sound: NDArray[np.float32], begin: float, end: float) -> float:
    """Return the strongest frequency between two times, in Hz."""
    part = sound[round(begin * CLOCK_RATE) : round(end * CLOCK_RATE)]
    spectrum = np.abs(np.fft.rfft(part * np.hanning(len(part))))
    return float(np.argmax(spectrum) * CLOCK_RATE / len(part))
