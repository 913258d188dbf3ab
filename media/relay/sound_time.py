"""For how long there was sound, from packets that come one by one. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from media.relay.intervals import BREAK_MS
from media.relay.slots import SPEECH

if TYPE_CHECKING:
    from media.relay.rtp import RtpPacket

# The longest pause between two packets that still counts as one stretch of sound: a breath between two words.
PAUSE_SECONDS: Final = 0.5
# What fills silence under DTX (RFC 6716 section 2.1.9) has a byte or two.
FILLER_BYTES: Final = 2
# A pause after which `since` begins anew: the longest that an interval of listening may hide.
BREAK_SECONDS: Final = BREAK_MS / 1000


class SoundTime:
    """Adds up stretches of sound. Times are when packets arrived, so nobody can claim more than has passed.

    The newest stretch without a break lasted from `since` until `until`.
    """

    __slots__ = ("seconds", "since", "until")

    def __init__(self) -> None:
        self.seconds = 0.0
        self.since = 0.0
        self.until = 0.0

    def fresh(self) -> SoundTime:
        """Return one that adds up from here on, in the same stretch."""
        other = SoundTime()
        other.since, other.until = self.since, self.until
        return other

    def add(self, arrival: float, lasts: float) -> None:
        """Count a packet that arrived then and lasts so long; what overlaps counts once."""
        end = arrival + lasts
        # Below it all was counted already, or the clock was set back: what is counted is never taken back.
        if end <= self.until:
            return
        pause = arrival - self.until
        self.seconds += lasts + (pause if pause < PAUSE_SECONDS else 0)
        if pause >= BREAK_SECONDS:
            self.since = arrival
        self.until = end


def is_voice(packet: RtpPacket) -> bool:
    """Say whether somebody talks in a packet: it is louder than -50 dBov by its audio level (RFC 6464).

    One without a level is voice unless it is what fills silence: such senders are few, and leave silence out.
    """
    if packet.level is None:
        return len(packet.payload) > FILLER_BYTES
    return packet.level <= SPEECH
