"""What a listener reports: quality, and how much of what was delivered is confirmed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from aiortc.rtp import RtcpReceiverInfo, RtcpRrPacket

from media.relay import listening, rtcp
from media.relay.listening import DATAGRAMS_PER_SECOND, Listening
from media.relay.sources import SOURCES_KEPT
from tests.relay.house import PROFILE, House
from tests.relay.network import Receiver, srtp_pair
from tests.relay.packets import raw_rtp

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from media.relay.intervals import Interval


class Seat:
    """A listener "me" in a room in which "a" speaks."""

    def __init__(self, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
        self.house = house
        monkeypatch.setattr(listening, "time", self)
        self.outgoing, incoming = srtp_pair()
        self.receiver = Receiver()
        house.receivers["me"] = self.receiver
        self.reported: list[tuple[float, float | None]] = []
        self.heard = 0
        self.intervals: list[Interval] = []
        self.listening = Listening(
            session="sub-me",
            person="me",
            room=house.room,
            profile=PROFILE,
            srtp=(incoming, self.receiver.outgoing),
            address=self.receiver.address,
            heard=self._heard,
            reported=lambda loss, rtt: self.reported.append((loss, rtt)),
            counts=house.counts,
            heard_interval=self.intervals.append,
        )
        house.speak("a")

    def _heard(self) -> None:
        self.heard += 1

    def time(self) -> float:
        return self.house.clock

    def report(self, *losses: float, slot: int = 0, highest: int | None = None, ssrc: int | None = None) -> None:
        """Send a report with one block for each slot from `slot` on, as a browser does."""
        numbers = self.house.line_of("me").numberings
        blocks = [
            RtcpReceiverInfo(
                ssrc=self.house.room.ssrcs[slot + index] if ssrc is None else ssrc,
                fraction_lost=round(256 * loss),
                packets_lost=0,
                highest_sequence=numbers[slot + index].last if highest is None else highest,
                jitter=0,
                lsr=0,
                dlsr=0,
            )
            for index, loss in enumerate(losses)
        ]
        self.send(bytes(RtcpRrPacket(ssrc=7, reports=blocks)))

    def send(self, raw: bytes) -> None:
        self.listening.receive(self.outgoing.protect_rtcp(raw))

    def drops(self) -> dict[str, int]:
        return {name: count for name, count in self.house.counts.items() if name.startswith("drop_")}


@pytest.fixture
async def seat(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Seat]:
    house = House()
    yield Seat(house, monkeypatch)
    house.close()


async def test_report_confirms_what_was_delivered_less_what_was_lost(seat: Seat) -> None:
    seat.house.say("a", times=100)
    seat.report(0.0)
    assert seat.listening.confirmed_seconds == pytest.approx(2.0)
    seat.house.say("a", times=100)
    seat.report(0.25)
    assert (seat.listening.delivered_seconds, seat.listening.confirmed_seconds) == pytest.approx((4.0, 3.5))
    assert (seat.reported, seat.heard) == ([(0.0, None), (0.25, None)], 2)


async def test_report_of_three_slots_counts_the_worst_once(seat: Seat) -> None:
    for person in "bc":
        seat.house.speak(person)
    seat.house.say("a", "b", "c", times=100)
    seat.report(0.0, 0.5, 0.25)
    assert seat.listening.confirmed_seconds == pytest.approx(1.0)


async def test_report_that_has_nothing_new_confirms_nothing(seat: Seat) -> None:
    """Who has gone deaf still reports, and always the same."""
    seat.house.say("a", times=50)
    seat.report(0.0)
    last = seat.house.line_of("me").numberings[0].last
    seat.house.say("a", times=50)
    for _ in range(5):
        seat.report(0.0, highest=last)
    assert seat.listening.confirmed_seconds == pytest.approx(1.0)
    seat.report(0.0)
    assert seat.listening.confirmed_seconds == pytest.approx(2.0)


async def test_report_of_something_else_confirms_nothing(seat: Seat) -> None:
    seat.house.say("a", times=50)
    seat.report(0.0, ssrc=12345)
    assert (seat.listening.confirmed_seconds, seat.reported) == (0.0, [])


async def test_no_report_confirms_more_than_was_delivered(seat: Seat) -> None:
    seat.house.say("a", times=50)
    for highest in range(20):
        seat.report(0.0, highest=highest)
    assert seat.listening.confirmed_seconds == pytest.approx(1.0)


async def test_delivered_seconds_stay_when_it_is_over(seat: Seat) -> None:
    seat.house.say("a", times=50)
    seat.listening.close()
    seat.house.say("a", times=50)
    assert seat.listening.delivered_seconds == pytest.approx(1.0)
    seat.listening.close()


async def test_round_trip_comes_from_our_own_report(seat: Seat) -> None:
    seat.house.say("a", times=10)
    seat.receiver.raw()
    sent_at = seat.house.clock
    seat.house.room.report(0, sent_at)
    (data,) = seat.receiver.raw()
    (ours, _description) = rtcp.parse(seat.receiver.incoming.unprotect_rtcp(data))
    seat.house.clock += 0.75
    block = RtcpReceiverInfo(
        ssrc=seat.house.room.ssrcs[0],
        fraction_lost=0,
        packets_lost=0,
        highest_sequence=1,
        jitter=0,
        lsr=rtcp.middle(ours.sender_info.ntp_timestamp),  # type: ignore[attr-defined]
        dlsr=int(0.5 * 65_536),
    )
    seat.send(bytes(RtcpRrPacket(ssrc=7, reports=[block])))
    ((loss, rtt),) = seat.reported
    assert (loss, rtt) == pytest.approx((0.0, 0.25), abs=0.001)


@pytest.mark.parametrize("extra", [-1, 0, 1])
async def test_reports_a_second_below_at_and_above_the_limit(seat: Seat, extra: int) -> None:
    for _ in range(DATAGRAMS_PER_SECOND + extra):
        seat.report(0.0)
    assert seat.drops() == ({"drop_too_fast": 1} if extra > 0 else {})
    seat.house.clock += 1
    seat.report(0.0)
    assert seat.heard == DATAGRAMS_PER_SECOND + min(extra, 0) + 1


async def test_what_is_no_report_of_the_listeners_is_dropped_by_cause(seat: Seat) -> None:
    seat.listening.receive(seat.outgoing.protect(raw_rtp()))
    seat.listening.receive(b"\x80")
    stranger, _incoming = srtp_pair()
    seat.listening.receive(stranger.protect_rtcp(bytes(RtcpRrPacket(ssrc=7))))
    seat.listening.receive(bytes((0x80, 201)) + bytes(30))
    seat.send(bytes((0x80, 201, 0, 9)) + bytes(12))
    assert (seat.drops(), seat.heard) == ({"drop_unwanted_media": 2, "drop_bad_media": 3}, 0)


@pytest.mark.parametrize("extra", [-1, 0, 1])
async def test_sources_below_at_and_above_the_limit(seat: Seat, extra: int) -> None:
    for ssrc in range(SOURCES_KEPT + extra):
        seat.send(bytes(RtcpRrPacket(ssrc=ssrc)))
    assert seat.drops() == ({"drop_many_sources": 1} if extra > 0 else {})
    assert seat.heard == SOURCES_KEPT + min(extra, 0)
