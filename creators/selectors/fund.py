"""What is shown of the fund: to everybody digests and totals, to creators their own share, to nobody a listener."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Prefetch

from config.lib.errors import NotFoundError
from creators.enums import AppealState, ApplicationState, PeriodState, ProgrammeState
from creators.models import Appeal, Application, Period, PeriodAllocation, PeriodShare, PeriodSnapshot, Programme

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from accounts.models import User
    from config.lib.money import Money

PUBLIC_STATES = (PeriodState.PUBLISHED, PeriodState.FINAL, PeriodState.PAID)


@dataclass(frozen=True, slots=True)
class Version:
    """The two digests of one reckoning of a period."""

    number: int
    snapshot: str
    allocation: str


@dataclass(frozen=True, slots=True)
class PublicPeriod:
    """What everybody may know of a period; sums are None until it is published."""

    period: Period
    versions: tuple[Version, ...] = ()
    budget: Money | None = None
    given: Money | None = None
    left: Money | None = None
    recipients: int = 0

    @property
    def is_published(self) -> bool:
        return self.given is not None


@dataclass(frozen=True, slots=True)
class OwnShare:
    """What one creator gets in a published period, and what they have said against it."""

    period: Period
    share: PeriodShare
    money: Money
    versions: tuple[Version, ...]
    appeal: Appeal | None

    @property
    def can_be_appealed(self) -> bool:
        """Say whether an appeal would be taken, as far as the state says; the clock is the service's."""
        return self.period.state == PeriodState.PUBLISHED and self.appeal is None


def latest_snapshot(period: Period) -> PeriodSnapshot:
    """Return the version that counts. Raises PeriodSnapshot.DoesNotExist while the period runs."""
    return PeriodSnapshot.objects.filter(period=period).select_related("allocation", "period").latest("version")


def programmes() -> list[Programme]:
    """Return those that everybody sees, the open ones first."""
    found = Programme.objects.exclude(state=ProgrammeState.DRAFT).order_by("-opened_at", "-pk")
    return sorted(found, key=lambda programme: programme.state != ProgrammeState.OPEN)


def programme_called(public_id: str) -> Programme:
    """Return one that everybody sees. Raises NotFoundError."""
    found = Programme.objects.exclude(state=ProgrammeState.DRAFT).filter(public_id=public_id).first()
    if found is None:
        raise NotFoundError
    return found


def public_periods(programme: Programme) -> list[PublicPeriod]:
    """Return all of a programme's periods in their order."""
    return [_public(period, programme) for period in _with_versions(Period.objects.filter(programme=programme))]


def application_of(person: User | None, programme: Programme) -> Application | None:
    """Return somebody's latest application."""
    if person is None:
        return None
    return Application.objects.filter(programme=programme, person_key=person.public_id).order_by("-pk").first()


def applications_of(person: User) -> list[Application]:
    """Return somebody's applications that they have not taken back, newest first."""
    found = Application.objects.filter(person_key=person.public_id).exclude(state=ApplicationState.WITHDRAWN)
    return list(found.select_related("programme").order_by("-pk"))


def own_shares(person: User | None, programme: Programme) -> list[OwnShare]:
    """Return somebody's shares in the periods that are published, in their order."""
    if person is None:
        return []
    published = Period.objects.filter(programme=programme, state__in=PUBLIC_STATES)
    appeals = {appeal.period_id: appeal for appeal in Appeal.objects.filter(person_key=person.public_id)}
    found = []
    for period in _with_versions(published):
        period.programme = programme
        share = _latest(period).shares.filter(creator_key=person.public_id).first()
        if share is not None:
            money = period.money(share.minor)
            found.append(OwnShare(period, share, money, _versions(period), appeals.get(period.pk)))
    return found


def own_share(person: User | None, public_id: str, number: int) -> OwnShare:
    """Return somebody's share in a published period. Raises NotFoundError for whoever has none."""
    for share in own_shares(person, programme_called(public_id)):
        if share.period.number == number:
            return share
    raise NotFoundError


def file_for(person: User | None, public_id: str, number: int, version: int, kind: str) -> str:
    """Return a published file for whoever has a share in the period: those who may check it. Raises NotFoundError."""
    own = own_share(person, public_id, number)
    found = PeriodSnapshot.objects.filter(period=own.period, version=version).select_related("allocation").first()
    if found is None:
        raise NotFoundError
    text: str = found.text if kind == "snapshot" else found.allocation.text
    return text


def open_appeals(period: Period) -> int:
    """Return how many wait for an answer."""
    return period.appeals.filter(state=AppealState.SENT).count()


def _with_versions(periods: QuerySet[Period]) -> QuerySet[Period]:
    snapshots = (
        PeriodSnapshot.objects.select_related("allocation").defer("text", "allocation__text").order_by("version")
    )
    return periods.order_by("number").prefetch_related(Prefetch("snapshots", snapshots))


def _public(period: Period, programme: Programme) -> PublicPeriod:
    period.programme = programme
    if period.state not in PUBLIC_STATES or period.budget is None:
        return PublicPeriod(period)
    latest = _latest(period)
    return PublicPeriod(
        period=period,
        versions=_versions(period),
        budget=period.money(period.budget),
        given=period.money(latest.given),
        left=period.money(period.budget - latest.given),
        recipients=latest.recipients,
    )


def _latest(period: Period) -> PeriodAllocation:
    return list(period.snapshots.all())[-1].allocation


def _versions(period: Period) -> tuple[Version, ...]:
    """Return the latest first."""
    rows = reversed(period.snapshots.all())
    return tuple(Version(row.version, row.digest, row.allocation.digest) for row in rows)
