"""What a listener's reports confirm of one slot: never more than was sent, whatever they say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.relay.numbering import Numbering
from media.relay.progress import Confirmed, FalseReportError, Progress
from media.relay.rtcp import Report
from tests.relay.packets import packet

FIRST = 1000


class Slot:
    """A slot with one speaker and one listener, who reports every second."""

    def __init__(self, first: int = FIRST) -> None:
        self.numbering = Numbering(first=first, timestamp=0)
        self.progress = Progress.of(self.numbering, 0.0)
        self.clock = 0.0
        self.sent = 0

    def send(self, times: int, *, missing: int = 0) -> None:
        """Pass on packets of a speaker, of whose numbers so many are missing before."""
        self.sent += missing
        for _ in range(times):
            one = packet(self.sent & 0xFFFF, arrival=self.clock)
            if self.numbering.packets == 0:
                self.numbering.switch(one)
            assert self.numbering.number(one) is not None
            self.sent += 1

    def report(self, *, highest: int | None = None, lost: int = 0) -> Confirmed | None:
        self.clock += 1
        number = self.numbering.last if highest is None else highest
        report = Report(ssrc=1, loss=0.0, lost=lost, highest=number, jitter=0, rtt=None)
        return self.progress.take(report, self.numbering, self.clock)


@pytest.fixture
def slot() -> Slot:
    return Slot()


def test_each_report_confirms_what_came_since_the_last(slot: Slot) -> None:
    slot.send(50)
    assert slot.report() == Confirmed(0.0, 50, 50)
    slot.send(30)
    assert slot.report() == Confirmed(1.0, 30, 30)
    assert slot.report() is None
    slot.send(1)
    assert slot.report() == Confirmed(3.0, 1, 1)


def test_what_is_on_its_way_is_confirmed_by_the_next_report(slot: Slot) -> None:
    slot.send(50)
    assert slot.report(highest=FIRST + 39) == Confirmed(0.0, 40, 40)
    assert slot.report() == Confirmed(1.0, 10, 10)


def test_loss_since_the_last_report_is_taken_off(slot: Slot) -> None:
    slot.send(50)
    assert slot.report(lost=5) == Confirmed(0.0, 50, 45)
    slot.send(50)
    assert slot.report(lost=5) == Confirmed(1.0, 50, 50)
    slot.send(50)
    assert slot.report(lost=55) == Confirmed(2.0, 50, 0)


def test_what_a_speaker_lost_on_the_way_to_us_is_nobodys_listening(slot: Slot) -> None:
    slot.send(20)
    slot.send(20, missing=10)
    assert slot.report(lost=10) == Confirmed(0.0, 40, 40)


def test_whoever_joins_later_has_nothing_of_what_was_before(slot: Slot) -> None:
    slot.send(500)
    slot.progress = Progress.of(slot.numbering, slot.clock)
    slot.send(20)
    assert slot.report() == Confirmed(0.0, 20, 20)


@pytest.mark.parametrize("ahead", [0, 1, 2])
def test_number_below_at_and_above_what_was_sent(slot: Slot, ahead: int) -> None:
    slot.send(50)
    highest = FIRST + 48 + ahead
    if ahead == 2:
        with pytest.raises(FalseReportError):
            slot.report(highest=highest)
    else:
        assert slot.report(highest=highest) == Confirmed(0.0, 49 + ahead, 49 + ahead)


def test_lie_does_not_spoil_the_truth_after_it(slot: Slot) -> None:
    slot.send(50)
    with pytest.raises(FalseReportError):
        slot.report(highest=FIRST + 1000, lost=-1000)
    assert slot.report() == Confirmed(0.0, 50, 50)


@pytest.mark.parametrize("lost", [-1, -50, -(2**23), 2**23 - 1])
def test_forged_loss_confirms_no_more_than_was_sent(slot: Slot, lost: int) -> None:
    slot.send(50)
    assert slot.report(lost=lost) == Confirmed(0.0, 50, 50 if lost < 0 else 0)
    slot.send(50)
    # And back again.
    assert slot.report(lost=-lost) == Confirmed(1.0, 50, 50 if lost > 0 else 50 - min(50, -2 * lost))


def test_older_report_and_the_same_again_confirm_nothing(slot: Slot) -> None:
    slot.send(50)
    assert slot.report() == Confirmed(0.0, 50, 50)
    assert [slot.report(highest=FIRST + number) for number in (49, 10, 0)] == [None, None, None]
    assert slot.report() is None


@pytest.mark.parametrize("cycles", [0, 1 << 16, 7 << 16])
def test_numbers_wrap_and_how_often_is_not_asked(cycles: int) -> None:
    slot = Slot(first=65_500)
    slot.send(30)
    assert slot.report() == Confirmed(0.0, 30, 30)
    slot.send(30)
    assert slot.numbering.last == 23
    assert slot.report(highest=cycles | 23) == Confirmed(1.0, 30, 30)
    # Numbers from before the wrap are older ones.
    assert slot.report(highest=65_535) is None


@pytest.mark.parametrize("wraps", [1, 2])
def test_silence_over_whole_wraps_confirms_too_little_rather_than_too_much(slot: Slot, wraps: int) -> None:
    slot.send(wraps * 65_536 + 100)
    found = slot.report()
    assert found is not None
    assert found.confirmed == 100
    slot.send(50)
    again = slot.report()
    assert again is not None
    assert again.confirmed == 50


LIES = st.lists(
    st.tuples(
        st.integers(0, 120),
        st.integers(0, 5),
        st.one_of(st.none(), st.integers(0, 2**32 - 1), st.integers(FIRST - 5, FIRST + 3000)),
        st.integers(-(2**23), 2**23 - 1),
    ),
    max_size=30,
)


@given(LIES)
def test_no_lie_whatsoever_gains_anything(lies: list[tuple[int, int, int | None, int]]) -> None:
    slot = Slot()
    delivered = confirmed = 0
    for times, missing, highest, lost in lies:
        slot.send(times, missing=missing)
        try:
            found = slot.report(highest=highest, lost=lost)
        except FalseReportError:
            continue
        if found is not None:
            assert 0 <= found.confirmed <= found.delivered
            delivered, confirmed = delivered + found.delivered, confirmed + found.confirmed
            assert confirmed <= delivered <= slot.numbering.packets
