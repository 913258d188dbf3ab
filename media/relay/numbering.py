"""Sequence numbers and timestamps of one slot: an unbroken stream, whoever's packets fill it. Pure.

A listener's decoder and its SRTP context see one source that never jumps, while the speakers behind it change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from media.relay.rtp import CLOCK_RATE, opus_samples

if TYPE_CHECKING:
    from media.relay.rtp import RtpPacket

# Above this nobody joins a slot any more: whoever loses the packets up to 65,535 would take the numbers after the
# wrap for those before it, and never decrypt again (RFC 3711 section 3.3.1; 0 of 390 packets, measured).
JOIN_BELOW: Final = 65_000
# Numbers that may be behind the newest and still be passed on; older ones would come too late to be played.
REORDER_LIMIT: Final = 1000
# A source that leaves out more than this has begun anew (MAX_DROPOUT of RFC 3550 appendix A.1). Passed on, a few such
# jumps would lead a listener who misses one of them past a wrap unseen.
JUMP_LIMIT: Final = 3000
_WRAP16: Final = 0xFFFF
_WRAP32: Final = 0xFFFFFFFF


class Numbering:
    """One slot's numbers. `last` is the highest sequence number given out so far; -1 of `first` before any was."""

    __slots__ = ("_highest", "_last_at", "_offset", "_span", "_time_offset", "_timestamp", "last", "octets", "packets")

    def __init__(self, *, first: int, timestamp: int) -> None:
        self.last = (first - 1) & _WRAP16
        self.packets = 0
        self.octets = 0
        self._timestamp = timestamp
        self._last_at = 0.0
        self._offset = 0
        self._time_offset = 0
        # The source's newest number, and how many numbers lie between it and the source's first here.
        self._highest = 0
        self._span = 0

    def copy(self) -> Numbering:
        """Return one that goes on from here by itself."""
        other = Numbering(first=0, timestamp=0)
        for name in self.__slots__:
            setattr(other, name, getattr(self, name))
        return other

    @property
    def may_be_joined(self) -> bool:
        return self.last < JOIN_BELOW

    def switch(self, packet: RtpPacket) -> None:
        """Go on with another source, whose first packet here is `packet`; the pause since the last one stays."""
        passed = round((packet.arrival - self._last_at) * CLOCK_RATE) if self.packets else 0
        # Never backwards, and a pause of hours is no reason to jump over half of the clock.
        passed = min(max(passed, opus_samples(packet.payload) or 960), 60 * CLOCK_RATE)
        self._offset = (self.last + 1 - packet.sequence_number) & _WRAP16
        self._time_offset = (self._timestamp + passed - packet.timestamp) & _WRAP32
        self._highest = (packet.sequence_number - 1) & _WRAP16
        self._span = 0

    def number(self, packet: RtpPacket) -> tuple[int, int] | None:
        """Return the packet's sequence number and timestamp here, or None if it is from before the switch or too old.

        Loss, doubling and order stay as they came: the listener's jitter buffer sees them as on the speaker's own line.
        """
        ahead = (packet.sequence_number - self._highest) & _WRAP16
        if JUMP_LIMIT < ahead < 0x8000:
            self.switch(packet)
            ahead = 1
        sequence_number = (packet.sequence_number + self._offset) & _WRAP16
        timestamp = (packet.timestamp + self._time_offset) & _WRAP32
        if 0 < ahead < 0x8000:
            self._highest = packet.sequence_number
            self._span = min(self._span + ahead, REORDER_LIMIT)
            self.last, self._timestamp, self._last_at = sequence_number, timestamp, packet.arrival
        elif (self._highest - packet.sequence_number) & _WRAP16 >= self._span:
            return None
        self.packets += 1
        self.octets += len(packet.payload)
        return sequence_number, timestamp

    def timestamp_at(self, now: float) -> int:
        """Return the RTP timestamp that belongs to `now` (Unix seconds), for a sender report."""
        return (self._timestamp + round((now - self._last_at) * CLOCK_RATE)) & _WRAP32
