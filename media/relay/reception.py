"""How one source's packets arrive, by RFC 3550 appendices A.1, A.3 and A.8. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiortc.rtp import RtcpReceiverInfo

from media.relay.rtp import CLOCK_RATE

if TYPE_CHECKING:
    from media.relay.rtp import RtpPacket

_MAX_LOST = 0x7FFFFF


class Reception:
    """Counts for one SSRC; `report` begins a new interval each time."""

    def __init__(self, packet: RtpPacket) -> None:
        self.ssrc = packet.ssrc
        self.received = 0
        self.heard_at = packet.arrival
        self._first = packet.sequence_number
        self._highest = packet.sequence_number
        self._cycles = 0
        self._jitter = 0.0
        self._transit: float | None = None
        self._expected_before = 0
        self._received_before = 0
        self._sender_time: tuple[int, float] | None = None

    def add(self, packet: RtpPacket) -> None:
        """Count a packet of this source."""
        self.received += 1
        self.heard_at = packet.arrival
        ahead = (packet.sequence_number - self._highest) & 0xFFFF
        if 0 < ahead < 0x8000:
            self._cycles += packet.sequence_number < self._highest
            self._highest = packet.sequence_number
            self._measure(packet)

    def _measure(self, packet: RtpPacket) -> None:
        transit = packet.arrival * CLOCK_RATE - packet.timestamp
        if self._transit is not None:
            # A wrap of the timestamp, or a pause in it, says nothing of the network.
            difference = abs(transit - self._transit)
            if difference < CLOCK_RATE:
                self._jitter += (difference - self._jitter) / 16
        self._transit = transit

    def sent_report(self, sender_time: int, now: float) -> None:
        """Note a report of the sender, which the next one of ours refers to."""
        self._sender_time = (sender_time, now)

    def report(self, now: float) -> RtcpReceiverInfo:
        """Return the block of a receiver report for the time since the last one."""
        highest = (self._cycles << 16) + self._highest
        expected = highest - self._first + 1
        new_expected = expected - self._expected_before
        new_lost = new_expected - (self.received - self._received_before)
        self._expected_before, self._received_before = expected, self.received
        sender_time, since = self._sender_time or (0, now)
        return RtcpReceiverInfo(
            ssrc=self.ssrc,
            fraction_lost=min(255, max(0, (new_lost << 8) // new_expected)) if new_expected > 0 else 0,
            packets_lost=max(-_MAX_LOST, min(_MAX_LOST, expected - self.received)),
            highest_sequence=highest & 0xFFFFFFFF,
            jitter=int(self._jitter),
            lsr=sender_time,
            # The clock may have been set back in between.
            dlsr=max(0, min(0xFFFFFFFF, int((now - since) * 65536))) if sender_time else 0,
        )
