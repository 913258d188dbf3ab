"""What people are told of the fund, in whose words, and once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.utils import translation

from accounts.models import Notification
from accounts.notices.kinds import words_of
from creators.models import Appeal, Application
from creators.services.fund_appeals import accept_appeal, reckon_again, refuse_appeal, send_appeal
from creators.services.fund_applications import accept, apply, refuse
from creators.services.fund_periods import end_appeals, pay
from tests.factories.funding import after_appeals, first_period, joined, opened, published, source, tried

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings

    from accounts.models import User
    from creators.models import Programme

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def minutes(settings: Settings) -> None:
    settings.FUND_LISTENING = "tests.factories.funding.no_minutes"


def told(person: User, of: str, language: str = "en") -> list[tuple[str, str]]:
    """Return title and text of what somebody was told of it, the oldest first."""
    rows = Notification.objects.filter(user=person, kind=f"fund_{of}").order_by("pk")
    with translation.override(language):
        return [(words_of(row).title, words_of(row).text) for row in rows]


def programme_of(*people: User, **fields: Any) -> Programme:
    programme = opened(**{"name": "Spark", "formula": "pro_rata", "budget": 1_000, "total": 4_000} | fields)
    for person in people:
        joined(programme, person)
    return programme


def test_answer_to_an_application(ines: User, malo: User, sam: User) -> None:
    programme = programme_of()
    mine = apply(programme.public_id, by=ines, words="I host.", is_of_age=True)
    assert told(ines, "application") == []
    accept(mine.pk, by=sam)
    refuse(mine.pk, reason="Bought followers.", by=sam)
    said = told(ines, "application")
    assert [title for title, _text in said] == ["You are in “Spark”", "You were not taken into “Spark”"]
    assert said[1][1] == "Bought followers."
    assert told(ines, "application", "fr")[0][0] == "Vous faites partie de «\u00a0Spark\u00a0»"
    link = Notification.objects.filter(user=ines, kind="fund_application").values_list("link", flat=True).first()
    assert (link, told(malo, "application")) == (f"/fund/{programme.public_id}/", [])


def test_share_is_told_when_it_is_published_changed_and_paid(ines: User, malo: User, oliver: User, sam: User) -> None:
    period = first_period(programme_of(ines, malo))
    heard = {(ines.public_id, oliver.public_id): 60}
    published(period, source(heard))
    # Who gets nothing is told as well, and may appeal.
    assert [title for title, _ in told(malo, "share")] == ["Your share of period 1 of “Spark” is there"]
    assert "appeal until" in told(malo, "share")[0][1]
    reckon_again(period.pk, why="Minutes", by=sam, source=source({**heard, (malo.public_id, oliver.public_id): 1}))
    after_appeals(period)
    end_appeals(period.pk)
    pay(period.pk, by=sam)
    titles = [
        "Your share of period 1 of “Spark” is there",
        "Period 1 of “Spark” was reckoned again",
        "Period 1 of “Spark” is paid",
    ]
    assert [title for title, _ in told(ines, "share")] == [title for title, _ in told(malo, "share")] == titles
    assert told(oliver, "share") == []


def test_who_gets_nothing_is_not_told_of_a_payment(ines: User, malo: User, oliver: User, sam: User) -> None:
    period = first_period(programme_of(ines, malo))
    published(period, source({(ines.public_id, oliver.public_id): 60}))
    after_appeals(period)
    end_appeals(period.pk)
    pay(period.pk, by=sam)
    assert (len(told(ines, "share")), len(told(malo, "share"))) == (2, 1)


def test_dry_run_is_told_to_nobody(ines: User, malo: User, oliver: User, sam: User) -> None:
    period = first_period(programme_of(ines, malo))
    tried(period, source({(ines.public_id, oliver.public_id): 60}))
    reckon_again(period.pk, why="Minutes", by=sam, source=source({(malo.public_id, oliver.public_id): 60}))
    assert told(ines, "share") == told(malo, "share") == []


def test_whose_account_is_gone_is_told_nothing(ines: User, malo: User, oliver: User, sam: User) -> None:
    programme = programme_of(malo)
    mine = apply(programme.public_id, by=ines, words="I host.", is_of_age=True)
    period = first_period(programme)
    published(period, source({(malo.public_id, oliver.public_id): 60}))
    appeal = send_appeal(period.public_id, by=malo, words="More?")
    before = Notification.objects.count()
    Application.objects.update(person=None)
    Appeal.objects.update(person=None)
    refuse(mine.pk, reason="Bought followers.", by=sam)
    refuse_appeal(appeal.pk, answer="It is right.", by=sam)
    assert Notification.objects.count() == before


def test_answer_to_an_appeal(ines: User, malo: User, oliver: User, sam: User) -> None:
    period = first_period(programme_of(ines, malo))
    heard = {(ines.public_id, oliver.public_id): 60}
    published(period, source(heard))
    refuse_appeal(send_appeal(period.public_id, by=ines, words="More?").pk, answer="It is right.", by=sam)
    right = source({**heard, (malo.public_id, oliver.public_id): 60})
    accept_appeal(
        send_appeal(period.public_id, by=malo, words="Me?").pk, answer="You were heard.", by=sam, source=right
    )
    assert told(ines, "appeal")[0] == ("Your appeal in “Spark” changes nothing", "It is right.")
    assert told(malo, "appeal")[0] == ("Your appeal in “Spark” was right", "You were heard.")
