"""Makes programmes of the fund through the services, with creators in them and a past in which things were counted."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from creators.enums import Cadence, FundFormula
from creators.fund_plan import Plan
from creators.models import Application, Period
from creators.selectors.fund_sources import Given
from creators.services.fund_applications import accept, apply
from creators.services.fund_periods import freeze, publish, try_out
from creators.services.fund_programmes import make_programme, open_programme
from tests.factories.people import UserFactory

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from accounts.models import User
    from creators.minutes import Verified
    from creators.models import PeriodAllocation, Programme
    from creators.selectors.fund_sources import Source


def weeks_ago(number: int) -> date:
    """Return the day on which a period of a week begins that is the last of so many to be over."""
    return timezone.now().date() - timedelta(weeks=number, days=3)


def plan(**fields: Any) -> Plan:
    """Return the plan of a weekly programme that gives the same 10.00 to each, and began a week ago."""
    given: dict[str, Any] = {
        "name": "Spring",
        "about": "For rooms in the evening.",
        "currency": "eur",
        "budget": 10_000,
        "total": 40_000,
        "first_day": weeks_ago(1),
        "cadence": Cadence.WEEK,
        "number_of_periods": 4,
        "formula": FundFormula.FLAT,
    }
    given |= fields
    if given["formula"] == FundFormula.FLAT:
        given.setdefault("stipend", 1_000)
    return Plan(**given)


def opened(**fields: Any) -> Programme:
    return open_programme(make_programme(plan(**fields), by=None).pk)


def joined(programme: Programme, person: User | None = None, *, by: User | None = None) -> User:
    """Return somebody who is in the programme, and was before its first period ended."""
    person = person or UserFactory.create()
    application = apply(programme.public_id, by=person, words="I host rooms.", is_of_age=True)
    accept(application.pk, by=by or UserFactory.create(is_staff=True))
    Application.objects.filter(pk=application.pk).update(sent_at=timezone.now() - timedelta(weeks=9))
    return person


def first_period(programme: Programme) -> Period:
    return Period.objects.select_related("programme").get(programme=programme, number=1)


def no_minutes(first: date, last: date) -> list[Verified]:
    """Stand for minutes of which there are none, by settings.FUND_LISTENING."""
    del first, last
    return []


def source(given: dict[tuple[str, str], int]) -> Source:
    """Return a source that knows this of (creator, giver), whatever the time."""

    def known(start: datetime, end: datetime, creators: Collection[str]) -> Iterable[Given]:
        del start, end
        return [Given(*pair, amount) for pair, amount in given.items() if pair[0] in creators]

    return known


def tried(period: Period, known: Source | None = None, *, by: User | None = None) -> PeriodAllocation:
    """Return the dry run of a period that is over."""
    freeze(period.pk, by=by, source=known)
    return try_out(period.pk, by=by)


def published(period: Period, known: Source | None = None, *, by: User | None = None) -> PeriodAllocation:
    allocation = tried(period, known, by=by)
    publish(period.pk, digest=allocation.digest, by=by)
    period.refresh_from_db()
    return allocation


def after_appeals(period: Period) -> None:
    """Let the time to appeal be over."""
    Period.objects.filter(pk=period.pk).update(appeal_until=timezone.now())
    period.refresh_from_db()
