"""Appeals, and reckoning again: a version follows, and what was published stays."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from config.lib.errors import NotFoundError
from creators.enums import AppealState, PeriodState
from creators.fund_errors import (
    AppealClosedError,
    NothingChangedError,
    PeriodStateError,
    WordsMissingError,
)
from creators.models import Earning, PeriodSnapshot, PeriodStep
from creators.services.fund_appeals import accept_appeal, reckon_again, refuse_appeal, send_appeal
from creators.services.fund_applications import refuse, withdraw
from creators.services.fund_periods import end_appeals, freeze, pay, publish
from tests.creators.test_fund_applications import followed
from tests.creators.test_fund_periods import shares_of
from tests.factories.funding import after_appeals, first_period, joined, opened, published, source, tried
from tests.factories.people import UserFactory

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings

    from accounts.models import User
    from creators.models import Programme

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def minutes(settings: Settings) -> None:
    settings.FUND_LISTENING = "tests.factories.funding.no_minutes"


def programme_of(*people: User, **fields: Any) -> Programme:
    programme = opened(**{"formula": "pro_rata", "budget": 1_000, "total": 4_000} | fields)
    for person in people:
        joined(programme, person)
    return programme


def test_accepted_appeal_makes_another_version(ines: User, malo: User, oliver: User, sam: User) -> None:
    period = first_period(programme_of(ines, malo))
    first = published(period, source({(ines.public_id, oliver.public_id): 60}))
    assert shares_of(period) == {ines.public_id: 1_000, malo.public_id: 0}
    appeal = send_appeal(period.public_id, by=malo, words="Oliver heard me too.")
    right = source({(ines.public_id, oliver.public_id): 60, (malo.public_id, oliver.public_id): 60})
    appeal = accept_appeal(appeal.pk, answer="His minutes were missing.", by=sam, source=right)
    assert (appeal.state, appeal.answered_by) == (AppealState.ACCEPTED, sam)
    assert shares_of(period) == {ines.public_id: 500, malo.public_id: 500}
    versions = list(PeriodSnapshot.objects.order_by("version"))
    assert [one.why for one in versions] == ["", f"{appeal.public_id}: His minutes were missing."]
    # The first is as it was, and listeners are called the same in both.
    first.refresh_from_db()
    assert (versions[0].allocation, first.given) == (first, 1_000)
    names = {receipt[1] for one in versions for receipt in json.loads(one.text)["receipts"]}
    assert len(names) == 1
    after_appeals(period)
    end_appeals(period.pk)
    pay(period.pk, by=sam)
    assert dict(Earning.objects.values_list("creator_key", "net")) == {ines.public_id: 500, malo.public_id: 500}
    assert PeriodStep.objects.filter(state=PeriodState.PUBLISHED, note=versions[1].why, by=sam).count() == 1


def test_appeal_that_changes_nothing_is_not_accepted(ines: User, malo: User, oliver: User, sam: User) -> None:
    known = source({(ines.public_id, oliver.public_id): 60})
    period = first_period(programme_of(ines, malo))
    published(period, known)
    appeal = send_appeal(period.public_id, by=malo, words="Why nothing?")
    with pytest.raises(NothingChangedError):
        accept_appeal(appeal.pk, answer="Yes.", by=sam, source=known)
    appeal.refresh_from_db()
    assert (appeal.state, PeriodSnapshot.objects.count()) == (AppealState.SENT, 1)
    with pytest.raises(WordsMissingError):
        refuse_appeal(appeal.pk, answer=" ", by=sam)
    refuse_appeal(appeal.pk, answer="Nobody heard you.", by=sam)
    for again in (accept_appeal, refuse_appeal):
        with pytest.raises(AppealClosedError):
            again(appeal.pk, answer="No.", by=sam)
    assert PeriodSnapshot.objects.count() == 1


def test_who_may_appeal_and_when(ines: User, malo: User, oliver: User) -> None:
    period = first_period(programme_of(ines, malo))
    with pytest.raises(NotFoundError):
        send_appeal(period.public_id, by=ines, words="Early.")
    tried(period)
    with pytest.raises(AppealClosedError):
        send_appeal(period.public_id, by=ines, words="Early.")
    publish(period.pk, digest=period.snapshots.get().allocation.digest, by=None)
    for nobody, address in ((oliver, period.public_id), (ines, "1" * 14)):
        with pytest.raises(NotFoundError):
            send_appeal(address, by=nobody, words="Me too.")
    with pytest.raises(WordsMissingError):
        send_appeal(period.public_id, by=ines, words=" ")
    send_appeal(period.public_id, by=ines, words="Once.")
    with pytest.raises(AppealClosedError):
        send_appeal(period.public_id, by=ines, words="Twice.")
    after_appeals(period)
    with pytest.raises(AppealClosedError):
        send_appeal(period.public_id, by=malo, words="Late.")


def test_dry_run_is_reckoned_again_before_anybody_sees_it(ines: User, malo: User, oliver: User, sam: User) -> None:
    period = first_period(programme_of(ines, malo))
    bought = {(ines.public_id, oliver.public_id): 60, (malo.public_id, oliver.public_id): 600}
    tried(period, source(bought))
    right = source({(ines.public_id, oliver.public_id): 60})
    with pytest.raises(WordsMissingError):
        reckon_again(period.pk, why="", by=sam, source=right)
    reckon_again(period.pk, why="Bought minutes are excluded.", by=sam, source=right)
    assert shares_of(period) == {ines.public_id: 1_000, malo.public_id: 0}


@pytest.mark.parametrize("state", ["open", "frozen", "final"])
def test_reckoned_again_only_after_a_dry_run_and_before_it_is_final(ines: User, sam: User, state: str) -> None:
    period = first_period(programme_of(ines))
    if state == "frozen":
        freeze(period.pk, by=sam)
    elif state == "final":
        published(period)
        after_appeals(period)
        end_appeals(period.pk)
    with pytest.raises(PeriodStateError):
        reckon_again(period.pk, why="Again.", by=sam)


def test_who_was_in_stays_in_whatever_became_of_their_followers(ines: User, malo: User, sam: User) -> None:
    for person in (ines, malo):
        followed(person, 10)
    programme = opened(min_followers=10)
    for person in (ines, malo):
        joined(programme, person)
    period = first_period(programme)
    published(period)
    followed(ines, 0)
    withdraw(programme.public_id, by=malo)
    extra = joined(programme, followed(UserFactory.create(), 10))
    reckon_again(period.pk, why="One was forgotten.", by=sam)
    assert shares_of(period) == {ines.public_id: 1_000, malo.public_id: 1_000, extra.public_id: 1_000}


def test_whom_staff_take_out_gets_nothing(ines: User, malo: User, oliver: User, sam: User) -> None:
    programme = programme_of(ines, malo)
    period = first_period(programme)
    known = source({(ines.public_id, oliver.public_id): 60, (malo.public_id, oliver.public_id): 60})
    published(period, known)
    refuse(programme.applications.get(person=malo).pk, reason="Bought listeners.", by=sam)
    reckon_again(period.pk, why="Malo bought listeners.", by=sam, source=known)
    assert shares_of(period) == {ines.public_id: 1_000, malo.public_id: 0}


def test_whose_rule_is_met_after_all_comes_in(ines: User, sam: User) -> None:
    followed(ines, 10)
    programme = opened(min_followers=10)
    joined(programme, ines)
    followed(ines, 9)
    period = first_period(programme)
    published(period)
    assert shares_of(period) == {ines.public_id: 0}
    followed(ines, 10)
    reckon_again(period.pk, why="Followers were lost by mistake.", by=sam)
    assert shares_of(period) == {ines.public_id: 1_000}
