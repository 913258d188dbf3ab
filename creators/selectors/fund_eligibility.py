"""Who may have a programme's money: its rules by the engine of policies, the rooms that somebody held, their word."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Count, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from accounts.policies.eligibility import decide, facts_of
from accounts.policies.rules import Platform, Purpose, evaluate
from accounts.policies.words import refusal, rule_lines
from creators.enums import ApplicationState
from creators.fund.reasons import Reason
from creators.models import Application, Period, PeriodShare, PeriodSnapshot
from rooms.enums import RoomState
from rooms.models import Room

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from accounts.models import User
    from accounts.policies.words import RuleLine
    from creators.models import Programme

WEEK_DAYS = 7


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether somebody may apply: the rules in words, each met or not; and what bars them whatever they do."""

    may_apply: bool
    lines: list[RuleLine]
    barred: str = ""

    @property
    def missing(self) -> list[RuleLine]:
        return [line for line in self.lines if not line.met]


def standing(person: User, programme: Programme, platform: Platform = Platform.WEB) -> Standing:
    """Return how somebody stands to a programme now: by the site's policy for the fund, and by its own rules."""
    site = decide(person, Purpose.FUND, platform)
    own = evaluate(programme.rules(), facts_of(person, platform))
    lines = rule_lines(dict.fromkeys((*site.nearest, *(checked for way in own.ways for checked in way))))
    return Standing(site.allowed and own.allowed, lines, "" if site.allowed else refusal(site))


def refusals(period: Period, people: Iterable[User]) -> dict[str, tuple[Reason, ...]]:
    """Return by public id why somebody gets nothing in the period; nobody who may have it is in there.

    The site's policy is asked when somebody applies; here only whether staff have said no to the account since.
    """
    people = list(people)
    rooms = rooms_held([person.pk for person in people], period.begins_at, period.ends_at)
    had = periods_had(period)
    found = {
        person.public_id: tuple(_refused(period, person, rooms[person.pk], had[person.public_id])) for person in people
    }
    return {key: reasons for key, reasons in found.items() if reasons}


def _refused(period: Period, person: User, rooms: int, had: int) -> Iterator[Reason]:
    programme = period.programme
    if not person.is_active:
        yield Reason.of("account_closed")
        return
    decision = evaluate(programme.rules(), facts_of(person, Platform.WEB))
    if decision.denied:
        yield Reason.of("denied")
    for checked in decision.nearest:
        facts = {} if checked.need is None else {"found": checked.have or 0, "needed": checked.need}
        yield Reason.of(checked.rule.kind.value, **facts)
    if rooms < (needed := rooms_needed(period)):
        yield Reason.of("too_few_rooms", found=rooms, needed=needed)
    if programme.most_periods is not None and had >= programme.most_periods:
        yield Reason.of("had_all_periods", found=had, most=programme.most_periods)


def rooms_needed(period: Period) -> int:
    """Return how many rooms the programme asks for in a period: on average so many in each of its full weeks."""
    days = (period.last_day - period.first_day).days + 1
    return period.programme.rooms_per_week * max(1, days // WEEK_DAYS)


def rooms_held(hosts: Iterable[int], start: datetime, end: datetime) -> Counter[int]:
    """Return how many rooms each host began in that time that were live for long enough."""
    began = Coalesce("live_at", "created_at")
    rows = (
        Room.objects.filter(Q(state=RoomState.ENDED) | Q(state=RoomState.LIVE), host__in=list(hosts))
        .annotate(began=began, over=Coalesce("ended_at", Now()))
        .filter(began__gte=start, began__lt=end)
        .filter(over__gte=F("began") + timedelta(minutes=settings.FUND_ROOM_MINUTES))
        .order_by()
        .values_list("host")
        .annotate(number=Count("pk"))
    )
    return Counter(dict(rows))


def periods_had(period: Period) -> Counter[str]:
    """Return in how many other periods of the programme each creator got something, by what counts of each now."""
    others = Period.objects.filter(programme=period.programme_id).exclude(pk=period.pk)
    counted = PeriodShare.objects.filter(
        minor__gt=0, allocation__snapshot__period__in=others, allocation__snapshot__version=latest_version()
    )
    return Counter(dict(counted.order_by().values_list("creator_key").annotate(number=Count("pk"))))


def latest_version() -> Subquery:
    """Return, for a query over shares, the number of their period's latest snapshot."""
    latest = PeriodSnapshot.objects.filter(period=OuterRef("allocation__snapshot__period")).order_by("-version")
    return Subquery(latest.values("version")[:1])


def accepted_in(period: Period) -> Iterable[Application]:
    """Return the applications that count in a period: accepted by now, and sent before it ended."""
    return (
        Application.objects.filter(
            programme=period.programme_id, state=ApplicationState.ACCEPTED, sent_at__lt=period.ends_at
        )
        .exclude(person=None)
        .select_related("person")
        .order_by("person_key")
    )


def rooms_lately(person: User) -> int:
    """Return how many rooms somebody held in the last four weeks that a programme would count."""
    now = timezone.now()
    return rooms_held([person.pk], now - 4 * timedelta(days=WEEK_DAYS), now)[person.pk]
