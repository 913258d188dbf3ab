"""Makes one replay of what each speaker said: a second at a time, so that memory stays the same however long it was.

It knows files only, no database. What the relay wrote, and why so, stands in media.relay.recording_part.
"""

from __future__ import annotations

import contextlib
import math
import os
from collections import deque
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import av
import numpy as np

from media.mixing.limiter import Limiter
from media.mixing.places import read_places
from media.relay.recording_part import samples_in
from media.relay.rtp import CLOCK_RATE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from media.mixing.places import Place

    Sound = NDArray[np.float32]

BLOCK: Final = CLOCK_RATE
BIT_RATE: Final = 64_000
# Louder than this somebody is heard; a microphone that is open in a quiet room is not (about -50 dB).
HEARD: Final = 0.003
# How many bars draw a replay's waveform, whatever its length.
BARS: Final = 160
PEAKS_PER_SECOND: Final = 10
# An Opus packet without content: its sender was silent, or it was lost (RFC 6716 section 3.2.1, RFC 7845 section 4.1).
_EMPTY_BYTES: Final = 2
_LONG_SILENCE: Final = 5760
_TIME_BASE: Final = Fraction(1, CLOCK_RATE)


class NothingRecordedError(Exception):
    """There is no sound to make a replay of."""


@dataclass
class Mixed:
    """A replay: how long it is, how large, when it begins (Unix seconds), and who is heard, the first one first.

    `peaks` is its outline: at most BARS numbers, 0 to 100, the loudest moment being 100.
    """

    begins: float
    duration_ms: int = 0
    size: int = 0
    heard: list[str] = field(default_factory=list)
    peaks: list[int] = field(default_factory=list)


def mix(folder: Path, target: Path, *, progress: Callable[[float], None], until: float = math.inf) -> Mixed:
    """Write the replay of the pieces in `folder` to `target`, which appears whole or not at all.

    `progress` is called about once for each minute of sound with the part that is done (0 to 1); what it raises ends
    the work. Nothing that was said after `until` (Unix seconds) is heard. Raises NothingRecordedError, OSError and
    av.FFmpegError.
    """
    places = [place for place in read_places(folder) if place.begins < until]
    if not places:
        raise NothingRecordedError
    mixed = Mixed(begins=places[0].begins)
    draft = target.with_name(f"{target.name}.{os.getpid()}-{id(mixed)}.part")
    try:
        _write(draft, _blocks(places, mixed, progress, until), mixed)
        mixed.size = draft.stat().st_size
        _settle(draft, target)
    finally:
        draft.unlink(missing_ok=True)
    return mixed


def _settle(draft: Path, target: Path) -> None:
    """Let the file take its place once it is safely on the disk."""
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    draft.replace(target)


def _write(path: Path, blocks: Iterator[Sound], mixed: Mixed) -> None:
    with av.open(str(path), "w", format="ogg") as file:
        stream = file.add_stream("libopus", rate=CLOCK_RATE, layout="mono", bit_rate=BIT_RATE, format="flt")
        written = 0
        loudest: list[float] = []
        for block in blocks:
            loudest += _loudest(block)
            frame = av.AudioFrame.from_ndarray(block[None, :], format="flt", layout="mono")
            frame.sample_rate, frame.time_base, frame.pts = CLOCK_RATE, _TIME_BASE, written
            file.mux(stream.encode(frame))
            written += len(block)
        file.mux(stream.encode(None))
    mixed.duration_ms = written * 1000 // CLOCK_RATE
    mixed.peaks = outline(loudest)


def _loudest(block: Sound) -> Iterator[float]:
    """Yield the loudest sample of each tenth of a second."""
    for part in np.array_split(block, max(1, len(block) * PEAKS_PER_SECOND // CLOCK_RATE)):
        yield float(np.abs(part).max(initial=0.0))


def outline(loudest: list[float]) -> list[int]:
    """Return the waveform of these moments as at most BARS numbers from 0 to 100.

    A bar is the mean of its moments: the loudest of some seconds of talk is always loud, and would say nothing.
    """
    if max(loudest, default=0.0) <= HEARD:
        return [0] * min(BARS, len(loudest))
    count = min(BARS, len(loudest))
    # Not array_split: its first parts are longer, and a bar must stand where its moment is.
    begins = np.arange(count) * len(loudest) // count
    bars = np.add.reduceat(np.array(loudest), begins) / np.diff(begins, append=len(loudest))
    return [round(100 * float(bar / bars.max())) for bar in bars]


def _blocks(
    places: list[Place], mixed: Mixed, progress: Callable[[float], None], until: float = math.inf
) -> Iterator[Sound]:
    """Yield the sum of all pieces, limited, block by block."""
    whole = max(place.begins + place.pace * place.seconds for place in places) - mixed.begins
    coming, voices, limiter = deque(places), list[_Voice](), Limiter()
    at, end = 0, (until - mixed.begins) * CLOCK_RATE
    while (coming or voices) and at < end:
        block = np.zeros(BLOCK, dtype=np.float32)
        while coming and (coming[0].begins - mixed.begins) * CLOCK_RATE < at + BLOCK:
            voices.append(_Voice(coming.popleft(), mixed.begins))
        for voice in voices:
            if voice.add_to(block, at) and voice.place.person not in mixed.heard:
                mixed.heard.append(voice.place.person)
        voices = [voice for voice in voices if not voice.over]
        if at + BLOCK > end:
            block[int(end) - at :] = 0
        yield limiter.limit(block)
        at += BLOCK
        if at % (60 * BLOCK) == 0:
            progress(min(1.0, at / CLOCK_RATE / max(whole, 1.0)))
    yield limiter.rest()


class _Voice:
    """A piece that is being read, and where its samples fall in the replay."""

    def __init__(self, place: Place, origin: float) -> None:
        self.place = place
        self._begin = (place.begins - origin) * CLOCK_RATE
        self._sounds = decoded(place.path)
        self._buffer = np.zeros(0, dtype=np.float32)
        # Which sample of the piece the buffer begins with.
        self._base = 0
        self._read_out = False
        self.over = False

    def add_to(self, block: Sound, at: int) -> bool:
        """Add what falls into the block, whose first sample is the replay's `at`; return whether it can be heard."""
        first = max(at, round(self._begin))
        count = at + len(block) - first
        if count <= 0:
            return False
        sound = self._take(first, count)
        block[first - at : first - at + len(sound)] += sound
        return bool(len(sound)) and float(np.abs(sound).max()) > HEARD

    def _take(self, first: int, count: int) -> Sound:
        """Return up to `count` samples of the replay from `first` on."""
        if self.place.pace == 1.0:
            begin = first - round(self._begin)
            self._read_to(begin + count)
            return self._buffer[begin - self._base : begin - self._base + count]
        # Clocks differ by some millionths: a straight line between two samples is near enough to what lies between.
        wanted = np.maximum(0, (np.arange(first, first + count) - self._begin) / self.place.pace)
        self._read_to(int(wanted[-1]) + 2)
        before = np.floor(wanted).astype(np.int64)
        known = before - self._base < len(self._buffer) - 1
        after = (wanted - before)[known].astype(np.float32)
        index = before[known] - self._base
        sound: Sound = self._buffer[index] * (1 - after) + self._buffer[index + 1] * after
        return sound

    def _read_to(self, end: int) -> None:
        """Decode until sample `end` is known, or all are; forget what lies more than a block before it."""
        sounds = [self._buffer]
        length = self._base + len(self._buffer)
        while length < end and not self._read_out:
            sound = next(self._sounds, None)
            if sound is None:
                self._read_out = True
            else:
                sounds.append(sound)
                length += len(sound)
        self._buffer = np.concatenate(sounds)
        old = max(0, min(len(self._buffer), end - 2 * BLOCK - self._base))
        self._buffer, self._base = self._buffer[old:], self._base + old
        self.over = self._read_out and length <= end


def decoded(path: Path) -> Iterator[Sound]:
    """Yield a piece's sound packet by packet, each as long as it says it is; what cannot be decoded is silent."""
    decoder = av.AudioCodecContext.create("libopus", "r")
    decoder.format, decoder.layout, decoder.sample_rate = av.AudioFormat("s16"), av.AudioLayout("mono"), CLOCK_RATE
    silent = False
    # A file that ends in the middle of a page ends there.
    with contextlib.suppress(av.FFmpegError), av.open(str(path)) as file:
        for packet in file.demux(audio=0):
            duration = samples_in(bytes(packet))
            was_silent, silent = silent, packet.size <= _EMPTY_BYTES
            if was_silent and silent:
                yield np.zeros(duration, dtype=np.float32)
            elif duration:
                sound = _decode(decoder, packet, duration)
                # The decoder goes on with what it heard last; a long silence lets it fade.
                yield sound * np.linspace(1, 0, duration, dtype=np.float32) if duration >= _LONG_SILENCE else sound


def _decode(decoder: av.AudioCodecContext, packet: av.Packet[Any], duration: int) -> Sound:
    sound = np.zeros(duration, dtype=np.float32)
    at = 0
    with contextlib.suppress(av.FFmpegError):
        for frame in decoder.decode(packet):
            samples = frame.to_ndarray().reshape(-1)[: duration - at].astype(np.float32) / 32768
            sound[at : at + len(samples)] = samples
            at += len(samples)
    return sound
