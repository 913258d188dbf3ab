"""Which of the relay's intervals are verified listening, each rule at its limit and beside it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creators.minutes import DAY_MS, FOREVER_MS, Account, Doubt, Interval, Place, Room, Rules, Verified, verify

if TYPE_CHECKING:
    from random import Random

RULES = Rules()
DAY = 20_000
NOON = DAY * DAY_MS + DAY_MS // 2
ROOMS = {"r1": Room("ana", frozenset({"ana", "cohost"})), "r2": Room("ben", frozenset({"ben"}))}
ACCOUNTS = {
    "lia": Account(since_ms=0),
    "max": Account(since_ms=0),
    "ana": Account(since_ms=0),
    "cohost": Account(since_ms=0),
    "banned": Account(since_ms=0, excluded=((0, FOREVER_MS),)),
}


def heard(
    seconds: int, *, person: str = "lia", room: str = "r1", at: int = NOON, each: int = 5_000, sound: int = 100
) -> list[Interval]:
    """Return one listener's intervals of 5 s each; of the packets so many percent arrived."""
    packets = each // 20
    return [
        Interval(person, room, start, start + each, packets, packets * sound // 100)
        for start in range(at, at + seconds * 1000, each)
    ]


def verified(intervals: list[Interval], **rules: Any) -> Verified:
    return verify(intervals, rooms=ROOMS, accounts=ACCOUNTS, rules=Rules(**rules))


def seconds(intervals: list[Interval], **rules: Any) -> dict[tuple[str, str], int]:
    found: Counter[tuple[str, str]] = Counter()
    for place, number in verified(intervals, **rules).seconds.items():
        found[place.listener, place.creator] += number
    return dict(found)


def test_sound_that_arrived_counts() -> None:
    found = verified(heard(600))
    assert found == Verified({Place("lia", "ana", DAY): 600}, Counter())


@pytest.mark.parametrize(("sound", "expected"), [(100, 600), (50, 300), (0, None)])
def test_what_was_lost_does_not_count(sound: int, expected: int | None) -> None:
    assert seconds(heard(600, sound=sound)).get(("lia", "ana")) == expected


def test_three_speakers_at_once_are_no_threefold_listening() -> None:
    tripled = [each._replace(delivered=750, confirmed=750) for each in heard(600)]
    assert seconds(tripled) == {("lia", "ana"): 600}


@pytest.mark.parametrize(("length", "expected"), [(59_999, None), (60_000, 60), (60_001, 60)])
def test_less_than_a_minute_does_not_count(length: int, expected: int | None) -> None:
    whole, rest = heard(50), length - 50_000
    last = Interval("lia", "r1", NOON + 50_000, NOON + length, 600, 600)
    assert rest <= last.confirmed * RULES.packet_ms
    assert seconds([*whole, last]).get(("lia", "ana")) == expected


@pytest.mark.parametrize(("pause", "expected"), [(14_999, 80), (15_000, 80), (15_001, None)])
def test_pause_breaks_when_it_is_too_long(pause: int, expected: int | None) -> None:
    intervals = [*heard(40), *heard(40, at=NOON + 40_000 + pause)]
    assert seconds(intervals).get(("lia", "ana")) == expected


def test_silence_is_a_pause() -> None:
    """Nobody talked, or nothing arrived: the relay's interval is there, and holds nothing."""
    intervals = [*heard(40), *heard(20, at=NOON + 40_000, sound=0), *heard(40, at=NOON + 60_000)]
    found = verified(intervals)
    assert found.seconds == {}
    assert found.doubted_ms == {("lia", Doubt.UNCONFIRMED): 20_000, ("lia", Doubt.TOO_SHORT): 80_000}


def test_drop_of_sound_every_few_seconds_is_worth_only_itself() -> None:
    trickle = [each._replace(delivered=1, confirmed=1) for each in heard(3600)]
    assert seconds(trickle) == {}


def test_earlier_room_wins_and_the_later_counts_once_it_is_over() -> None:
    both = [*heard(600), *heard(600, room="r2", at=NOON + 302_500)]
    found = verified(both)
    # r2 begins at 302.5 s; its interval from 597.5 to 602.5 s still overlaps.
    assert found.seconds == {Place("lia", "ana", DAY): 600, Place("lia", "ben", DAY): 300}
    assert found.doubted_ms == {("lia", Doubt.OTHER_ROOM): 300_000}


def test_later_room_that_is_left_first_counts_for_nothing() -> None:
    assert seconds([*heard(600), *heard(200, room="r2", at=NOON + 102_500)]) == {("lia", "ana"): 600}


def test_rooms_that_touch_do_not_overlap() -> None:
    """The other room fits into a pause of the first to the millisecond."""
    first = [*heard(60), *heard(60, at=NOON + 70_000)]
    pause = Interval("lia", "r2", NOON + 60_000, NOON + 70_000, 500, 500)
    assert seconds([*first, pause], unbroken_ms=1) == {("lia", "ana"): 120, ("lia", "ben"): 10}
    late = pause._replace(end_ms=NOON + 70_001)
    assert seconds([*first, late], unbroken_ms=1) == {("lia", "ana"): 120}


def test_room_in_which_one_begins_at_the_same_moment_is_that_of_the_lower_name() -> None:
    assert seconds([*heard(600, room="r2"), *heard(600, room="r1")]) == {("lia", "ana"): 600}


def test_rooms_one_after_the_other_both_count() -> None:
    both = [*heard(600), *heard(600, room="r2", at=NOON + 600_000)]
    assert seconds(both) == {("lia", "ana"): 600, ("lia", "ben"): 600}


def test_what_is_left_beside_another_room_has_to_be_a_minute_itself() -> None:
    both = [*heard(600), *heard(100, room="r2", at=NOON + 550_000)]
    assert seconds(both) == {("lia", "ana"): 600}
    longer = [*heard(600), *heard(110, room="r2", at=NOON + 550_000)]
    assert seconds(longer) == {("lia", "ana"): 600, ("lia", "ben"): 60}


def test_second_device_adds_nothing() -> None:
    assert seconds([*heard(600), *heard(600, at=NOON + 2_500)]) == {("lia", "ana"): 600}
    assert seconds([*heard(600), *heard(600)]) == {("lia", "ana"): 600}


def test_two_people_are_two_listeners() -> None:
    assert seconds([*heard(60), *heard(60, person="max")]) == {("lia", "ana"): 60, ("max", "ana"): 60}


@pytest.mark.parametrize(
    ("person", "doubt"),
    [
        ("ana", Doubt.LEADS_ROOM),
        ("cohost", Doubt.LEADS_ROOM),
        ("guest", Doubt.NO_ACCOUNT),
        ("banned", Doubt.EXCLUDED),
    ],
)
def test_who_does_not_count_is_noted(person: str, doubt: Doubt) -> None:
    assert verified(heard(600, person=person)) == Verified({}, Counter({(person, doubt): 600_000}))


def test_whoever_leads_one_room_counts_in_another() -> None:
    assert seconds(heard(600, person="cohost", room="r2")) == {("cohost", "ben"): 600}


def test_creator_never_counts_in_their_own_room() -> None:
    rooms = {"r1": Room("ana")}
    found = verify(heard(600, person="ana"), rooms=rooms, accounts=ACCOUNTS, rules=RULES)
    assert found.doubted_ms == {("ana", Doubt.LEADS_ROOM): 600_000}


@pytest.mark.parametrize(
    ("begin", "end", "counts"),
    [(NOON, NOON + 1, False), (NOON + 1, FOREVER_MS, True), (0, NOON, True), (0, NOON + 1, False)],
)
def test_exclusion_holds_from_its_first_moment_until_before_its_last(begin: int, end: int, *, counts: bool) -> None:
    accounts = {"lia": Account(since_ms=0, excluded=((begin, end),))}
    found = verify(heard(60, each=60_000), rooms=ROOMS, accounts=accounts, rules=RULES)
    assert found.seconds == ({Place("lia", "ana", DAY): 60} if counts else {})
    assert found.doubted_ms == ({} if counts else {("lia", Doubt.EXCLUDED): 60_000})


@pytest.mark.parametrize(("age_ms", "counts"), [(7 * DAY_MS - 1, False), (7 * DAY_MS, True), (7 * DAY_MS + 1, True)])
def test_fresh_account_does_not_count(age_ms: int, *, counts: bool) -> None:
    accounts = {"lia": Account(since_ms=NOON - age_ms)}
    found = verify(heard(60, each=60_000), rooms=ROOMS, accounts=accounts, rules=RULES)
    assert found.seconds == ({Place("lia", "ana", DAY): 60} if counts else {})
    assert found.doubted_ms == ({} if counts else {("lia", Doubt.FRESH_ACCOUNT): 60_000})


@pytest.mark.parametrize(("cap", "ana", "ben", "over"), [(899, 599, 299, 1000), (900, 600, 300, 0), (901, 600, 300, 0)])
def test_day_has_a_cap_that_cuts_all_alike(cap: int, ana: int, ben: int, over: int) -> None:
    found = verified([*heard(600), *heard(300, room="r2", at=NOON + 600_000)], day_cap_s=cap)
    assert found.seconds == {Place("lia", "ana", DAY): ana, Place("lia", "ben", DAY): ben}
    assert found.doubted_ms[("lia", Doubt.DAY_CAP)] == over


def test_next_day_has_its_own_cap() -> None:
    midnight = (DAY + 1) * DAY_MS
    found = verified(heard(600, at=midnight - 300_000), day_cap_s=200)
    assert found.seconds == {Place("lia", "ana", DAY): 200, Place("lia", "ana", DAY + 1): 200}


def test_default_cap_is_eight_hours() -> None:
    assert seconds(heard(9 * 3600, at=DAY * DAY_MS)) == {("lia", "ana"): 8 * 3600}


@pytest.mark.parametrize(
    ("change", "is_possible"),
    [
        ({}, True),
        ({"confirmed": 251}, False),
        ({"confirmed": -1}, False),
        # Short packets, or many speakers.
        ({"delivered": 5_000, "confirmed": 5_000}, True),
        ({"end_ms": NOON}, False),
        ({"end_ms": NOON - 1}, False),
        ({"end_ms": NOON + 60_000}, True),
        ({"end_ms": NOON + 60_001}, False),
    ],
)
def test_what_no_relay_can_measure_does_not_count(change: dict[str, Any], *, is_possible: bool) -> None:
    (interval,) = heard(5)
    found = verified([interval._replace(**change)], unbroken_ms=1)
    assert (found.seconds != {}) is is_possible
    assert (("lia", Doubt.IMPOSSIBLE) in found.doubted_ms) is not is_possible


def test_room_that_nobody_knows_does_not_count() -> None:
    assert verified(heard(60, room="r9")).doubted_ms == {("lia", Doubt.UNKNOWN_ROOM): 60_000}


INTERVALS = st.lists(
    st.builds(
        lambda person, room, start, length, packets, lost: Interval(
            person, room, NOON + start, NOON + start + length, packets, max(0, packets - lost)
        ),
        st.sampled_from(["lia", "max", "ana", "guest"]),
        st.sampled_from(["r1", "r2", "r9"]),
        st.integers(0, 60_000),
        st.integers(-10, 20_000),
        st.integers(-5, 900),
        st.integers(-5, 50),
    ),
    max_size=25,
)
LENIENT = {"unbroken_ms": 2_000}


@given(INTERVALS, st.randoms(use_true_random=False))
def test_order_changes_nothing(intervals: list[Interval], random: Random) -> None:
    mixed = list(intervals)
    random.shuffle(mixed)
    assert verified(mixed, **LENIENT) == verified(intervals, **LENIENT)


def _tenths(intervals: list[Interval], person: str) -> set[int]:
    """Return the tenths of a second in which any of the person's intervals lies."""
    own = [each for each in intervals if each.person == person]
    return {tenth for each in own for tenth in range(each.start_ms // 100, each.end_ms // 100 + 1)}


@given(INTERVALS)
def test_nobody_listens_for_longer_than_the_time_that_passed(intervals: list[Interval]) -> None:
    found: Counter[str] = Counter()
    for place, number in verified(intervals, **LENIENT).seconds.items():
        found[place.listener] += number
    covered = {person: len(_tenths(intervals, person)) for person in found}
    for person, number in found.items():
        assert number * 10 <= covered[person]


@given(INTERVALS, st.integers(1, 30))
def test_day_never_passes_its_cap(intervals: list[Interval], cap: int) -> None:
    found: Counter[tuple[str, int]] = Counter()
    for place, number in verified(intervals, **LENIENT, day_cap_s=cap).seconds.items():
        found[place.listener, place.day] += number
    assert all(number <= cap for number in found.values())


@given(INTERVALS)
def test_saying_it_twice_changes_no_seconds(intervals: list[Interval]) -> None:
    assert verified(intervals * 2, **LENIENT).seconds == verified(intervals, **LENIENT).seconds


@given(INTERVALS)
def test_only_listeners_with_an_account_and_known_rooms_count(intervals: list[Interval]) -> None:
    for place in verified(intervals, **LENIENT).seconds:
        assert place.listener in ACCOUNTS
        assert place.listener != place.creator
