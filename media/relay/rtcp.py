"""RTCP (RFC 3550 section 6): the reports that the relay sends and what it reads from others'. Parsing is aiortc's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aiortc.rtp import (
    RtcpPacket,
    RtcpReceiverInfo,
    RtcpRrPacket,
    RtcpSdesPacket,
    RtcpSenderInfo,
    RtcpSourceInfo,
    RtcpSrPacket,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from media.relay.numbering import Numbering

# Seconds from 1900, when NTP's clock begins, to 1970.
_NTP_EPOCH: Final = 2_208_988_800
_CNAME: Final = 1
_MIDDLE: Final = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Report:
    """What a receiver says of one source: `loss` since its last report (0 to 1), `rtt` in s if it can be known."""

    ssrc: int
    loss: float
    lost: int
    highest: int
    jitter: int
    rtt: float | None


def is_rtcp(data: bytes) -> bool:
    """Say whether bytes from a validated address are RTCP rather than RTP (RFC 5761 section 4)."""
    return len(data) > 1 and 192 <= data[1] <= 223


def ntp_time(now: float) -> int:
    """Return Unix seconds as a 64-bit NTP timestamp."""
    return int((now + _NTP_EPOCH) * (1 << 32))


def middle(ntp: int) -> int:
    """Return the middle 32 bits, in units of 1/65536 s, which reports refer to."""
    return (ntp >> 16) & _MIDDLE


def sender_report(*, ssrc: int, numbering: Numbering, now: float, cname: str) -> bytes:
    """Return a compound packet that ties the slot's timestamps to the clock. The same for all listeners of a line."""
    info = RtcpSenderInfo(
        ntp_timestamp=ntp_time(now),
        rtp_timestamp=numbering.timestamp_at(now),
        packet_count=numbering.packets & _MIDDLE,
        octet_count=numbering.octets & _MIDDLE,
    )
    return bytes(RtcpSrPacket(ssrc=ssrc, sender_info=info)) + _description(ssrc, cname)


def receiver_report(*, ssrc: int, about: RtcpReceiverInfo, cname: str) -> bytes:
    """Return a compound packet in which the relay says how a speaker's packets arrive."""
    return bytes(RtcpRrPacket(ssrc=ssrc, reports=[about])) + _description(ssrc, cname)


def _description(ssrc: int, cname: str) -> bytes:
    return bytes(RtcpSdesPacket(chunks=[RtcpSourceInfo(ssrc=ssrc, items=[(_CNAME, cname.encode())])]))


def parse(data: bytes) -> list[object]:
    """Return the packets of a compound. Raises ValueError."""
    packets: list[object] = list(RtcpPacket.parse(data))
    return packets


def reports_in(packets: Iterable[object], now: float) -> list[Report]:
    """Return what the packets say of what the relay sent."""
    return [
        _report(info, now)
        for packet in packets
        if isinstance(packet, RtcpRrPacket | RtcpSrPacket)
        for info in packet.reports
    ]


def _report(info: RtcpReceiverInfo, now: float) -> Report:
    """Read a report block; the round trip is RFC 3550 section 6.4.1's: now - LSR - DLSR."""
    rtt = None
    if info.lsr:
        passed = (middle(ntp_time(now)) - info.lsr - info.dlsr) & _MIDDLE
        # Half of the clock's range and more is what became of a small negative number.
        rtt = passed / 65536 if passed < 1 << 31 else 0.0
    return Report(
        ssrc=info.ssrc,
        loss=info.fraction_lost / 256,
        lost=info.packets_lost,
        highest=info.highest_sequence,
        jitter=info.jitter,
        rtt=rtt,
    )


def sender_time_in(packets: Iterable[object]) -> int | None:
    """Return the middle of the NTP timestamp of a sender's report, for LSR, or None if there is none."""
    for packet in packets:
        if isinstance(packet, RtcpSrPacket):
            return middle(packet.sender_info.ntp_timestamp)
    return None
