"""Applying to a programme: who may, what each answer allows next, and who is refused in a period and why."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.policies.rules import Purpose, Rule, RuleKind, Terms, Verdict
from accounts.services.policies import change_policy, make_exception
from config.lib.errors import NotFoundError
from creators.enums import ApplicationState, ProgrammeState
from creators.fund.reasons import Reason
from creators.fund_errors import (
    ApplicationStateError,
    BadProgrammeError,
    NotEligibleForProgrammeError,
    ProgrammeStateError,
    WordsMissingError,
)
from creators.fund_plan import spark_plan
from creators.models import Application, Period, Programme
from creators.selectors.fund_eligibility import refusals, rooms_lately, standing
from creators.services.fund_applications import accept, apply, refuse, withdraw
from creators.services.fund_programmes import (
    change_programme,
    close_past_programmes,
    close_programme,
    make_programme,
    open_programme,
)
from rooms.enums import RoomState
from rooms.models import Room
from tests.factories.funding import first_period, joined, opened, plan, weeks_ago
from tests.factories.rooms import RoomFactory

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings

pytestmark = pytest.mark.django_db


def sent(programme: Programme, person: User, **how: Any) -> Application:
    given: dict[str, Any] = {"words": "I host.", "is_of_age": True}
    return apply(programme.public_id, by=person, **given | how)


def followed(person: User, number: int) -> User:
    User.objects.filter(pk=person.pk).update(follower_count=number)
    person.refresh_from_db()
    return person


def held(host: User, *, began: timedelta, minutes: float, number: int = 1) -> None:
    """Let somebody have held rooms that began so long ago and lasted so many minutes."""
    at = timezone.now() - began
    for _ in range(number):
        room = RoomFactory.create(host=host)
        ended = at + timedelta(minutes=minutes)
        Room.objects.filter(pk=room.pk).update(created_at=at, state=RoomState.ENDED, ended_at=ended)


# --- programmes -------------------------------------------------------------------------------------------------------


def test_draft_is_changed_and_opened(sam: User) -> None:
    draft = make_programme(plan(name=" Spring  ", number_of_periods=2), by=sam)
    assert (draft.state, draft.name, draft.created_by) == (ProgrammeState.DRAFT, "Spring", sam)
    change_programme(draft.pk, plan(name="Summer", number_of_periods=3))
    programme = open_programme(draft.pk)
    assert (programme.name, programme.state) == ("Summer", ProgrammeState.OPEN)
    days = Period.objects.filter(programme=programme).order_by("number").values_list("number", "first_day", "last_day")
    begins = programme.first_day
    week = timedelta(weeks=1)
    assert list(days) == [(n + 1, begins + n * week, begins + (n + 1) * week - timedelta(days=1)) for n in range(3)]
    with pytest.raises(ProgrammeStateError):
        change_programme(draft.pk, plan())
    with pytest.raises(ProgrammeStateError):
        open_programme(draft.pk)


@pytest.mark.parametrize(
    "fields",
    [
        {"name": ""},
        {"name": "\u200b"},
        {"currency": "chf"},
        {"budget": 0},
        {"budget": 2_147_483_648, "total": 2_147_483_648},
        {"budget": 100, "total": 99},
        {"number_of_periods": 0},
        {"number_of_periods": 121},
        {"most_periods": 0},
        {"stipend": None},
        {"stipend": 0},
        {"listener_cap": 60},
        {"formula": "pro_rata", "stipend": 100},
        {"formula": "pro_rata", "listener_cap": 0},
        {"min_listeners": -1},
    ],
)
def test_terms_that_cannot_be(fields: dict[str, Any]) -> None:
    with pytest.raises(BadProgrammeError):
        make_programme(plan(**fields), by=None)
    assert not Programme.objects.exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"budget": 1, "total": 1},
        {"budget": 2_147_483_647, "total": 2_147_483_647},
        {"number_of_periods": 120},
        {"formula": "pro_rata", "listener_cap": 1, "creator_cap": 1, "min_listeners": 500_000},
        {"formula": "quadratic", "listener_cap": 1},
    ],
)
def test_terms_at_the_limits(fields: dict[str, Any]) -> None:
    assert make_programme(plan(**fields), by=None).pk


def test_spark(settings: Settings) -> None:
    settings.TICKET_CURRENCIES = ["usd"]
    spark = spark_plan(name="Spark", first_day=weeks_ago(1), currency="usd", creators=4)
    programme = open_programme(make_programme(spark, by=None).pk)
    assert (programme.stipend, programme.budget, programme.total) == (250_000, 1_000_000, 3_000_000)
    assert (programme.number_of_periods, programme.cadence, programme.most_periods) == (3, "month", 3)
    assert (programme.min_followers, programme.rooms_per_week, programme.min_age) == (5_000, 2, 18)


def test_closed_by_staff_or_once_its_last_period_is_over(ines: User, malo: User) -> None:
    by_hand, past = opened(), opened(number_of_periods=1)
    close_programme(by_hand.pk)
    with pytest.raises(ProgrammeStateError):
        close_programme(by_hand.pk)
    close_past_programmes(past.last_day)
    sent(past, ines)
    close_past_programmes(past.last_day + timedelta(days=1))
    for programme in (by_hand, past):
        with pytest.raises(ProgrammeStateError):
            sent(programme, malo)


# --- applications -----------------------------------------------------------------------------------------------------


def test_applications_way(ines: User, sam: User) -> None:
    programme = opened()
    first = sent(programme, ines, words=" I host.\n")
    assert (first.state, first.words, first.person_key) == (ApplicationState.SENT, "I host.", ines.public_id)
    with pytest.raises(ApplicationStateError):
        sent(programme, ines)
    withdraw(programme.public_id, by=ines)
    with pytest.raises(ApplicationStateError):
        withdraw(programme.public_id, by=ines)
    with pytest.raises(ApplicationStateError):
        accept(first.pk, by=sam)
    second = sent(programme, ines)
    assert accept(second.pk, by=sam).reviewer == sam
    with pytest.raises(ApplicationStateError):
        accept(second.pk, by=sam)
    refused = refuse(second.pk, reason="Bought followers.", by=sam)
    assert (refused.state, refused.reason) == (ApplicationState.REFUSED, "Bought followers.")
    # A no is not got round by another try.
    with pytest.raises(ApplicationStateError):
        withdraw(programme.public_id, by=ines)
    with pytest.raises(ApplicationStateError):
        sent(programme, ines)


def test_application_needs_words_and_a_refusal_too(ines: User, sam: User) -> None:
    programme = opened()
    with pytest.raises(WordsMissingError):
        sent(programme, ines, words=" \u200b")
    application = sent(programme, ines)
    with pytest.raises(WordsMissingError):
        refuse(application.pk, reason=" ", by=sam)


def test_draft_is_not_there(ines: User) -> None:
    draft = make_programme(plan(), by=None)
    with pytest.raises(NotFoundError):
        sent(draft, ines)
    with pytest.raises(NotFoundError):
        withdraw(draft.public_id, by=ines)


@pytest.mark.parametrize(("number", "may"), [(4_999, False), (5_000, True), (5_001, True)])
def test_followers(ines: User, number: int, may: bool) -> None:
    programme = opened(min_followers=5_000)
    followed(ines, number)
    found = standing(ines, programme)
    assert (found.may_apply, [line.checked.have for line in found.lines], found.barred) == (may, [number], "")
    if may:
        assert sent(programme, ines).pk
    else:
        with pytest.raises(NotEligibleForProgrammeError):
            sent(programme, ines)


@pytest.mark.parametrize(("days", "may"), [(29, False), (30, True)])
def test_age_of_the_account(ines: User, days: int, may: bool) -> None:
    User.objects.filter(pk=ines.pk).update(date_joined=timezone.now() - timedelta(days=days, minutes=1))
    ines.refresh_from_db()
    assert standing(ines, opened(min_account_days=30)).may_apply is may


def test_age_is_the_persons_word(ines: User) -> None:
    programme = opened(min_age=18)
    with pytest.raises(NotEligibleForProgrammeError):
        sent(programme, ines, is_of_age=False)
    assert sent(programme, ines).is_of_age


def test_site_policy_stands_before_the_programmes_rules(ines: User) -> None:
    programme = opened()
    change_policy(Terms(Purpose.FUND, ((Rule(RuleKind.INVITED),),)), by=None)
    found = standing(ines, programme)
    assert (found.may_apply, found.barred) == (
        False,
        "You cannot apply to the fund yet. What is missing: For accounts that came by invitation.",
    )
    with pytest.raises(NotEligibleForProgrammeError):
        sent(programme, ines)


# --- in a period ------------------------------------------------------------------------------------------------------


def why(programme: Programme, *people: User) -> dict[str, tuple[Reason, ...]]:
    return refusals(first_period(programme), people)


def test_rules_hold_in_each_period(ines: User, malo: User) -> None:
    programme = opened(min_followers=10)
    for person in (ines, malo):
        joined(programme, followed(person, 10))
    followed(ines, 9)
    assert why(programme, ines, User.objects.get(pk=malo.pk)) == {
        ines.public_id: (Reason.of("followers", found=9, needed=10),)
    }


def test_staffs_exceptions_stand_above_the_rules(ines: User, malo: User) -> None:
    programme = opened(min_followers=10)
    make_exception(Purpose.FUND, person=ines, verdict=Verdict.ALLOW, reason="", by=None)
    make_exception(Purpose.FUND, person=malo, verdict=Verdict.DENY, reason="Bought followers.", by=None)
    followed(malo, 10)
    assert why(programme, ines, malo) == {malo.public_id: (Reason.of("denied"),)}


def test_closed_account_gets_nothing(ines: User) -> None:
    ines.is_active = False
    assert why(opened(), ines) == {ines.public_id: (Reason.of("account_closed"),)}


@pytest.mark.parametrize(
    ("rooms", "minutes", "refused"), [(1, 10, True), (2, 10, False), (2, 9.9, True), (3, 60, False)]
)
def test_rooms_of_the_period(ines: User, rooms: int, minutes: float, refused: bool) -> None:
    programme = opened(rooms_per_week=2)
    held(ines, began=timedelta(days=6), minutes=minutes, number=rooms)
    # These began before the period and after it.
    held(ines, began=timedelta(weeks=3), minutes=60, number=5)
    held(ines, began=timedelta(hours=2), minutes=60, number=5)
    expected = {ines.public_id: (Reason.of("too_few_rooms", found=rooms if minutes >= 10 else 0, needed=2),)}
    assert why(programme, ines) == (expected if refused else {})


def test_rooms_of_a_month_are_counted_by_full_weeks(ines: User) -> None:
    programme = opened(rooms_per_week=2, cadence="month", first_day=weeks_ago(9))
    assert why(programme, ines) == {ines.public_id: (Reason.of("too_few_rooms", found=0, needed=8),)}


def test_rooms_lately(ines: User, malo: User) -> None:
    held(ines, began=timedelta(days=27), minutes=60)
    held(ines, began=timedelta(days=29), minutes=60)
    held(malo, began=timedelta(days=2), minutes=60)
    live = RoomFactory.create(host=ines)
    assert rooms_lately(ines) == 1
    Room.objects.filter(pk=live.pk).update(created_at=timezone.now() - timedelta(minutes=11))
    assert rooms_lately(ines) == 2
