"""How listening is cut into intervals: at each limit, below it and above it."""

from __future__ import annotations

from dataclasses import astuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.relay.intervals import BREAK_MS, DAY_MS, INTERVAL_MS, Interval, Intervals

NOON = 20_000 * DAY_MS + DAY_MS // 2
MIDNIGHT = 20_001 * DAY_MS
STEP = 5_000

Told = list[tuple[int, int, int, int, int]]


class Notes:
    """Intervals, and what they told: number, begin and end from noon on, packets delivered and confirmed."""

    def __init__(self) -> None:
        self.found: list[Interval] = []
        self.intervals = Intervals(self.found.append)

    def add(self, start: int, end: int, delivered: int = 250, confirmed: int = 250) -> None:
        self.intervals.add(start, end, delivered=delivered, confirmed=confirmed)

    def listen(self, start: int, end: int) -> None:
        """Report every five seconds."""
        for at in range(start, end, STEP):
            self.add(at, min(at + STEP, end))

    def told(self) -> list[tuple[int, int]]:
        return [(each.start_ms - NOON, each.end_ms - NOON) for each in self.found]


@pytest.fixture
def notes() -> Notes:
    return Notes()


def test_reports_become_minutes_that_touch(notes: Notes) -> None:
    notes.listen(NOON, NOON + 150_000)
    assert notes.told() == [(0, 60_000), (60_000, 120_000)]
    notes.intervals.finish()
    assert [astuple(each) for each in notes.found] == [
        (1, NOON, NOON + 60_000, 3000, 3000),
        (2, NOON + 60_000, NOON + 120_000, 3000, 3000),
        (3, NOON + 120_000, NOON + 150_000, 1500, 1500),
    ]
    notes.intervals.finish()
    assert len(notes.found) == 3


@pytest.mark.parametrize(("last", "told"), [(-1, []), (0, []), (1, [(0, 55_000)])])
def test_interval_is_never_longer_than_a_minute(notes: Notes, last: int, told: list[tuple[int, int]]) -> None:
    notes.listen(NOON, NOON + 55_000)
    notes.add(NOON + 55_000, NOON + INTERVAL_MS + last)
    assert notes.told() == told


@pytest.mark.parametrize(("pause", "parts"), [(BREAK_MS - 1, 1), (BREAK_MS, 2), (BREAK_MS + 1, 2)])
def test_break_ends_an_interval_where_the_sound_ended(notes: Notes, pause: int, parts: int) -> None:
    notes.add(NOON, NOON + STEP)
    notes.add(NOON + STEP + pause, NOON + 2 * STEP + pause)
    notes.intervals.finish()
    whole, halves = [(0, 2 * STEP + pause)], [(0, STEP), (STEP + pause, 2 * STEP + pause)]
    assert notes.told() == (whole if parts == 1 else halves)


@pytest.mark.parametrize(("apart", "counts"), [(BREAK_MS - 1, True), (BREAK_MS, True), (BREAK_MS + 1, False)])
def test_reports_too_far_apart_say_nothing_and_are_a_break(notes: Notes, apart: int, *, counts: bool) -> None:
    notes.add(NOON, NOON + STEP)
    notes.add(NOON + STEP, NOON + STEP + apart)
    end = NOON + STEP + apart
    notes.add(end, end + STEP)
    notes.intervals.finish()
    whole, halves = [(0, end + STEP - NOON)], [(0, STEP), (end - NOON, end + STEP - NOON)]
    assert notes.told() == (whole if counts else halves)


@pytest.mark.parametrize(("end", "told"), [(-1, 1), (0, 1), (1, 0)])
def test_no_interval_is_on_two_days(notes: Notes, end: int, told: int) -> None:
    notes.add(MIDNIGHT - STEP, MIDNIGHT + end)
    notes.intervals.finish()
    assert len(notes.found) == told


def test_day_begins_with_an_interval_of_its_own(notes: Notes) -> None:
    notes.listen(MIDNIGHT - 10_000, MIDNIGHT + 10_000)
    notes.intervals.finish()
    assert notes.told() == [
        (MIDNIGHT - 10_000 - NOON, MIDNIGHT - NOON),
        (MIDNIGHT - NOON, MIDNIGHT + 10_000 - NOON),
    ]


@pytest.mark.parametrize("start", [NOON + STEP, NOON + STEP + 1])
def test_time_that_goes_back_or_stands_is_no_listening(notes: Notes, start: int) -> None:
    notes.add(start, NOON + STEP)
    notes.intervals.finish()
    assert notes.found == []


def test_clock_that_is_set_back_tells_nothing_twice(notes: Notes) -> None:
    notes.listen(NOON, NOON + 30_000)
    notes.intervals.finish()
    notes.listen(NOON, NOON + 40_000)
    notes.intervals.finish()
    assert notes.told() == [(0, 30_000), (30_000, 40_000)]


def test_time_in_which_nothing_arrived_is_no_listening(notes: Notes) -> None:
    notes.add(NOON, NOON + STEP)
    notes.add(NOON + STEP, NOON + 2 * STEP, 250, 0)
    notes.intervals.finish()
    assert [astuple(each) for each in notes.found] == [(1, NOON, NOON + STEP, 250, 250)]


@pytest.mark.parametrize(("passed", "told"), [(BREAK_MS - 1, 0), (BREAK_MS, 1), (BREAK_MS + 1, 1)])
def test_silence_ends_an_interval_without_another_report(notes: Notes, passed: int, told: int) -> None:
    notes.add(NOON, NOON + STEP)
    notes.intervals.look(NOON + STEP + passed)
    assert len(notes.found) == told
    notes.intervals.look(NOON + STEP + passed)
    assert len(notes.found) == told


WINDOWS = st.lists(
    st.tuples(st.integers(-200_000, 200_000), st.integers(-1, 70_000), st.integers(0, 500), st.integers(0, 500)),
    max_size=40,
)


@given(WINDOWS, st.booleans())
def test_whatever_is_reported_intervals_are_possible_and_do_not_overlap(
    windows: list[tuple[int, int, int, int]], sort: bool
) -> None:
    notes = Notes()
    for start, length, delivered, confirmed in sorted(windows) if sort else windows:
        notes.add(MIDNIGHT + start, MIDNIGHT + start + length, delivered, min(delivered, confirmed))
        notes.intervals.look(MIDNIGHT + start + length)
    notes.intervals.finish()
    before = 0
    for number, each in enumerate(notes.found, start=1):
        assert each.number == number
        assert before <= each.start_ms < each.end_ms <= each.start_ms + INTERVAL_MS
        assert each.start_ms // DAY_MS == (each.end_ms - 1) // DAY_MS
        assert 0 < each.confirmed <= each.delivered
        before = each.end_ms
    assert sum(each.delivered for each in notes.found) <= sum(delivered for _, _, delivered, _ in windows)
