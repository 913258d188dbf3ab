"""The rules themselves, without a database."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.policies.rules import Checked, Decision, Facts, Platform, Purpose, Rule, RuleKind, Terms, evaluate
from accounts.policies.shares import in_share

HOST = Purpose.HOST
FOLLOWERS = Rule(RuleKind.FOLLOWERS, 600)
EMAIL = Rule(RuleKind.VERIFIED_EMAIL)
IOS = Rule(RuleKind.PLATFORM, platforms=frozenset({Platform.IOS}))

flags = st.sampled_from(["red", "blue"])
rules = st.one_of(
    st.builds(Rule, st.sampled_from([RuleKind.FOLLOWERS, RuleKind.ACCOUNT_AGE]), st.integers(1, 5)),
    st.builds(Rule, st.sampled_from([RuleKind.VERIFIED_EMAIL, RuleKind.SECOND_FACTOR, RuleKind.INVITED])),
    st.builds(
        lambda found: Rule(RuleKind.PLATFORM, platforms=found), st.frozensets(st.sampled_from(Platform), min_size=1)
    ),
    st.builds(lambda kind, flag: Rule(kind, flag=flag), st.sampled_from([RuleKind.SHARE, RuleKind.FLAG]), flags),
)
terms = st.builds(lambda ways: Terms(HOST, tuple(map(tuple, ways))), st.lists(st.lists(rules, max_size=4), max_size=3))
facts = st.builds(
    Facts,
    followers=st.integers(0, 6),
    age_days=st.integers(0, 6),
    verified_email=st.booleans(),
    second_factor=st.booleans(),
    invited=st.booleans(),
    platform=st.sampled_from(Platform),
    flags=st.frozensets(flags),
    allowed=st.frozensets(st.sampled_from(Purpose)),
    denied=st.frozensets(st.sampled_from(Purpose)),
)


def allowed(found: Terms, known: Facts) -> bool:
    return evaluate(found, known).allowed


@pytest.mark.parametrize(("followers", "may"), [(0, False), (599, False), (600, True), (601, True)])
def test_counted_rule_has_a_limit(followers: int, may: bool) -> None:
    decision = evaluate(Terms(HOST, ((FOLLOWERS,),)), Facts(followers=followers))
    assert decision == Decision(HOST, may, ((Checked(FOLLOWERS, may, followers, 600),),))


@pytest.mark.parametrize(("ways", "may"), [((), False), (((),), True), (((), (FOLLOWERS,)), True)])
def test_policy_without_ways_is_closed_and_a_way_without_rules_is_open(
    ways: tuple[tuple[Rule, ...], ...], may: bool
) -> None:
    assert allowed(Terms(HOST, ways), Facts()) is may


@pytest.mark.parametrize(
    ("known", "may"),
    [
        (Facts(followers=600), False),
        (Facts(verified_email=True), False),
        (Facts(followers=600, verified_email=True), True),
        (Facts(platform=Platform.IOS), True),
        (Facts(platform=Platform.ANDROID), False),
    ],
)
def test_one_way_is_enough_and_needs_all_its_rules(known: Facts, may: bool) -> None:
    assert allowed(Terms(HOST, ((FOLLOWERS, EMAIL), (IOS,))), known) is may


def test_nearest_is_the_way_that_misses_least() -> None:
    decision = evaluate(Terms(HOST, ((FOLLOWERS, EMAIL), (EMAIL, IOS))), Facts(followers=412, platform=Platform.IOS))
    assert decision.nearest == (Checked(EMAIL, met=False),)


@given(terms, facts)
def test_no_of_staff_wins(found: Terms, known: Facts) -> None:
    assert not allowed(found, replace(known, denied=known.denied | {HOST}))


@given(terms, facts)
def test_yes_of_staff_stands_above_all_rules(found: Terms, known: Facts) -> None:
    assert allowed(found, replace(known, allowed=known.allowed | {HOST}, denied=known.denied - {HOST}))


@given(terms, facts)
def test_exceptions_for_another_purpose_change_nothing(found: Terms, known: Facts) -> None:
    plain = replace(known, allowed=frozenset(), denied=frozenset())
    assert allowed(
        found, replace(plain, allowed=frozenset({Purpose.FUND}), denied=frozenset({Purpose.SELL}))
    ) == allowed(found, plain)


@given(terms, facts, facts)
def test_more_of_anything_never_takes_it_away(found: Terms, known: Facts, further: Facts) -> None:
    more = replace(
        known,
        followers=known.followers + further.followers,
        age_days=known.age_days + further.age_days,
        verified_email=known.verified_email or further.verified_email,
        second_factor=known.second_factor or further.second_factor,
        invited=known.invited or further.invited,
        flags=known.flags | further.flags,
    )
    assert allowed(found, known) <= allowed(found, more)


@given(terms, facts, st.lists(rules, max_size=3))
def test_another_way_never_takes_it_away(found: Terms, known: Facts, way: list[Rule]) -> None:
    assert allowed(found, known) <= allowed(replace(found, ways=(*found.ways, tuple(way))), known)


@given(terms, facts)
def test_whoever_is_refused_for_rules_is_told_which(found: Terms, known: Facts) -> None:
    decision = evaluate(found, known)
    told = not decision.allowed and not decision.denied and bool(found.ways)
    assert bool(decision.nearest) is told


percents = st.decimals(0, 100, places=1)


@given(st.text(min_size=1, max_size=14), st.text(max_size=20), percents, percents)
def test_larger_share_holds_the_smaller(public_id: str, name: str, one: Decimal, other: Decimal) -> None:
    small, large = sorted((one, other))
    assert in_share(public_id, name, small) <= in_share(public_id, name, large)


@given(st.text(max_size=14), st.text(max_size=20))
def test_share_of_none_and_of_all(public_id: str, name: str) -> None:
    assert (in_share(public_id, name, Decimal(0)), in_share(public_id, name, Decimal(100))) == (False, True)


@pytest.mark.parametrize("percent", [1, 20, 50, 99])
def test_share_is_about_that_many_and_others_for_another_flag(percent: int) -> None:
    ids = [f"account{number}" for number in range(20_000)]
    red = {one for one in ids if in_share(one, "red", Decimal(percent))}
    blue = {one for one in ids if in_share(one, "blue", Decimal(percent))}
    assert abs(len(red) - 200 * percent) < 250
    assert red != blue
