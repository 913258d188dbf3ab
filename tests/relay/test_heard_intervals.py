"""When a listener heard something: the room's sound and the listener's reports, true ones and forged ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from aiortc.rtp import RtcpReceiverInfo, RtcpRrPacket

from media.relay.intervals import BREAK_MS
from tests.relay.house import House
from tests.relay.test_listening import Seat

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PACKETS = 250
BEGAN = 1_000_000


@pytest.fixture
async def seat(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Seat]:
    house = House()
    yield Seat(house, monkeypatch)
    house.close()


def listen(seat: Seat, seconds: int, *people: str, loss: float = 0.0) -> None:
    """Let people talk and the listener report every five seconds, of all slots."""
    for _ in range(seconds // 5):
        seat.house.say(*people or "a", times=PACKETS)
        seat.report(*[loss] * max(1, len(people)))


def told(seat: Seat) -> list[tuple[int, int, int, int]]:
    """Return begin and end in ms, packets delivered and confirmed, of all that was told."""
    return [(each.start_ms - BEGAN, each.end_ms - BEGAN, each.delivered, each.confirmed) for each in seat.intervals]


async def test_minutes_are_told_as_soon_as_they_are_over_and_the_rest_with_the_end(seat: Seat) -> None:
    listen(seat, 60)
    assert told(seat) == []
    listen(seat, 5)
    assert told(seat) == [(0, 60_000, 3000, 3000)]
    seat.listening.close()
    assert told(seat)[1:] == [(60_000, 65_000, 250, 250)]
    seat.listening.close()
    assert len(seat.intervals) == 2


async def test_interval_ends_when_the_sound_does_and_begins_with_it(seat: Seat) -> None:
    listen(seat, 5)
    seat.house.say("a", times=100)
    for _ in range(6):
        seat.house.clock += 5
        seat.report(0.0)
        seat.listening.look(seat.house.clock)
    assert told(seat) == [(0, 7_000, 350, 350)]
    # Silent since 7.0 s; 1.5 s after the last report somebody talks again.
    seat.house.clock += 1.5
    listen(seat, 5)
    seat.listening.close()
    assert told(seat)[1:] == [(38_500, 43_500, 250, 250)]


@pytest.mark.parametrize(("pause_ms", "parts"), [(BREAK_MS - 20, 1), (BREAK_MS, 2), (BREAK_MS + 20, 2)])
async def test_silence_in_a_room_is_a_break_to_the_packet(seat: Seat, pause_ms: int, parts: int) -> None:
    """Whenever the reports come: here they are 12 s apart, and the sound begins between two of them."""
    listen(seat, 5)
    began = seat.house.clock
    seat.house.clock += 12
    seat.report(0.0)
    seat.house.clock = began + pause_ms / 1000
    seat.house.say("a", times=100)
    seat.report(0.0)
    seat.listening.close()
    assert len(seat.intervals) == parts
    if parts == 2:
        assert told(seat)[1] == (5_000 + pause_ms, 7_000 + pause_ms, 100, 100)


async def test_three_who_talk_at_once_are_counted_together(seat: Seat) -> None:
    for person in "bc":
        seat.house.speak(person)
    listen(seat, 10, "a", "b", "c", loss=0.0)
    seat.listening.close()
    assert told(seat) == [(0, 10_000, 1500, 1500)]


async def test_slots_that_are_reported_one_after_the_other_miss_nothing(seat: Seat) -> None:
    """Chromium sends a report for each."""
    seat.house.speak("b")
    for _ in range(4):
        seat.house.say("a", "b", times=200)
        seat.report(0.0, slot=0)
        seat.house.say("a", "b", times=50)
        seat.report(0.0, slot=1)
    seat.listening.close()
    assert told(seat) == [(0, 20_000, 4 * 500 - 50, 4 * 500 - 50)]


async def test_whoever_comes_to_speak_goes_on_listening_in_the_same_interval(seat: Seat) -> None:
    """They get a line of their own then, without their own voice."""
    listen(seat, 10)
    seat.house.speak("me")
    listen(seat, 10, "a", "me")
    seat.listening.close()
    assert told(seat) == [(0, 20_000, 1000, 1000)]


async def test_whoever_reports_nothing_has_heard_nothing(seat: Seat) -> None:
    seat.house.say("a", times=PACKETS)
    seat.send(bytes(RtcpRrPacket(ssrc=7)))
    seat.listening.look(seat.house.clock + 60)
    seat.listening.close()
    assert (seat.intervals, seat.heard) == ([], 1)


async def test_report_of_another_rooms_source_confirms_nothing(seat: Seat) -> None:
    seat.house.say("a", times=PACKETS)
    seat.report(0.0, ssrc=12345)
    seat.listening.close()
    assert seat.intervals == []


async def test_report_of_more_than_was_sent_confirms_nothing_and_is_counted(seat: Seat) -> None:
    seat.house.say("a", times=PACKETS)
    last = seat.house.line_of("me").numberings[0].last
    for ahead in (1, 1000, 32_000):
        seat.report(0.0, highest=(last + ahead) & 0xFFFF)
    seat.listening.close()
    assert (seat.intervals, seat.house.counts["false_reports"]) == ([], 3)


async def test_report_that_comes_twice_is_dropped_by_srtp(seat: Seat) -> None:
    seat.house.say("a", times=PACKETS)
    number = seat.house.line_of("me").numberings[0].last
    block = RtcpReceiverInfo(seat.house.room.ssrcs[0], 0, 0, number, 0, 0, 0)
    protected = seat.outgoing.protect_rtcp(bytes(RtcpRrPacket(ssrc=7, reports=[block])))
    for _ in range(3):
        seat.listening.receive(protected)
    seat.listening.close()
    assert (told(seat), seat.drops()) == ([(0, 5_000, PACKETS, PACKETS)], {"drop_bad_media": 2})


async def test_nobody_stretches_what_they_were_sent_over_the_silence_after_it(seat: Seat) -> None:
    """Five seconds of three voices, confirmed bit by bit, would last for minutes."""
    for person in "bc":
        seat.house.speak(person)
    began = seat.house.line_of("me").numberings[0].last
    seat.house.say("a", "b", "c", times=PACKETS)
    for step in range(1, 100):
        seat.house.clock += 2
        seat.report(0.0, highest=(began + 2 * step) & 0xFFFF)
    seat.listening.close()
    assert told(seat) == [(0, 5_000, 2, 2)]
