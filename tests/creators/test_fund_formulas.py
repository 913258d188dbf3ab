"""What each formula gives, with numbers worked by hand."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from math import isqrt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creators.fund import formulas
from creators.fund.terms import SPARK, Formula
from tests.creators.fund_cases import HEARD, allocated, receipts

LISTENING = {"ana": {1: 300}, "ben": {1: 100, 2: 100}, "cy": {3: 100}}


def test_flat_stipend_is_the_same_for_everybody_and_the_rest_stays() -> None:
    heard: dict[str, dict[int, int]] = {"ana": {}, "ben": {}, "cy": {}}
    got = allocated(Formula.FLAT, heard, budget=1_000_000, stipend=SPARK.stipend)
    assert got == {"ana": 250_000, "ben": 250_000, "cy": 250_000}


def test_flat_stipend_of_too_small_a_budget_is_a_part_of_it() -> None:
    heard: dict[str, dict[int, int]] = {"ana": {}, "ben": {}, "cy": {}}
    got = allocated(Formula.FLAT, heard, budget=500_000, stipend=SPARK.stipend)
    assert sorted(got.values()) == [166_666, 166_667, 166_667]


def test_spark_is_what_twitter_promised() -> None:
    assert (SPARK.stipend, SPARK.currency, SPARK.months) == (2_500_00, "usd", 3)
    assert (SPARK.rooms_per_week, SPARK.followers, SPARK.age) == (2, 5_000, 18)


def test_pro_rata_goes_by_seconds() -> None:
    # 300 : 200 : 100 of 1,000 = 500, 333.33, 166.67
    assert allocated(Formula.PRO_RATA, LISTENING) == {"ana": 500, "ben": 333, "cy": 167}


def test_user_centric_goes_by_listeners() -> None:
    # Pots of 333.33: the first goes 3 : 1 to Ana and Ben: 250, 83.33 + 333.33, 333.33
    assert allocated(Formula.USER_CENTRIC, LISTENING) == {"ana": 250, "ben": 417, "cy": 333}


def test_quadratic_goes_by_many_who_pay_little() -> None:
    # Ana (4 * 10)**2 - 400 = 1,200; Ben has one supporter: 0; Cy (20 + 20)**2 - 800 = 800.
    paid = {"ana": dict.fromkeys((1, 2, 3, 4), 100), "ben": {5: 10_000}, "cy": {1: 400, 2: 400}}
    assert allocated(Formula.QUADRATIC, paid) == {"ana": 600, "ben": 0, "cy": 400}


@pytest.mark.parametrize(
    ("formula", "cap", "expected"),
    [
        # The first listener's 400 s count as 200: Ana 150, Ben 50 + 100, Cy 100.
        (Formula.PRO_RATA, 200, {"ana": 375, "ben": 375, "cy": 250}),
        (Formula.PRO_RATA, 399, {"ana": 500, "ben": 333, "cy": 167}),
        (Formula.PRO_RATA, 400, {"ana": 500, "ben": 333, "cy": 167}),
        (Formula.PRO_RATA, 401, {"ana": 500, "ben": 333, "cy": 167}),
        # Three pots of 100; then Ana has 75, Ben 25 + 100, Cy 100.
        (Formula.USER_CENTRIC, 100, {"ana": 75, "ben": 125, "cy": 100}),
        (Formula.USER_CENTRIC, 333, {"ana": 250, "ben": 416, "cy": 333}),
        (Formula.USER_CENTRIC, 334, {"ana": 250, "ben": 417, "cy": 333}),
    ],
)
def test_one_listener_moves_no_more_than_the_cap(formula: Formula, cap: int, expected: dict[str, int]) -> None:
    got = allocated(formula, LISTENING, listener_cap=cap)
    assert got == expected


def test_one_supporter_counts_for_no_more_than_the_cap() -> None:
    # The first paid 800 and counts for 200: a quarter of each.
    # Ana (5 + 10)**2 - 125 = 100; Ben of two times 175: (2 * 13.23)**2 - 350 = 350.
    paid = {"ana": {1: 100, 2: 100}, "ben": {1: 700, 3: 175}}
    assert allocated(Formula.QUADRATIC, paid, listener_cap=200) == {"ana": 222, "ben": 778}


@given(HEARD, st.integers(1, 10**6))
def test_splitting_a_payment_over_two_supporters_is_what_quadratic_rewards(
    heard: dict[str, dict[int, int]], amount: int
) -> None:
    one = formulas.quadratic(receipts(heard | {"zoe": {1: 2 * amount}}))
    two = formulas.quadratic(receipts(heard | {"zoe": {1: amount, 2: amount}}))
    assert one["zoe"] == 0 < two["zoe"]


@given(HEARD)
def test_pro_rata_weights_are_seconds(heard: dict[str, dict[int, int]]) -> None:
    seconds = {name: sum(by.values()) << formulas.SCALE_BITS for name, by in heard.items() if by}
    assert formulas.pro_rata(receipts(heard)) == seconds


@given(HEARD)
def test_user_centric_weights_are_parts_of_pots(heard: dict[str, dict[int, int]]) -> None:
    totals: defaultdict[int, int] = defaultdict(int)
    for by in heard.values():
        for number, amount in by.items():
            totals[number] += amount
    weights = formulas.user_centric(receipts(heard))
    for name, by in heard.items():
        exact = sum(
            (Fraction(amount << formulas.SCALE_BITS, totals[number]) for number, amount in by.items()), Fraction(0)
        )
        assert exact - len(by) <= weights.get(name, 0) <= exact


@given(HEARD, st.none() | st.integers(1, 10**6))
def test_quadratic_weights_are_those_of_finer_roots(heard: dict[str, dict[int, int]], cap: int | None) -> None:
    totals: defaultdict[int, int] = defaultdict(int)
    for by in heard.values():
        for number, amount in by.items():
            totals[number] += amount
    weights = formulas.quadratic(receipts(heard), cap)
    for name, by in heard.items():
        counted = [
            Fraction(amount * min(cap or totals[number], totals[number]), totals[number])
            for number, amount in by.items()
        ]
        roots = sum(isqrt(int(each * 2**400)) for each in counted)
        finer = Fraction(roots**2, 2**400) - sum(counted, Fraction(0))
        got = Fraction(weights.get(name, 0), 4**formulas.SCALE_BITS)
        assert abs(got - max(finer, Fraction(0))) < Fraction(1, 2**90)


def test_formulas_of_nobody_are_empty() -> None:
    nobody: Any = ()
    assert [formulas.pro_rata(nobody), formulas.user_centric(nobody), formulas.quadratic(nobody)] == [{}, {}, {}]
