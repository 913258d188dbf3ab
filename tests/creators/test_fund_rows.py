"""Sums and caps through rows: whatever was counted, what is paid is what the rules allow, and the books agree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from creators.enums import EarningSource
from creators.fund import allocation as allocations
from creators.fund import snapshot as snapshots
from creators.models import Earning, Period, PeriodAllocation, Programme
from creators.services.fund_periods import end_appeals, freeze, pay, publish, try_out
from tests.factories.funding import after_appeals, joined, opened, source, weeks_ago
from tests.factories.people import UserFactory
from ticketing import account_names
from ticketing.selectors.ledger import balance

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings

    from accounts.models import User

pytestmark = pytest.mark.django_db

FORMULAS = ("flat", "pro_rata", "user_centric", "quadratic")
SUMS = st.integers(1, 10_000)


@pytest.fixture
def people(db: None, settings: Settings) -> list[User]:
    del db
    settings.FUND_LISTENING = "tests.factories.funding.no_minutes"
    return [UserFactory.create() for _ in range(3)]


@st.composite
def terms(draw: st.DrawFn) -> dict[str, Any]:
    formula = draw(st.sampled_from(FORMULAS))
    budget = draw(SUMS)
    found = {
        "formula": formula,
        "budget": budget,
        "total": draw(st.integers(budget, 2 * budget)),
        "creator_cap": draw(st.none() | SUMS),
        "min_listeners": draw(st.integers(0, 2)),
    }
    return found | ({"stipend": draw(SUMS)} if formula == "flat" else {"listener_cap": draw(st.none() | SUMS)})


HEARD = st.dictionaries(st.tuples(st.integers(0, 2), st.integers(0, 4)), st.integers(1, 9_000), max_size=12)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(terms=terms(), heard=st.tuples(HEARD, HEARD))
def test_what_is_paid_is_what_the_rules_allow(
    people: list[User], terms: dict[str, Any], heard: tuple[dict[tuple[int, int], int], ...]
) -> None:
    with transaction.atomic():
        _check(people, terms, heard)
        # The next example begins without these rows.
        transaction.set_rollback(True)


def _check(people: list[User], terms: dict[str, Any], heard: tuple[dict[tuple[int, int], int], ...]) -> None:
    programme = opened(**terms, first_day=weeks_ago(2))
    for person in people:
        joined(programme, person)
    for number, each in enumerate(heard, start=1):
        given_to = {(people[creator].public_id, f"listener{who}"): much for (creator, who), much in each.items()}
        period = Period.objects.get(programme=programme, number=number)
        programme.refresh_from_db()
        if programme.committed == programme.total:
            break
        _paid(period, given_to)
    programme.refresh_from_db()
    sums = Earning.objects.filter(source=EarningSource.FUND).aggregate(all=Sum("net"))["all"] or 0
    assert sums == programme.committed <= programme.total
    _check_caps(programme, people)


def _paid(period: Period, known: dict[tuple[str, str], int]) -> None:
    freeze(period.pk, by=None, source=source(known))
    allocation = try_out(period.pk, by=None)
    publish(period.pk, digest=allocation.digest, by=None)
    after_appeals(period)
    end_appeals(period.pk)
    pay(period.pk, by=None)
    period.refresh_from_db()
    assert allocation.given <= (period.budget or 0) <= period.programme.budget
    assert balance(account_names.fund(period.public_id, "eur")).minor == allocation.given
    again = allocations.allocate(snapshots.read(allocation.snapshot.text.encode()))
    rows = Earning.objects.filter(source_key__startswith=f"{period.public_id}:").values_list("creator_key", "net")
    assert dict(rows) == {share.creator: share.minor for share in again.shares if share.minor}


def _check_caps(programme: Programme, people: list[User]) -> None:
    caps = [cap for cap in (programme.creator_cap, programme.stipend) if cap is not None]
    for allocation in PeriodAllocation.objects.filter(snapshot__period__programme=programme):
        shares = dict(allocation.shares.values_list("creator_key", "minor"))
        assert set(shares) == {person.public_id for person in people}
        assert all(share <= cap for share in shares.values() for cap in caps)
