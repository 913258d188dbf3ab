"""The platform's fee: exact, additive, never above the base, by the schedule that held."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creators.fee_presets import FEE_PRESETS, SPACES
from creators.fees import ALL, Earned, FeeSchedule, Sale, Tier, fees_of, schedule_at

START = datetime(2026, 1, 1, tzinfo=UTC)
# Twice what a schedule's highest border may be here.
MOST = 2 * 10**9

sums = st.integers(0, MOST)


def schedule(*tiers: tuple[int, int], currency: str = "eur", after: int = 0, number: int = 0) -> FeeSchedule:
    """Return a schedule that begins so many days after the start."""
    return FeeSchedule(tuple(Tier(*tier) for tier in tiers), START + timedelta(days=after), currency, number)


@st.composite
def schedules(draw: st.DrawFn) -> FeeSchedule:
    borders = sorted(draw(st.sets(st.integers(1, MOST // 2), max_size=4)))
    rates = draw(st.lists(st.integers(0, 10_000), min_size=len(borders) + 1, max_size=len(borders) + 1))
    return schedule(*zip([0, *borders], rates, strict=True))


SPACES_EURO = FeeSchedule(SPACES.tiers("eur"), START, "eur")


@pytest.mark.parametrize(
    ("base", "fee"),
    [
        (0, 0),
        # A third of a cent and two thirds are nothing; the creator has them.
        (33, 0),
        (34, 1),
        (1_000, 30),
        (4_999_999, 149_999),
        (5_000_000, 150_000),
        (5_000_004, 150_000),
        (5_000_005, 150_001),
        (6_000_000, 350_000),
    ],
)
def test_spaces_keeps_three_percent_until_fifty_thousand(base: int, fee: int) -> None:
    assert SPACES_EURO.fee_up_to(base) == fee


def test_order_across_a_border_is_split() -> None:
    # 100.00 below the border at 3 %, 900.00 above it at 20 %.
    assert SPACES_EURO.fee_of(100_000, before=4_990_000) == 300 + 18_000


def test_preset_is_in_the_currencys_own_unit() -> None:
    assert SPACES.tiers("eur") == ((0, 300), (5_000_000, 2_000))
    assert SPACES.tiers("jpy") == ((0, 300), (50_000, 2_000))
    assert SPACES.tiers("kwd") == ((0, 300), (50_000_000, 2_000))
    assert FEE_PRESETS == {"spaces": SPACES}


@pytest.mark.parametrize(
    ("tiers", "error"),
    [
        ([], ValueError),
        ([(1, 300)], ValueError),
        ([(0, 300), (0, 400)], ValueError),
        ([(0, 300), (9, 400), (8, 500)], ValueError),
        ([(0, 10_001)], ValueError),
        ([(0, -1)], ValueError),
        ([(0, 300), (-1, 300)], ValueError),
        ([(0, 2.5)], TypeError),
        ([(0, True)], TypeError),
        ([(0, 300), (1.0, 400)], TypeError),
    ],
)
def test_tiers_that_are_none(tiers: list[tuple[int, int]], error: type[Exception]) -> None:
    with pytest.raises(error):
        schedule(*tiers)


def test_all_of_it_is_the_highest_rate() -> None:
    assert schedule((0, 10_000)).fee_up_to(777) == 777


def test_schedule_for_all_currencies_has_no_borders() -> None:
    assert schedule((0, 500), currency=ALL).fee_up_to(10_000) == 500
    with pytest.raises(ValueError, match="one rate"):
        schedule((0, 500), (100, 600), currency=ALL)


@pytest.mark.parametrize(("base", "before"), [(-1, 0), (1, -1), (-1, 5)])
def test_fee_of_less_than_nothing_is_no_fee(base: int, before: int) -> None:
    with pytest.raises(ValueError, match="below zero"):
        SPACES_EURO.fee_of(base, before=before)


@pytest.mark.parametrize("base", [1.0, True, "1", None])
def test_fee_knows_whole_numbers_only(base: int) -> None:
    with pytest.raises(TypeError):
        SPACES_EURO.fee_of(base, before=0)


@given(schedules(), sums, sums)
def test_fee_is_never_above_the_base_and_a_whole_number(found: FeeSchedule, base: int, before: int) -> None:
    fee = found.fee_of(base, before=before)
    assert type(fee) is int
    assert 0 <= fee <= base


@given(schedules(), sums)
def test_nothing_costs_nothing(found: FeeSchedule, before: int) -> None:
    assert found.fee_of(0, before=before) == 0


@given(schedules(), sums, sums)
def test_more_never_costs_less(found: FeeSchedule, one: int, other: int) -> None:
    low, high = sorted((one, other))
    assert found.fee_up_to(low) <= found.fee_up_to(high)


@given(schedules(), st.lists(sums, max_size=8), sums)
def test_parts_cost_what_the_whole_costs(found: FeeSchedule, parts: list[int], before: int) -> None:
    taken, fee = before, 0
    for part in parts:
        fee += found.fee_of(part, before=taken)
        taken += part
    assert fee == found.fee_of(sum(parts), before=before)


@given(schedules(), sums, sums)
def test_what_goes_back_brings_its_fee_back(found: FeeSchedule, kept: int, returned: int) -> None:
    whole = found.fee_up_to(kept + returned)
    assert whole - found.fee_of(returned, before=kept) == found.fee_up_to(kept)


@given(schedules(), sums)
def test_rounding_takes_less_than_a_unit(found: FeeSchedule, base: int) -> None:
    borders = [tier.from_minor for tier in found.tiers]
    exact = sum(
        (min(base, end) - begin) * tier.basis_points
        for tier, (begin, end) in zip(found.tiers, pairwise([*borders, max(base, borders[-1])]), strict=True)
        if base > begin
    )
    assert 0 <= exact - 10_000 * found.fee_up_to(base) < 10_000


def sale(key: int, base: int, *, day: int = 0, creator: str = "1", currency: str = "eur") -> Sale:
    return Sale(creator, currency, START + timedelta(days=day), key, base)


@given(schedules(), st.lists(sums, max_size=8), st.randoms(use_true_random=False))
def test_order_of_sales_changes_nothing_in_their_sum(found: FeeSchedule, bases: list[int], random: object) -> None:
    shuffled = bases[:]
    random.shuffle(shuffled)  # type: ignore[attr-defined] # Hypothesis' own Random
    one = fees_of([sale(key, base) for key, base in enumerate(bases)], [found])
    other = fees_of([sale(key, base) for key, base in enumerate(shuffled)], [found])
    assert sum(one.values()) == sum(other.values()) == found.fee_up_to(sum(bases))


@given(schedules(), st.lists(sums, max_size=8), st.randoms(use_true_random=False))
def test_order_in_which_sales_are_read_changes_nothing(found: FeeSchedule, bases: list[int], random: object) -> None:
    sales = [sale(key, base, day=key % 3) for key, base in enumerate(bases)]
    read = sales[:]
    random.shuffle(read)  # type: ignore[attr-defined] # as above
    assert fees_of(sales, [found]) == fees_of(read, [found])


def test_each_creator_and_currency_is_counted_alone() -> None:
    tiers = [schedule((0, 0), (100, 10_000)), schedule((0, 0), (100, 10_000), currency="usd")]
    sales = [
        sale(1, 100),
        sale(2, 50),
        sale(3, 100, creator="2"),
        sale(4, 100, currency="usd"),
        sale(5, 7, currency="usd"),
        # No schedule is for it.
        sale(6, 1_000, currency="chf"),
    ]
    assert fees_of(sales, tiers) == {1: 0, 2: 50, 3: 0, 4: 0, 5: 7, 6: 0}


def test_what_was_earned_before_counts() -> None:
    found = fees_of([sale(1, 100)], [SPACES_EURO], before={Earned("1", "eur"): 5_000_000, Earned("1", "usd"): 1})
    assert found == {1: 20}


def test_sale_costs_what_held_when_it_was_paid() -> None:
    held = [schedule((0, 1_000), after=10), schedule((0, 2_000), after=20)]
    sales = [sale(key, 100, day=day) for key, day in enumerate([9, 10, 19, 20, 30])]
    assert fees_of(sales, held) == {0: 0, 1: 10, 2: 10, 3: 20, 4: 20}


def test_lifetime_goes_on_under_the_next_schedule() -> None:
    held = [schedule((0, 1_000)), schedule((0, 0), (100, 5_000), after=10)]
    assert fees_of([sale(1, 100), sale(2, 100, day=10)], held) == {1: 10, 2: 50}


def test_last_schedule_to_begin_holds() -> None:
    one, other = schedule((0, 100), after=1, number=1), schedule((0, 200), after=1, currency=ALL, number=2)
    later = schedule((0, 300), after=2, currency="usd", number=3)
    found = [later, other, one]
    at = START + timedelta(days=1)
    assert schedule_at(found, "eur", at) == schedule_at(found, "usd", at) == other
    assert schedule_at(found, "eur", at + timedelta(days=9)) == other
    assert schedule_at(found, "usd", at + timedelta(days=9)) == later
    assert schedule_at(found, "eur", at - timedelta(microseconds=1)) is None
