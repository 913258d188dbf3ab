"""An allocation: exact, within its limits, the same in whatever order, and with a reason for everything."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creators.fund import canonical
from creators.fund import snapshot as snapshots_
from creators.fund.allocation import Share, allocate
from creators.fund.reasons import Reason
from creators.fund.terms import Formula
from tests.creators.fund_cases import allocated, codes, shares, snapshot, snapshots

if TYPE_CHECKING:
    from random import Random

    from creators.fund.snapshot import Snapshot

LISTENING = {"ana": {1: 300}, "ben": {1: 100, 2: 100}, "cy": {3: 100}}


@given(snapshots())
def test_sum_is_exact_and_never_above_the_budget(case: Snapshot) -> None:
    found = allocate(case)
    ideal = sum(share.ideal for share in found.shares)
    assert found.given == sum(share.minor for share in found.shares) == ideal
    assert 0 <= found.given <= found.budget == found.given + found.left


@given(snapshots())
def test_each_share_is_within_the_smallest_sum_that_can_be_paid(case: Snapshot) -> None:
    unit = case.terms.unit
    for share in allocate(case).shares:
        assert abs(share.minor - share.ideal) < unit
        assert share.minor % unit == 0 <= share.minor


@given(snapshots())
def test_caps_hold_and_money_stays_only_because_of_them(case: Snapshot) -> None:
    terms, found = case.terms, allocate(case)
    caps = [cap for cap in (terms.creator_cap, terms.stipend) if cap is not None]
    for share in found.shares:
        assert all(share.minor <= cap for cap in caps)
    if terms.formula is Formula.USER_CENTRIC and terms.listener_cap is not None:
        assert found.given <= terms.listener_cap * len({receipt.listener for receipt in case.receipts})
    assert bool(found.left) == bool(found.reasons)


@given(snapshots())
def test_whoever_is_not_eligible_or_has_too_few_listeners_gets_nothing(case: Snapshot) -> None:
    listeners = {creator.id: 0 for creator in case.creators}
    for receipt in case.receipts:
        listeners[receipt.creator] += 1
    got = shares(allocate(case))
    for creator in case.creators:
        if creator.refused or listeners[creator.id] < case.terms.min_listeners:
            assert got[creator.id] == 0


@given(snapshots(), st.randoms(use_true_random=False))
def test_order_changes_nothing(case: Snapshot, random: Random) -> None:
    creators, receipts = list(case.creators), list(case.receipts)
    random.shuffle(creators)
    random.shuffle(receipts)
    mixed = replace(case, creators=tuple(creators), receipts=tuple(receipts))
    assert allocate(mixed) == allocate(case)


@given(snapshots())
def test_file_gives_the_same_as_what_it_was_written_from(case: Snapshot) -> None:
    again = allocate(snapshots_.read(snapshots_.freeze(case)))
    assert (again, again.digest()) == (allocate(case), allocate(case).digest())


@given(snapshots())
def test_file_holds_whole_numbers_and_texts_only(case: Snapshot) -> None:
    def leaves(value: Any) -> list[Any]:
        if isinstance(value, dict | list):
            inside = value.values() if isinstance(value, dict) else value
            return [leaf for child in inside for leaf in leaves(child)]
        return [value]

    found = leaves(json.loads(allocate(case).write()))
    assert {type(leaf) for leaf in found} <= {int, str}


@given(snapshots(formulas=(Formula.PRO_RATA,)))
def test_ideal_of_pro_rata_is_the_formulas(case: Snapshot) -> None:
    terms = replace(case.terms, creator_cap=None, listener_cap=None, min_listeners=0)
    case = replace(case, terms=terms)
    eligible = {creator.id for creator in case.creators if not creator.refused}
    seconds = dict.fromkeys(eligible, 0)
    for receipt in case.receipts:
        if receipt.creator in eligible:
            seconds[receipt.creator] += receipt.amount
    whole = sum(seconds.values()) or 1
    ideals = {share.creator: share.ideal for share in allocate(case).shares if share.creator in eligible}
    assert ideals == {name: Fraction(terms.budget * own, whole) for name, own in seconds.items()}


@given(snapshots())
def test_share_that_is_not_the_plain_one_says_why(case: Snapshot) -> None:
    for share in allocate(case).shares:
        names = {reason.code for reason in share.reasons}
        if share.ideal == 0:
            assert names & {"not_eligible", "too_few_listeners", "nothing_counted"}
        if share.minor != share.ideal:
            assert ("rounded_up" if share.minor > share.ideal else "rounded_down") in names


def test_reasons_say_what_was_found_and_needed() -> None:
    heard = LISTENING | {"dan": {1: 50, 2: 50}, "eve": {}}
    case = snapshot(
        Formula.PRO_RATA,
        heard,
        refused={"dan": Reason.of("followers", found=4_999, needed=5_000)},
        min_listeners=1,
    )
    assert {share.creator: share for share in allocate(case).shares} == {
        "ana": Share("ana", 500, Fraction(500), ()),
        "ben": Share("ben", 333, Fraction(1000, 3), (Reason.of("rounded_down"),)),
        "cy": Share("cy", 167, Fraction(500, 3), (Reason.of("rounded_up"),)),
        "dan": Share("dan", 0, Fraction(0), (Reason.of("not_eligible", because="followers", found=4999, needed=5000),)),
        "eve": Share("eve", 0, Fraction(0), (Reason.of("too_few_listeners", found=0, needed=1),)),
    }


@pytest.mark.parametrize(("needed", "expected"), [(1, (500, 333)), (2, (0, 1000)), (3, (0, 0))])
def test_minimum_of_listeners_counts_different_ones(needed: int, expected: tuple[int, int]) -> None:
    got = allocated(Formula.PRO_RATA, LISTENING, min_listeners=needed)
    assert (got["ana"], got["ben"]) == expected


@pytest.mark.parametrize(
    ("cap", "ana", "reasons"),
    [
        (499, 499, [Reason.of("capped", cap=499, without="500")]),
        (500, 500, []),
        (501, 500, []),
    ],
)
def test_cap_is_a_reason_from_the_first_cent(cap: int, ana: int, reasons: list[Reason]) -> None:
    share = allocate(snapshot(Formula.PRO_RATA, LISTENING, creator_cap=cap)).shares[0]
    assert (share.minor, list(share.reasons)) == (ana, reasons)


def test_what_a_cap_leaves_raises_the_others() -> None:
    found = allocate(snapshot(Formula.PRO_RATA, LISTENING, creator_cap=400))
    # 400, and of 600 two thirds and one third.
    assert shares(found) == {"ana": 400, "ben": 400, "cy": 200}
    assert found.shares[2].reasons == (Reason.of("raised_by_caps", without="500/3"),)
    assert (found.left, found.reasons) == (0, ())


def test_what_nobody_may_have_stays_in_the_budget() -> None:
    found = allocate(snapshot(Formula.PRO_RATA, LISTENING, creator_cap=333))
    assert (shares(found), found.given, found.left) == ({"ana": 333, "ben": 333, "cy": 333}, 999, 1)
    assert found.reasons == (Reason.of("all_capped"),)


def test_pots_below_the_budget_leave_the_rest_in_it() -> None:
    found = allocate(snapshot(Formula.USER_CENTRIC, LISTENING, listener_cap=100))
    assert (found.given, found.left) == (300, 700)
    assert found.reasons == (Reason.of("pots_capped", cap=100, listeners=3),)


def test_nobody_gets_anything() -> None:
    found = allocate(snapshot(Formula.QUADRATIC, {"ana": {1: 100}}))
    assert (found.left, found.reasons, codes(found)) == (1000, (Reason.of("nobody"),), {"ana": ["nothing_counted"]})
    assert allocate(snapshot(Formula.PRO_RATA, {})).reasons == (Reason.of("nobody"),)


def test_stipend_says_when_the_budget_or_a_cap_is_below_it() -> None:
    heard: dict[str, dict[int, int]] = {"ana": {}, "ben": {}}
    short = allocate(snapshot(Formula.FLAT, heard, budget=999, stipend=500))
    assert sorted(shares(short).values()) == [499, 500]
    assert {name: found[0] for name, found in codes(short).items()} == dict.fromkeys(heard, "budget_short")
    for enough in (1000, 1001):
        assert codes(allocate(snapshot(Formula.FLAT, heard, budget=enough, stipend=500))) == {}
    capped = allocate(snapshot(Formula.FLAT, heard, stipend=500, creator_cap=499))
    assert capped.shares[0].reasons == (Reason.of("capped", cap=499, without="500"),)


def test_listeners_over_the_cap_are_told_to_the_creators_they_heard() -> None:
    found = allocate(snapshot(Formula.PRO_RATA, LISTENING, listener_cap=200))
    assert [share.reasons for share in found.shares] == [
        (Reason.of("listeners_capped", cap=200, listeners=1),),
        (Reason.of("listeners_capped", cap=200, listeners=1),),
        (),
    ]


def test_equals_take_turns_over_the_periods() -> None:
    heard = {"ana": {1: 60}, "ben": {1: 60}, "cy": {1: 60}}
    lucky = [
        next(name for name, got in allocated(Formula.PRO_RATA, heard, budget=100, period=period).items() if got == 34)
        for period in range(1, 7)
    ]
    assert sorted(lucky[:3]) == ["ana", "ben", "cy"]
    assert lucky[3:] == lucky[:3]


def test_equals_by_thirds_of_pots_take_turns_in_the_largest_budget_too() -> None:
    # Each has one pot: Ana and Cy by a third of one and two thirds of another, which are no whole numbers.
    heard = {"ana": {1: 100, 2: 200}, "ben": {3: 50}, "cy": {1: 200, 2: 100}}
    got = [allocated(Formula.USER_CENTRIC, heard, budget=10**15, period=period) for period in (1, 2, 3)]
    assert {name: sum(each[name] for each in got) for name in heard} == dict.fromkeys(heard, 10**15)


def test_equals_are_told_that_it_was_drawn() -> None:
    heard = {"ana": {1: 60}, "ben": {1: 60}, "cy": {1: 60}}
    found = {share.minor: share.reasons for share in allocate(snapshot(Formula.PRO_RATA, heard, budget=100)).shares}
    assert found == {
        34: (Reason.of("rounded_up", drawn=1, tied=3),),
        33: (Reason.of("rounded_down", drawn=1, tied=3),),
    }


def test_currency_without_small_coins_is_paid_in_what_can_be_paid() -> None:
    heard = {"ana": {1: 200}, "ben": {1: 100}}
    assert allocated(Formula.PRO_RATA, heard, budget=10_000, unit=100) == {"ana": 6_700, "ben": 3_300}


def test_allocation_is_a_file_with_a_digest() -> None:
    case = snapshot(Formula.PRO_RATA, {"ana": {1: 200}, "ben": {1: 100}}, budget=100)
    found = allocate(case)
    assert json.loads(found.write()) == {
        "format": "causerie-fund-allocation-1",
        "snapshot": snapshots_.digest_of(case),
        "programme": "spring",
        "period": 1,
        "currency": "eur",
        "budget": 100,
        "given": 100,
        "left": 0,
        "reasons": [],
        "shares": [
            {"creator": "ana", "share": 67, "ideal": "200/3", "reasons": [{"code": "rounded_up"}]},
            {"creator": "ben", "share": 33, "ideal": "100/3", "reasons": [{"code": "rounded_down"}]},
        ],
    }
    assert found.digest() == canonical.digest(found.write())


def test_published_digests_never_change() -> None:
    """Whoever changes the form or a formula changes what was published: that needs another format."""
    found = allocate(snapshot(Formula.USER_CENTRIC, LISTENING, creator_cap=400, min_listeners=1))
    assert (found.snapshot, found.digest()) == (
        "820e3bc236705def45df7aef51e24c0272ea4e0c9999b8ccbf87fce32da5cf8e",
        "c94f87c21eeb091e8caaca50330c4950e01756c2f1796a9bd21e018ee8c6538b",
    )
