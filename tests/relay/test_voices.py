"""Who is heard, by the levels of packets; the clock is the test's."""

from __future__ import annotations

import pytest

from media.relay.voices import HOLD_SECONDS, QUIETEST, Voices


@pytest.mark.parametrize(
    ("level", "heard"),
    [(0, {"r1": {"p1": 0}}), (QUIETEST - 1, {"r1": {"p1": 59}}), (QUIETEST, {"r1": {"p1": 60}}), (QUIETEST + 1, {})],
)
def test_level_above_at_and_below_the_quietest(level: int, heard: dict[str, dict[str, int]]) -> None:
    voices = Voices()
    voices.heard("r1", "p1", level, 1.0)
    assert voices.take(1.1) == heard


def test_loudest_level_since_the_last_look_counts() -> None:
    voices = Voices()
    for level, now in ((40, 1.00), (20, 1.02), (30, 1.04)):
        voices.heard("r1", "p1", level, now)
    assert voices.take(1.1) == {"r1": {"p1": 20}}
    # What was loud then says nothing of now.
    voices.heard("r1", "p1", 45, 1.12)
    assert voices.take(1.2) == {"r1": {"p1": 45}}


def test_rooms_and_people_are_kept_apart() -> None:
    voices = Voices()
    voices.heard("r1", "p1", 10, 1.0)
    voices.heard("r1", "p2", 20, 1.0)
    voices.heard("r2", "p1", 30, 1.0)
    assert voices.take(1.1) == {"r1": {"p1": 10, "p2": 20}, "r2": {"p1": 30}}


def test_room_that_falls_silent_comes_once_with_nobody() -> None:
    voices = Voices()
    voices.heard("r1", "p1", 10, 1.0)
    assert [voices.take(now) for now in (1.1, 1.3, 1.4)] == [{"r1": {"p1": 10}}, {"r1": {}}, {}]
    voices.heard("r1", "p1", 12, 1.45)
    assert voices.take(1.5) == {"r1": {"p1": 12}}


@pytest.mark.parametrize(("late", "people"), [(-0.001, {"p1": 10}), (0.0, {"p1": 10}), (0.001, {})])
def test_packet_that_is_late_is_no_silence_below_at_and_above_the_time(late: float, people: dict[str, int]) -> None:
    voices = Voices()
    voices.heard("r1", "p1", 10, 0.0)
    voices.take(0.1)
    assert voices.take(HOLD_SECONDS + late) == {"r1": people}


def test_one_who_falls_silent_leaves_the_others() -> None:
    voices = Voices()
    voices.heard("r1", "p1", 10, 1.0)
    voices.take(1.1)
    voices.heard("r1", "p2", 20, 1.3)
    assert voices.take(1.3) == {"r1": {"p2": 20}}


def test_whoever_was_heard_before_a_late_look_is_in_it() -> None:
    voices = Voices()
    voices.heard("r1", "p1", 10, 1.0)
    assert voices.take(9.0) == {"r1": {"p1": 10}}
    assert voices.take(9.1) == {"r1": {}}
