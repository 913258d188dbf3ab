"""Sharing out: sums that add up, nobody a unit off or above the cap, equals in turn."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creators.fund.sharing import Part, in_turn, share_out

if TYPE_CHECKING:
    from random import Random

WEIGHTS = st.dictionaries(st.text("abcdef", min_size=1, max_size=3), st.integers(0, 10**6), max_size=12)
UNITS = st.integers(0, 10**9)
CAPS = st.none() | st.integers(1, 10**9)
TURNS = st.integers(0, 10**20)


def ideals(units: int, weights: dict[str, int], cap: int | None) -> dict[str, Fraction]:
    """Return what everybody would get if money had no smallest unit: pour it in until all or a brim is reached."""
    got = dict.fromkeys(weights, Fraction(0))
    left, thirsty = Fraction(units), {name for name, weight in weights.items() if weight}
    while thirsty and left:
        whole = sum(weights[name] for name in thirsty)
        # As much for each unit of weight as fills the next one up, or as there is.
        room = [(cap - got[name]) * Fraction(1, weights[name]) for name in thirsty] if cap is not None else []
        level = min([left * Fraction(1, whole), *room])
        for name in thirsty:
            got[name] += level * weights[name]
        left -= level * whole
        thirsty = {name for name in thirsty if cap is None or got[name] < cap}
    return got


@given(UNITS, WEIGHTS, CAPS, TURNS)
def test_shares_add_up_to_all_that_the_caps_allow(
    units: int, weights: dict[str, int], cap: int | None, turn: int
) -> None:
    parts = share_out(units, weights, cap=cap, turn=turn)
    heard = sum(weight > 0 for weight in weights.values())
    most = units if cap is None else min(units, cap * heard)
    assert sum(part.units for part in parts.values()) == (most if heard else 0)


@given(UNITS, WEIGHTS, CAPS, TURNS)
def test_no_share_is_a_unit_off_or_above_the_cap(
    units: int, weights: dict[str, int], cap: int | None, turn: int
) -> None:
    parts = share_out(units, weights, cap=cap, turn=turn)
    assert {name: part.ideal for name, part in parts.items()} == ideals(units, weights, cap)
    for name, part in parts.items():
        assert abs(part.units - part.ideal) < 1
        assert cap is None or part.units <= cap
        assert weights[name] or part.units == 0


@given(UNITS, WEIGHTS, CAPS, TURNS, st.randoms(use_true_random=False))
def test_order_changes_nothing(units: int, weights: dict[str, int], cap: int | None, turn: int, random: Random) -> None:
    mixed = list(weights.items())
    random.shuffle(mixed)
    assert share_out(units, dict(mixed), cap=cap, turn=turn) == share_out(units, weights, cap=cap, turn=turn)


@given(UNITS, WEIGHTS, CAPS, TURNS, st.integers(1, 10**12))
def test_only_proportions_matter(units: int, weights: dict[str, int], cap: int | None, turn: int, times: int) -> None:
    multiple = {name: weight * times for name, weight in weights.items()}
    assert share_out(units, multiple, cap=cap, turn=turn) == share_out(units, weights, cap=cap, turn=turn)


@given(UNITS, WEIGHTS, CAPS, TURNS)
def test_whoever_weighs_more_never_gets_less(units: int, weights: dict[str, int], cap: int | None, turn: int) -> None:
    parts = share_out(units, weights, cap=cap, turn=turn)
    standing = sorted(weights, key=lambda name: (weights[name], parts[name].units))
    assert [parts[name].units for name in standing] == sorted(part.units for part in parts.values())


@given(st.integers(1, 12), st.integers(0, 200), TURNS)
def test_in_as_many_periods_as_there_are_equals_each_gets_the_same(equals: int, units: int, turn: int) -> None:
    weights = {f"c{number:02}": 7 for number in range(equals)}
    got: Counter[str] = Counter()
    for later in range(equals):
        for name, part in share_out(units, weights, cap=None, turn=turn + later).items():
            got[name] += part.units
    assert got == dict.fromkeys(weights, units)


def test_last_unit_goes_in_turn() -> None:
    weights = {"a": 1, "b": 1, "c": 1}
    given_ = [[part.units for part in share_out(100, weights, cap=None, turn=turn).values()] for turn in range(4)]
    assert given_ == [[34, 33, 33], [33, 34, 33], [33, 33, 34], [34, 33, 33]]
    assert (in_turn("abc", 2, 1), in_turn("abc", 0, 5)) == (["c", "a"], [])


def test_last_units_go_to_who_lost_most() -> None:
    # 10 * 5/19 = 2.63, 10 * 4/19 = 2.11, 10 * 10/19 = 5.26
    parts = share_out(10, {"a": 5, "b": 4, "c": 10}, cap=None, turn=0)
    assert parts == {
        "a": Part(3, Fraction(50, 19), Fraction(50, 19)),
        "b": Part(2, Fraction(40, 19), Fraction(40, 19)),
        "c": Part(5, Fraction(100, 19), Fraction(100, 19)),
    }


def test_equals_are_those_but_for_the_last_digits_of_scaled_weights() -> None:
    # Each is owed 50.5: that one weight is less by 2**-64 must not decide it each time.
    weights = {"a": 2**64 - 1, "b": 2**64}
    assert [share_out(101, weights, cap=None, turn=turn)["a"].units for turn in (0, 1)] == [51, 50]
    # A difference that shows in the steps does.
    weights = {"a": 2**64 - 2**40, "b": 2**64}
    assert [share_out(101, weights, cap=None, turn=turn)["a"].units for turn in (0, 1)] == [50, 50]


def test_what_a_cap_leaves_goes_to_those_below_it() -> None:
    # 600, 300, 100: the first may have 400; of the other 600 the second would get 450.
    parts = share_out(1000, {"a": 6, "b": 3, "c": 1}, cap=400, turn=0)
    assert parts == {
        "a": Part(400, Fraction(400), Fraction(600), is_capped=True),
        "b": Part(400, Fraction(400), Fraction(300), is_capped=True),
        "c": Part(200, Fraction(200), Fraction(100)),
    }


@pytest.mark.parametrize(
    ("cap", "units", "is_capped"), [(599, [599, 401], True), (600, [600, 400], False), (601, [600, 400], False)]
)
def test_cap_counts_from_the_first_unit_above_it(cap: int, units: list[int], is_capped: bool) -> None:
    parts = share_out(1000, {"a": 6, "b": 4}, cap=cap, turn=0)
    assert ([part.units for part in parts.values()], parts["a"].is_capped) == (units, is_capped)


@pytest.mark.parametrize(("cap", "given_"), [(499, 998), (500, 1000), (501, 1000)])
def test_what_nobody_may_have_is_not_shared_out(cap: int, given_: int) -> None:
    assert sum(part.units for part in share_out(1000, {"a": 1, "b": 1, "c": 0}, cap=cap, turn=0).values()) == given_


def test_nobody_weighs_anything() -> None:
    assert share_out(1000, {}, cap=None, turn=0) == {}
    assert share_out(1000, {"a": 0}, cap=1, turn=0) == {"a": Part(0, Fraction(0), Fraction(0))}
