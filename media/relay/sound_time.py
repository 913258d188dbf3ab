"""For how long there was sound, from packets that come one by one. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from media.relay.slots import SPEECH

if TYPE_CHECKING:
    from media.relay.rtp import RtpPacket

# The longest pause between two packets that still counts as one stretch of sound: a breath between two words.
PAUSE_SECONDS: Final = 0.5
# What fills silence under DTX (RFC 6716 section 2.1.9) has a byte or two.
FILLER_BYTES: Final = 2


class SoundTime:
    """Adds up stretches of sound. Times are when packets arrived, so nobody can claim more than has passed."""

    __slots__ = ("_until", "seconds")

    def __init__(self) -> None:
        self.seconds = 0.0
        self._until = 0.0

    def add(self, arrival: float, lasts: float) -> None:
        """Count a packet that arrived then and lasts so long; what overlaps counts once."""
        end = arrival + lasts
        # Below it all was counted already, or the clock was set back: what is counted is never taken back.
        if end <= self._until:
            return
        pause = arrival - self._until
        self.seconds += lasts + (pause if pause < PAUSE_SECONDS else 0)
        self._until = end


def is_voice(packet: RtpPacket) -> bool:
    """Say whether somebody talks in a packet: it is louder than -50 dBov by its audio level (RFC 6464).

    One without a level is voice unless it is what fills silence: such senders are few, and leave silence out.
    """
    if packet.level is None:
        return len(packet.payload) > FILLER_BYTES
    return packet.level <= SPEECH
