"""A period of the fund from what came in to what is paid: each step, what it refuses, and what the books say."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from creators import fund_triggers
from creators.enums import EarningSource, PeriodState
from creators.fund import snapshot as snapshots
from creators.fund_errors import (
    AllocationChangedError,
    AllocationMismatchError,
    AppealsOpenError,
    BudgetSpentError,
    MinutesUnknownError,
    PeriodNotOverError,
    PeriodStateError,
)
from creators.models import Earning, Period, PeriodAllocation, PeriodShare, PeriodSnapshot, PeriodStep
from creators.services.fund_appeals import send_appeal
from creators.services.fund_applications import refuse, withdraw
from creators.services.fund_periods import end_appeals, end_due_appeals, freeze, pay, publish, try_out
from tests.factories.funding import after_appeals, first_period, joined, opened, published, source, tried, weeks_ago
from ticketing import account_names
from ticketing.selectors.ledger import balance

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_django.fixtures import Settings

    from accounts.models import User
    from creators.models import Programme

pytestmark = pytest.mark.django_db


def shares_of(period: Period) -> dict[str, int]:
    latest = PeriodAllocation.objects.filter(snapshot__period=period).latest("snapshot__version")
    return dict(latest.shares.values_list("creator_key", "minor"))


def paid(period: Period) -> None:
    """Take a published period to its end."""
    after_appeals(period)
    end_appeals(period.pk)
    pay(period.pk, by=None)
    period.refresh_from_db()


def heard(first: User, second: User, **fields: Any) -> Programme:
    programme = opened(formula="user_centric", budget=1_000, total=2_500, **fields)
    joined(programme, first)
    joined(programme, second)
    return programme


@pytest.fixture(autouse=True)
def minutes(settings: Settings) -> None:
    """Let minutes be counted; each test says itself which."""
    settings.FUND_LISTENING = "tests.factories.funding.no_minutes"


def test_stipend_from_freezing_to_paying(ines: User, malo: User, sam: User) -> None:
    programme = opened()
    joined(programme, ines)
    joined(programme, malo)
    period = first_period(programme)
    frozen = freeze(period.pk, by=sam)
    assert json.loads(frozen.text)["creators"] == [
        {"id": key, "refused": []} for key in sorted([ines.public_id, malo.public_id])
    ]
    allocation = try_out(period.pk, by=sam)
    assert (allocation.given, allocation.recipients) == (2_000, 2)
    publish(period.pk, digest=allocation.digest, by=sam)
    after_appeals(period)
    end_appeals(period.pk)
    assert pay(period.pk, by=sam) == 2
    period.refresh_from_db()
    assert (period.state, period.key) == (PeriodState.PAID, None)
    rows = Earning.objects.filter(creator_key=ines.public_id)
    assert list(rows.values_list("creator", "source", "source_key", "charge", "gross", "net", "currency")) == [
        (ines.pk, EarningSource.FUND, f"{period.public_id}:{ines.public_id}", "", 1_000, 1_000, "eur")
    ]
    assert balance(account_names.fund(period.public_id, "eur")).minor == 2_000
    assert balance(account_names.creator(malo.public_id, "eur")).minor == -1_000
    assert list(PeriodStep.objects.values_list("state", "by", "note")) == [
        ("frozen", sam.pk, frozen.digest),
        ("tried", sam.pk, allocation.digest),
        ("published", sam.pk, allocation.digest),
        ("final", None, ""),
        ("paid", sam.pk, allocation.digest),
    ]
    programme.refresh_from_db()
    # What was not given is free again.
    assert programme.committed == 2_000


def test_minutes_decide_and_nobody_is_named(ines: User, malo: User, oliver: User, yara: User) -> None:
    period = first_period(heard(ines, malo))
    known = source(
        {
            (ines.public_id, oliver.public_id): 3_000,
            (ines.public_id, yara.public_id): 60,
            (malo.public_id, yara.public_id): 60,
            # Oneself, and who is not in the programme, count for nobody.
            (malo.public_id, malo.public_id): 9_000,
            (sam_key := "1" * 14, oliver.public_id): 9_000,
        }
    )
    allocation = published(period, known)
    assert shares_of(period) == {ines.public_id: 750, malo.public_id: 250}
    for text in (allocation.text, allocation.snapshot.text):
        for person in (oliver, yara):
            assert person.public_id not in text
            assert person.handle not in text
        assert sam_key not in text


def test_listeners_have_other_names_in_each_period(ines: User, malo: User, oliver: User) -> None:
    programme = heard(ines, malo, first_day=weeks_ago(2))
    known = source({(ines.public_id, oliver.public_id): 60})
    first, second = Period.objects.filter(programme=programme, number__lte=2).order_by("number")
    names = [
        snapshots.read(freeze(one.pk, by=None, source=known).text.encode()).receipts[0][1] for one in (first, second)
    ]
    assert names[0] != names[1]


def test_period_is_frozen_once_all_is_counted(ines: User, settings: Settings) -> None:
    programme = opened(first_day=timezone.now().date() - timedelta(days=7))
    joined(programme, ines)
    period = first_period(programme)
    # It ended at midnight.
    now = timezone.now()
    settings.FUND_FREEZE_AFTER_HOURS = (now - period.ends_at) // timedelta(hours=1) + 1
    with pytest.raises(PeriodNotOverError):
        freeze(period.pk, by=None)
    settings.FUND_FREEZE_AFTER_HOURS -= 1
    assert freeze(period.pk, by=None).version == 1


def test_steps_only_go_on(ines: User, sam: User) -> None:
    programme = opened()
    joined(programme, ines)
    period = first_period(programme)
    steps: dict[PeriodState, Callable[[], object]] = {
        PeriodState.OPEN: lambda: freeze(period.pk, by=sam),
        PeriodState.FROZEN: lambda: try_out(period.pk, by=sam),
        PeriodState.TRIED: lambda: publish(
            period.pk, digest=PeriodAllocation.objects.values_list("digest", flat=True).get(), by=sam
        ),
        PeriodState.PUBLISHED: lambda: end_appeals(period.pk, by=sam),
        PeriodState.FINAL: lambda: pay(period.pk, by=sam),
    }
    for state in PeriodState:
        period.refresh_from_db()
        assert period.state == state
        if state == PeriodState.PUBLISHED:
            after_appeals(period)
        for allowed, do in steps.items():
            if allowed != state and not (allowed == PeriodState.TRIED and state in {"open", "frozen"}):
                with pytest.raises(PeriodStateError):
                    do()
        if state in steps:
            steps[state]()
    assert Earning.objects.count() == 1


def test_what_was_not_looked_at_is_not_published(ines: User) -> None:
    programme = opened()
    joined(programme, ines)
    period = first_period(programme)
    allocation = tried(period)
    with pytest.raises(AllocationChangedError):
        publish(period.pk, digest=allocation.snapshot.digest, by=None)


def test_appeals_hold_the_end_up(ines: User, sam: User) -> None:
    programme = opened()
    joined(programme, ines)
    period = first_period(programme)
    published(period)
    with pytest.raises(AppealsOpenError):
        end_appeals(period.pk)
    send_appeal(period.public_id, by=ines, words="I was there for longer.")
    after_appeals(period)
    with pytest.raises(AppealsOpenError):
        end_appeals(period.pk)
    end_due_appeals(timezone.now())
    period.refresh_from_db()
    assert period.state == PeriodState.PUBLISHED


def test_clock_ends_what_is_due(ines: User) -> None:
    programme = opened()
    joined(programme, ines)
    period = first_period(programme)
    published(period)
    end_due_appeals(timezone.now())
    assert Period.objects.get(pk=period.pk).state == PeriodState.PUBLISHED
    after_appeals(period)
    end_due_appeals(timezone.now())
    end_due_appeals(timezone.now())
    assert Period.objects.get(pk=period.pk).state == PeriodState.FINAL


def test_budget_of_all_periods_holds(ines: User) -> None:
    programme = opened(budget=1_000, total=1_700, stipend=1_000, first_day=weeks_ago(3))
    joined(programme, ines)
    first, second, third, _last = Period.objects.filter(programme=programme).order_by("number")
    paid_periods = [first, second]
    for period in paid_periods:
        published(period)
    assert [shares_of(period)[ines.public_id] for period in paid_periods] == [1_000, 700]
    with pytest.raises(BudgetSpentError):
        freeze(third.pk, by=None)
    for period in paid_periods:
        paid(period)
    assert sum(Earning.objects.values_list("gross", flat=True)) == 1_700


def test_what_a_paid_period_left_is_there_for_the_next(ines: User) -> None:
    programme = opened(budget=1_000, total=1_000, stipend=400, first_day=weeks_ago(2))
    joined(programme, ines)
    first, second = Period.objects.filter(programme=programme).order_by("number")[:2]
    published(first)
    with pytest.raises(BudgetSpentError):
        freeze(second.pk, by=None)
    paid(first)
    published(second)
    second.refresh_from_db()
    assert second.budget == 600


def test_who_withdrew_or_was_refused_before_is_not_in_it(ines: User, malo: User, maiwenn: User, sam: User) -> None:
    programme = opened()
    for person in (ines, malo, maiwenn):
        joined(programme, person)
    withdraw(programme.public_id, by=malo)
    refuse(programme.applications.get(person=maiwenn).pk, reason="Bought followers.", by=sam)
    period = first_period(programme)
    tried(period)
    assert shares_of(period) == {ines.public_id: 1_000}


def test_who_applied_after_the_period_is_in_the_next_one(ines: User) -> None:
    programme = opened()
    joined(programme, ines)
    programme.applications.update(sent_at=timezone.now())
    period = first_period(programme)
    tried(period)
    assert shares_of(period) == {}


def test_each_gets_it_for_so_many_periods(ines: User) -> None:
    programme = opened(most_periods=1, first_day=weeks_ago(2))
    joined(programme, ines)
    first, second = Period.objects.filter(programme=programme).order_by("number")[:2]
    tried(first)
    tried(second)
    assert (shares_of(first), shares_of(second)) == ({ines.public_id: 1_000}, {ines.public_id: 0})
    assert PeriodShare.objects.get(allocation__snapshot__period=second).reasons == [
        {"because": "had_all_periods", "code": "not_eligible", "found": 1, "most": 1}
    ]


def test_formula_by_minutes_needs_somebody_who_counts_them(settings: Settings, ines: User, malo: User) -> None:
    programme = heard(ines, malo)
    settings.FUND_LISTENING = ""
    with pytest.raises(MinutesUnknownError):
        freeze(first_period(programme).pk, by=None)
    with pytest.raises(MinutesUnknownError):
        opened(formula="pro_rata")
    assert opened(formula="quadratic").opened_at
    assert opened(formula="flat").opened_at
    with pytest.raises(MinutesUnknownError):
        opened(formula="flat", min_listeners=1)


def test_who_was_erased_is_paid_all_the_same(ines: User) -> None:
    programme = opened()
    joined(programme, ines)
    period = first_period(programme)
    published(period)
    key = ines.public_id
    ines.delete()
    paid(period)
    earning = Earning.objects.get()
    assert (earning.creator, earning.creator_key, earning.net) == (None, key, 1_000)


def test_nothing_is_paid_by_rows_that_do_not_follow(ines: User) -> None:
    programme = opened()
    joined(programme, ines)
    period = first_period(programme)
    published(period)
    after_appeals(period)
    end_appeals(period.pk)
    connection.check_constraints()
    fund_triggers.drop(connection)
    PeriodShare.objects.update(minor=1_001)
    with pytest.raises(AllocationMismatchError), transaction.atomic():
        pay(period.pk, by=None)
    assert Earning.objects.count() == 0


def test_period_without_anybody(sam: User) -> None:
    period = first_period(opened())
    published(period, by=sam)
    paid(period)
    assert (shares_of(period), PeriodSnapshot.objects.count(), Earning.objects.count()) == ({}, 1, 0)
