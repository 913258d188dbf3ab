"""What a speaker sends, encrypted as a browser does: what is let through, and what is dropped by which cause."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from aiortc.rtp import RtcpRrPacket, RtcpSenderInfo, RtcpSrPacket

from media.relay import rtcp, speaking
from media.relay.offers import Negotiated
from media.relay.rtp import MAX_PAYLOAD
from media.relay.sources import SOURCES_KEPT
from media.relay.speaking import DATAGRAMS_PER_SECOND, SOURCE_KEPT_SECONDS, Speaking
from tests.relay.house import House, steady
from tests.relay.network import srtp_pair
from tests.relay.packets import OPUS, one_byte, raw_rtp, toc

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Studio:
    """A speaker "a" with one listener "me", and a clock that stands still unless it is told."""

    def __init__(self, house: House, *, muted: bool = False) -> None:
        self.house = house
        self.outgoing, incoming = srtp_pair()
        relay_outgoing, self.incoming = srtp_pair()
        self.sent: list[bytes] = []
        self.heard = 0
        house.listen("me")
        self.speaking = Speaking(
            session="pub-a",
            person="a",
            room=house.room,
            negotiated=Negotiated(payload_type=111, level_id=1),
            srtp=(incoming, relay_outgoing),
            muted=muted,
            send=self.sent.append,
            heard=self._heard,
            counts=house.counts,
        )

    def _heard(self) -> None:
        self.heard += 1

    def time(self) -> float:
        return self.house.clock

    monotonic = time

    def send(self, raw: bytes) -> None:
        """Send a packet as the browser does, and let 20 ms pass."""
        self.speaking.receive(self.outgoing.protect(raw))
        self.house.clock += 0.02

    def drops(self) -> dict[str, int]:
        return {name: count for name, count in self.house.counts.items() if name.startswith("drop_")}


@pytest.fixture
async def studio(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Studio]:
    house = House()
    one = Studio(house)
    monkeypatch.setattr(speaking, "time", one)
    yield one
    house.close()


async def test_what_a_browser_sends_is_passed_on(studio: Studio) -> None:
    for number in range(10):
        studio.send(raw_rtp(number, extension=one_byte((1, bytes((0x80 | 30,)))), padding=4))
    heard = studio.house.heard("me")
    assert (len(heard), steady(heard), studio.heard) == (10, True, 10)
    assert {(one.payload, one.level) for one in heard} == {(OPUS, 30)}
    assert (studio.drops(), studio.house.counts["in_packets"]) == ({}, 10)


async def test_what_is_not_the_speakers_is_dropped_and_counted(studio: Studio) -> None:
    stranger, _incoming = srtp_pair()
    good = studio.outgoing.protect(raw_rtp(1))
    for data in (
        stranger.protect(raw_rtp(0)),
        raw_rtp(0),
        good[:-1],
        good[:-1] + bytes((good[-1] ^ 1,)),
        good[:20] + bytes((good[20] ^ 1,)) + good[21:],
        b"\x80",
        b"\x80\x6f",
        bytes((0x80, 200)) + bytes(30),
        bytes((0x80, 200)),
        b"\x80" + bytes(2000),
    ):
        studio.speaking.receive(data)
    assert (studio.drops(), studio.heard, studio.house.heard("me")) == ({"drop_bad_media": 10}, 0, [])
    studio.speaking.receive(good)
    studio.speaking.receive(good)
    assert (studio.drops(), studio.heard) == ({"drop_bad_media": 11}, 1)
    assert len(studio.house.heard("me")) == 1


@pytest.mark.parametrize(
    ("changes", "passed"),
    [
        ({"payload_type": 110}, False),
        ({"payload_type": 111}, True),
        ({"payload": b""}, False),
        ({"payload": OPUS[:1]}, True),
        ({"payload": OPUS[:1] + bytes(MAX_PAYLOAD - 2)}, True),
        ({"payload": OPUS[:1] + bytes(MAX_PAYLOAD - 1)}, True),
        ({"payload": OPUS[:1] + bytes(MAX_PAYLOAD)}, False),
        ({"payload": bytes((toc(31, 3), 6))}, True),
        ({"payload": bytes((toc(31, 3), 7))}, False),
        ({"payload": bytes((toc(31, 3), 0))}, False),
    ],
)
async def test_what_is_no_opus_packet_is_dropped(studio: Studio, changes: dict[str, Any], passed: bool) -> None:
    studio.send(raw_rtp(**changes))
    assert len(studio.house.heard("me")) == passed
    assert studio.drops() == ({} if passed else {"drop_bad_media": 1})


@pytest.mark.parametrize("extra", [-1, 0, 1])
async def test_datagrams_a_second_below_at_and_above_the_limit(studio: Studio, extra: int) -> None:
    for number in range(DATAGRAMS_PER_SECOND + extra):
        studio.speaking.receive(studio.outgoing.protect(raw_rtp(number)))
    assert studio.drops() == ({"drop_too_fast": 1} if extra > 0 else {})
    studio.house.clock += 1
    studio.send(raw_rtp(5000))
    assert studio.house.counts["in_packets"] == DATAGRAMS_PER_SECOND + min(extra, 0) + 1


@pytest.mark.parametrize(
    ("after", "passed"), [(SOURCE_KEPT_SECONDS - 0.001, False), (0.1, False), (SOURCE_KEPT_SECONDS + 0.001, True)]
)
async def test_second_source_below_at_and_above_the_pause(studio: Studio, after: float, passed: bool) -> None:
    studio.house.clock = 0.0
    studio.speaking.receive(studio.outgoing.protect(raw_rtp(0, ssrc=1)))
    studio.house.clock = after
    studio.speaking.receive(studio.outgoing.protect(raw_rtp(7000, ssrc=2)))
    assert studio.drops() == ({} if passed else {"drop_second_source": 1})


async def test_change_of_source_is_no_jump_for_listeners(studio: Studio) -> None:
    for number in range(5):
        studio.send(raw_rtp(65_533 + number, ssrc=1))
    studio.house.clock += 0.2
    for number in range(5):
        studio.send(raw_rtp(30_000 + number, timestamp=5 + 960 * number, ssrc=2))
    heard = studio.house.heard("me")
    assert (len(heard), steady(heard)) == (10, True)
    assert [position for position, one in enumerate(heard) if one.marker] == [0, 5]
    assert heard[5].timestamp - heard[4].timestamp == round(0.22 * 48_000)
    assert studio.drops() == {}


@pytest.mark.parametrize("extra", [-1, 0, 1])
async def test_sources_below_at_and_above_the_limit(studio: Studio, extra: int) -> None:
    """libsrtp keeps each source for ever and searches them all: a speaker who invents more slows everybody down."""
    for ssrc in range(SOURCES_KEPT + extra):
        studio.house.clock += 0.2
        # Strangers' sources take no place.
        studio.speaking.receive(srtp_pair()[0].protect(raw_rtp(0, ssrc=1000 + ssrc)))
        studio.send(raw_rtp(0, ssrc=ssrc + 1))
    assert studio.house.counts["in_packets"] == SOURCES_KEPT + min(extra, 0)
    # Above the limit, a stranger's packet is not even tried any more.
    many = {"drop_many_sources": 2} if extra > 0 else {}
    assert studio.drops() == {"drop_bad_media": SOURCES_KEPT + min(extra, 0)} | many
    studio.house.clock += 0.2
    studio.send(raw_rtp(1, ssrc=1))
    assert studio.house.counts["in_packets"] == SOURCES_KEPT + min(extra, 0) + 1


async def test_muted_speaker_is_dropped_here_whatever_is_sent(studio: Studio) -> None:
    studio.send(raw_rtp(0))
    studio.speaking.muted = True
    for number in range(1, 6):
        studio.send(raw_rtp(number))
    assert (len(studio.house.heard("me")), studio.drops()) == (1, {"drop_muted": 5})
    # Muted is not away.
    assert studio.heard == 6
    studio.speaking.muted = False
    studio.send(raw_rtp(6))
    heard = studio.house.heard("me")
    assert (len(heard), heard[0].marker) == (1, True)


async def test_closed_speaker_is_forgotten(studio: Studio) -> None:
    studio.send(raw_rtp(0))
    studio.speaking.close()
    studio.speaking.close()
    assert (studio.house.room.speakers, studio.speaking.muted) == ({}, True)
    studio.send(raw_rtp(1))
    assert studio.drops() == {"drop_muted": 1}


def sender_report(now: float) -> bytes:
    info = RtcpSenderInfo(ntp_timestamp=rtcp.ntp_time(now), rtp_timestamp=5, packet_count=1, octet_count=1)
    return bytes(RtcpSrPacket(ssrc=1, sender_info=info))


async def test_speaker_is_told_how_the_packets_arrive(studio: Studio) -> None:
    studio.speaking.report(studio.house.clock)
    assert studio.sent == []
    for number in (0, 1, 2, 3, 5, 6, 7, 9):
        studio.send(raw_rtp(number))
    asked_at = studio.house.clock
    studio.speaking.receive(studio.outgoing.protect_rtcp(sender_report(asked_at - 0.05)))
    studio.speaking.report(asked_at + 0.25)
    (data,) = studio.sent
    (report, _description) = rtcp.parse(studio.incoming.unprotect_rtcp(data))
    assert isinstance(report, RtcpRrPacket)
    (block,) = report.reports
    assert (block.ssrc, block.fraction_lost, block.packets_lost, block.highest_sequence) == (1, 51, 2, 9)
    # The speaker takes from it how long a packet and the answer are on their way: 50 ms here, each way nothing else.
    (read,) = rtcp.reports_in([report], asked_at + 0.25)
    assert read.rtt == pytest.approx(0.05, abs=0.001)


async def test_report_survives_a_clock_that_is_set_back(studio: Studio) -> None:
    studio.send(raw_rtp(0))
    studio.speaking.receive(studio.outgoing.protect_rtcp(sender_report(studio.house.clock)))
    studio.speaking.report(studio.house.clock - 3600)
    assert len(studio.sent) == 1


async def test_reports_that_cannot_be_read_are_dropped(studio: Studio) -> None:
    for number in range(40):
        raw = bytes((0x80 | number % 32, 192 + number % 32, 0, number % 7)) + bytes(range(number))
        studio.speaking.receive(studio.outgoing.protect_rtcp(raw + bytes(8)))
    counts = studio.house.counts
    assert counts["in_reports"] == 40
    assert counts["drop_bad_media"] == 40 - studio.heard
    assert 0 < studio.heard < 40
