"""Reports on the wire: what the relay says about itself, what it understands of others, and nothing worse than no."""

from __future__ import annotations

import pytest
from aiortc.rtp import RtcpReceiverInfo, RtcpRrPacket, RtcpSdesPacket, RtcpSenderInfo, RtcpSourceInfo, RtcpSrPacket
from hypothesis import given
from hypothesis import strategies as st

from media.relay.numbering import Numbering
from media.relay.rtcp import (
    Report,
    is_rtcp,
    middle,
    ntp_time,
    parse,
    receiver_report,
    reports_in,
    sender_report,
    sender_time_in,
)
from tests.relay.packets import packet, raw_rtp


def block(**changes: int) -> RtcpReceiverInfo:
    fields = {"ssrc": 9, "fraction_lost": 64, "packets_lost": -3, "highest_sequence": 70_000, "jitter": 5}
    return RtcpReceiverInfo(**(fields | {"lsr": 0, "dlsr": 0} | changes))


def test_ntp_time_counts_from_1900() -> None:
    # 1970-01-01 is 25,567 days after 1900-01-01.
    assert ntp_time(0.5) == (25_567 * 86_400 << 32) + (1 << 31)
    assert middle(0x12345678_9ABCDEF0) == 0x56789ABC


@pytest.mark.parametrize(("second", "rtcp"), [(191, False), (192, True), (200, True), (223, True), (224, False)])
def test_is_rtcp_by_the_second_byte(second: int, rtcp: bool) -> None:
    assert is_rtcp(bytes((0x80, second))) is rtcp
    assert not is_rtcp(bytes((0x80,)))
    assert not is_rtcp(raw_rtp(marker=True))


def test_sender_report_is_the_slots_own() -> None:
    numbering = Numbering(first=10, timestamp=5000)
    numbering.switch(packet(0))
    for number in range(3):
        numbering.number(packet(number, payload=bytes(80)))
    # Half a second after the third packet came (the first is at 5000 and a packet's length behind).
    raw = sender_report(ssrc=77, numbering=numbering, now=1000.04 + 0.5, cname="causerie")
    assert parse(raw) == [
        RtcpSrPacket(
            ssrc=77,
            sender_info=RtcpSenderInfo(
                ntp_timestamp=ntp_time(1000.54),
                rtp_timestamp=5000 + 960 + 2 * 960 + 24_000,
                packet_count=3,
                octet_count=240,
            ),
        ),
        RtcpSdesPacket(chunks=[RtcpSourceInfo(ssrc=77, items=[(1, b"causerie")])]),
    ]


def test_receiver_report_is_read_as_it_was_meant() -> None:
    raw = receiver_report(ssrc=77, about=block(), cname="causerie")
    assert parse(raw)[0] == RtcpRrPacket(ssrc=77, reports=[block()])
    assert reports_in(parse(raw), 0.0) == [Report(ssrc=9, loss=0.25, lost=-3, highest=70_000, jitter=5, rtt=None)]


def test_reports_in_a_senders_report_count_too() -> None:
    info = RtcpSenderInfo(ntp_timestamp=1 << 40, rtp_timestamp=0, packet_count=0, octet_count=0)
    packets: list[object] = [RtcpSrPacket(ssrc=1, sender_info=info, reports=[block(), block(ssrc=10)])]
    assert [report.ssrc for report in reports_in(packets, 0.0)] == [9, 10]
    assert sender_time_in(packets) == 1 << 24
    assert sender_time_in([RtcpRrPacket(ssrc=1, reports=[])]) is None


@pytest.mark.parametrize(
    ("since", "held", "rtt"),
    # What seems to be negative, or half of the clock's range and more, is none.
    [(0.5, 0.25, 0.25), (0.25, 0.25, 0.0), (0.25, 0.5, 0.0), (32_767.0, 0.0, 32_767.0), (32_769.0, 0.0, 0.0)],
)
def test_round_trip_is_the_time_since_our_report_less_the_time_it_lay_there(
    since: float, held: float, rtt: float
) -> None:
    sent = 1_700_000_000.0
    info = block(lsr=middle(ntp_time(sent)), dlsr=int(held * 65_536))
    (found,) = reports_in([RtcpRrPacket(ssrc=1, reports=[info])], sent + since)
    assert found.rtt is not None
    assert abs(found.rtt - rtt) < 0.001


mostly_reports = st.builds(
    lambda first, kind, words, body: bytes((0x80 | first & 0x3F, kind, 0, words)) + body,
    st.integers(0, 255),
    st.sampled_from([192, 200, 201, 202, 203, 204, 205, 206, 223]),
    st.integers(0, 14),
    st.binary(max_size=64),
)


@given(st.binary(max_size=64) | mostly_reports | st.lists(mostly_reports, max_size=3).map(b"".join))
def test_parse_of_any_bytes_gives_reports_or_refuses(raw: bytes) -> None:
    try:
        packets = parse(raw)
    except ValueError:
        return
    assert 0 <= (sender_time_in(packets) or 0) <= 0xFFFFFFFF
    for report in reports_in(packets, 1_700_000_000.0):
        assert 0 <= report.loss < 1
        assert report.rtt is None or 0 <= report.rtt <= 32_768
