"""One slot's numbers: whatever speakers and networks do, a listener sees one source that never jumps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.relay.numbering import JOIN_BELOW, JUMP_LIMIT, REORDER_LIMIT, Numbering
from tests.relay.packets import packet, toc

if TYPE_CHECKING:
    from media.relay.rtp import RtpPacket

FIRST = 100
STAMP = 50_000


def fresh(first: int = FIRST) -> Numbering:
    return Numbering(first=first, timestamp=STAMP)


def passed_on(numbering: Numbering, *packets: RtpPacket) -> list[tuple[int, int] | None]:
    return [numbering.number(one) for one in packets]


def switched(*numbers: int, first: int = FIRST) -> list[tuple[int, int] | None]:
    """Return what becomes of these packets of one source."""
    numbering = fresh(first)
    numbering.switch(packet(numbers[0]))
    return passed_on(numbering, *(packet(number) for number in numbers))


def expected(number: int, first: int = FIRST) -> tuple[int, int]:
    """Return the numbers of the source's `number`th packet, had it begun with the 0th."""
    return (first + number) & 0xFFFF, (STAMP + 960 * (number + 1)) & 0xFFFFFFFF


def test_source_begins_where_the_slot_is() -> None:
    assert switched(0, 1, 2) == [expected(0), expected(1), expected(2)]


@pytest.mark.parametrize(
    "numbers", [(0, 1, 3, 4), (0, 2, 1, 3), (0, 1, 1, 2), (0, 5, 1, 2), (0, 1, REORDER_LIMIT // 2, 2)]
)
def test_loss_order_and_doubles_stay_as_they_came(numbers: tuple[int, ...]) -> None:
    assert switched(*numbers) == [expected(number) for number in numbers]


def test_what_was_sent_before_the_switch_is_left_out() -> None:
    assert switched(10, 9, 11, 8, 10) == [expected(0), None, expected(1), None, expected(0)]


@pytest.mark.parametrize(
    ("behind", "kept"), [(REORDER_LIMIT - 1, True), (REORDER_LIMIT, False), (REORDER_LIMIT + 1, False)]
)
def test_late_packet_below_at_and_above_the_limit(behind: int, kept: bool) -> None:
    numbers = [*range(REORDER_LIMIT + 10), REORDER_LIMIT + 9 - behind]
    assert (switched(*numbers)[-1] is not None) is kept


@pytest.mark.parametrize("ahead", [JUMP_LIMIT - 1, JUMP_LIMIT, JUMP_LIMIT + 1, 0x7FFF])
def test_jump_of_a_source_is_no_jump_of_the_slot_above_the_limit(ahead: int) -> None:
    """Three jumps over half of the range, and who lost a packet of them would decrypt nothing any more."""
    numbering = fresh()
    numbering.switch(packet(0))
    far = packet(ahead, arrival=1000.02)
    assert numbering.number(packet(0)) == expected(0)
    assert numbering.number(far) == (expected(ahead) if ahead <= JUMP_LIMIT else expected(1))
    assert numbering.number(packet(ahead + 1)) == (expected(ahead + 1) if ahead <= JUMP_LIMIT else expected(2))


def test_switch_keeps_the_time_in_between() -> None:
    numbering = fresh()
    numbering.switch(packet(0))
    numbering.number(packet(0))
    other = packet(40_000, ssrc=2, timestamp=7, arrival=1000.0 + 1.5)
    numbering.switch(other)
    assert numbering.number(other) == (FIRST + 1, STAMP + 960 + 72_000)


@pytest.mark.parametrize(
    ("arrival", "samples"),
    [(1000.0, 960), (999.0, 960), (1000.01, 960), (1000.03, 1440), (1060.0, 2_880_000), (5000.0, 2_880_000)],
)
def test_switch_never_goes_back_in_time_nor_far_ahead(arrival: float, samples: int) -> None:
    numbering = fresh()
    numbering.switch(packet(0))
    numbering.number(packet(0))
    other = packet(9, arrival=arrival)
    numbering.switch(other)
    assert numbering.number(other) == (FIRST + 1, STAMP + 960 + samples)


@pytest.mark.parametrize(("config", "samples"), [(28, 120), (30, 480), (31, 960), (3, 2880)])
def test_switch_leaves_room_for_packets_of_any_length(config: int, samples: int) -> None:
    numbering = fresh()
    first = packet(0, payload=bytes((toc(config, 0), 1)))
    numbering.switch(first)
    numbering.number(first)
    second = packet(1, payload=bytes((toc(config, 0), 1)), arrival=1000.0)
    numbering.switch(second)
    assert numbering.number(second) == (FIRST + 1, STAMP + 2 * samples)


@pytest.mark.parametrize("length", [480, 960, 2880])
def test_wrap_of_both_numbers(length: int) -> None:
    numbering = Numbering(first=0xFFFE, timestamp=(1 << 32) - 2 * length - 1)
    stamps = [(0xFFFFFF00 + length * number) & 0xFFFFFFFF for number in range(5)]
    packets = [packet(0xFFFD + number, timestamp=stamp) for number, stamp in enumerate(stamps)]
    numbering.switch(packets[0])
    begin = ((1 << 32) - 2 * length - 1 + 960) & 0xFFFFFFFF
    assert passed_on(numbering, *packets) == [
        ((0xFFFE + number) & 0xFFFF, (begin + length * number) & 0xFFFFFFFF) for number in range(5)
    ]


def test_an_hour_of_a_clock_that_is_wrong_by_200_ppm() -> None:
    """The speaker's clock goes on as it is: the listener's jitter buffer evens it out, and nothing of ours adds up."""
    numbering = fresh(0x7000)
    numbering.switch(packet(0))
    for number in range(180_000):
        numbering.number(packet(number, arrival=1000 + 0.02 * number * (1 + 200e-6)))
    assert numbering.last == (0x7000 + 179_999) & 0xFFFF
    last = (STAMP + 960 * 180_000) & 0xFFFFFFFF
    arrived = 1000 + 0.02 * 179_999 * (1 + 200e-6)
    # What a report says belongs together is what did arrive together, not the first packet's clock.
    assert numbering.timestamp_at(arrived) == last
    assert numbering.timestamp_at(arrived + 1) == last + 48_000


def test_copy_goes_on_by_itself() -> None:
    numbering = fresh()
    numbering.switch(packet(0))
    numbering.number(packet(0))
    other = numbering.copy()
    assert [numbering.number(packet(1)), other.number(packet(1))] == [expected(1)] * 2
    numbering.number(packet(2))
    assert (numbering.last, other.last, numbering.packets, other.packets) == (FIRST + 2, FIRST + 1, 3, 2)


@pytest.mark.parametrize(("last", "joins"), [(JOIN_BELOW - 1, True), (JOIN_BELOW, False), (JOIN_BELOW + 1, False)])
def test_joining_at_below_and_above_the_limit(last: int, joins: bool) -> None:
    assert fresh((last + 1) & 0xFFFF).may_be_joined is joins


# Steps of a source (mostly the next packet), and switches to another source: None.
steps = st.lists(
    st.sampled_from([1] * 20 + [2, 3, 7, 200, 0, -1, -2, -40, 2000, 0x7FFF]) | st.just(None), min_size=1, max_size=400
)


@given(steps=steps, first=st.sampled_from([0, FIRST, 0xFF00, 0xFFFF]), starts=st.integers(0, 0xFFFF))
def test_no_number_is_ever_given_to_two_packets(steps: list[int | None], first: int, starts: int) -> None:
    """Two packets of one number would be encrypted with one keystream: with GCM that gives the key away."""
    numbering, source, number, clock = fresh(first), 0, starts, 1000.0
    given_to: dict[int, tuple[int, int]] = {}
    newest_index, newest_stamp, turn_began = first - 1, STAMP, True
    for step in steps:
        clock += 0.02
        if step is None:
            source, number, turn_began = source + 1, starts * (source + 3), True
        else:
            number += step
        one = packet(number, ssrc=source, arrival=clock)
        if turn_began:
            numbering.switch(one)
        found = numbering.number(one)
        if found is None:
            assert not turn_began
            continue
        # The full index, as an SRTP receiver that lost nothing would guess it.
        index = newest_index + ((found[0] - newest_index + 0x8000) & 0xFFFF) - 0x8000
        assert given_to.setdefault(index, (source, number)) == (source, number)
        assert index - newest_index <= JUMP_LIMIT
        if index > newest_index:
            ahead = (found[1] - newest_stamp) & 0xFFFFFFFF
            assert 0 < ahead < 1 << 31
            assert not turn_began or index == newest_index + 1
            newest_index, newest_stamp = index, found[1]
        turn_began = False
