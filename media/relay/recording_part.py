"""One piece of what one speaker said: packets in, an Ogg/Opus file (RFC 7845) and its marks out.

Time in the file is the sender's: where packets are missing, frames without content stand for them (RFC 7845 section
4.1), so that a place in the file is a place in RTP time. The marks beside it tie such places to the wall clock.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import av

from media.relay.rtp import CLOCK_RATE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from media.relay.rtp import RtpPacket

SOUND_SUFFIX: Final = ".ogg"
MARKS_SUFFIX: Final = ".jsonl"
# Each page is handed to the system when a second is full: a killed relay loses that second at most.
_OGG_OPTIONS: Final = {"page_duration": "1000000", "flush_packets": "1"}
# A packet waits for those before it until so many have come after them.
WINDOW: Final = 8
# Numbers that leap further than this are a new beginning, not a loss.
_LEAP: Final = 1000
# Where the sender's clock and ours disagree by more, or nothing was said for so long, a new piece begins.
CLOCK_SECONDS: Final = 2.0
SILENCE_SECONDS: Final = 30.0
FIRST_MARK_SECONDS: Final = 1.0
MARK_SECONDS: Final = 5.0
# The longest packet, 120 ms; and six empty frames of 20 ms as one, a single one of 2.5 ms.
_LONGEST: Final = 5760
_LONG_SILENCE: Final = bytes([0xFB, 6])
_SHORT_SILENCE: Final = bytes([0xE0])
_SHORT: Final = 120


def samples_in(payload: bytes) -> int:
    """Return how long an Opus packet is, in samples at 48 kHz; 0 if it is none (RFC 6716 sections 3.1 and 3.2)."""
    if not payload:
        return 0
    config, code = payload[0] >> 3, payload[0] & 3
    if config < 12:
        frame = (480, 960, 1920, 2880)[config & 3]
    elif config < 16:
        frame = (480, 960)[config & 1]
    else:
        frame = (120, 240, 480, 960)[config & 3]
    count = (1, 2, 2, payload[1] & 0x3F if len(payload) > 1 else 0)[code]
    return frame * count if frame * count <= _LONGEST else 0


class Order:
    """Hands packets on in the order of their numbers, each once; one that is too late is lost."""

    def __init__(self) -> None:
        self._next: int | None = None
        self._waiting: dict[int, RtpPacket] = {}
        self.late = 0

    def push(self, packet: RtpPacket) -> Iterator[RtpPacket]:
        """Take a packet and yield those whose turn it is."""
        if self._next is None:
            self._next = packet.sequence_number
        ahead = (packet.sequence_number - self._next + 0x8000 & 0xFFFF) - 0x8000
        if abs(ahead) > _LEAP:
            yield from self.flush()
            self._next, ahead = packet.sequence_number, 0
        if ahead < 0 or packet.sequence_number in self._waiting:
            self.late += 1
            return
        self._waiting[packet.sequence_number] = packet
        yield from self._in_turn()
        while len(self._waiting) > WINDOW:
            yield from self._skip()

    def flush(self) -> Iterator[RtpPacket]:
        """Yield what still waits."""
        while self._waiting:
            yield from self._skip()

    def _in_turn(self) -> Iterator[RtpPacket]:
        while self._next is not None and (packet := self._waiting.pop(self._next, None)) is not None:
            self._next = self._next + 1 & 0xFFFF
            yield packet

    def _skip(self) -> Iterator[RtpPacket]:
        """Give up on what is missing before the first that waits."""
        assert self._next is not None
        after = self._next
        self._next = min(self._waiting, key=lambda number: number - after & 0xFFFF)
        yield from self._in_turn()


class Part:
    """A file that is being written. Any method may raise OSError or av.FFmpegError: the disk is full, or worse."""

    def __init__(self, folder: Path, person: str, first: RtpPacket) -> None:
        name = f"{person}.{int(first.arrival * 1000):013d}.{first.ssrc:08x}"
        self._marks = (folder / f"{name}{MARKS_SUFFIX}").open("x", encoding="utf-8", buffering=1)
        try:
            self._mark({"person": person, "ssrc": first.ssrc, "timestamp": first.timestamp})
            self._file = av.open(str(folder / f"{name}{SOUND_SUFFIX}"), "w", format="ogg", options=_OGG_OPTIONS)
            # Two channels hold packets of one as well; nothing is encoded here.
            self._stream = self._file.add_stream("libopus", rate=CLOCK_RATE, layout="stereo")
        except BaseException:
            self._marks.close()
            raise
        self._ssrc = first.ssrc
        self._timestamp = first.timestamp
        self._position = 0
        self._end = 0
        self.arrival = first.arrival
        self._best: tuple[float, int, float] | None = None
        self._next_mark = first.arrival
        self._mark_seconds = FIRST_MARK_SECONDS

    def fits(self, packet: RtpPacket) -> bool:
        """Say whether the packet goes on where this piece is; else it begins another."""
        seconds = self._forward(packet) / CLOCK_RATE
        passed = packet.arrival - self.arrival
        return packet.ssrc == self._ssrc and seconds <= SILENCE_SECONDS and abs(passed - seconds) <= CLOCK_SECONDS

    def write(self, packet: RtpPacket) -> None:
        """Write the next packet, and before it the silence that was missing."""
        position = self._position + self._forward(packet)
        duration = samples_in(packet.payload)
        if not duration or position + duration <= self._end:
            return
        self._timestamp, self._position, self.arrival = packet.timestamp, position, packet.arrival
        self._keep_silent(position - self._end)
        self._note(max(position, self._end), packet.arrival)
        self._put(packet.payload, duration)

    def close(self) -> None:
        """Write what is still held and the last mark."""
        try:
            if self._best is not None:
                self._write_best()
        finally:
            try:
                self._file.close()
            finally:
                self._marks.close()

    def _forward(self, packet: RtpPacket) -> int:
        return (packet.timestamp - self._timestamp + 0x80000000 & 0xFFFFFFFF) - 0x80000000

    def _keep_silent(self, samples: int) -> None:
        while samples >= _LONGEST:
            self._put(_LONG_SILENCE, _LONGEST)
            samples -= _LONGEST
        while samples >= _SHORT:
            self._put(_SHORT_SILENCE, _SHORT)
            samples -= _SHORT

    def _put(self, payload: bytes, duration: int) -> None:
        packet = av.Packet(payload)
        packet.stream = self._stream
        packet.pts = packet.dts = self._end
        packet.duration = duration
        self._end += duration
        self._file.mux(packet)

    def _note(self, position: int, arrival: float) -> None:
        """Remember the packet that was least under way, and write it down when it is time: its place says most."""
        delay = arrival - position / CLOCK_RATE
        if self._best is None or delay <= self._best[0]:
            self._best = (delay, position, arrival)
        if arrival >= self._next_mark:
            self._write_best()
            self._next_mark = arrival + self._mark_seconds
            self._mark_seconds = MARK_SECONDS

    def _write_best(self) -> None:
        assert self._best is not None
        _delay, position, arrival = self._best
        self._best = None
        self._mark({"position": position, "at": arrival})

    def _mark(self, line: dict[str, str | int | float]) -> None:
        self._marks.write(json.dumps(line) + "\n")
