"""A period's way from what came in to what is paid, one step at a time, each under the programme's lock.

    open ─ freeze ─> frozen ─ try_out ─> dry run ─ publish ─> published ─ end_appeals ─> final ─ pay ─> paid

The snapshot alone decides: from `try_out` on nothing but its file is read (creators.fund), and it is read once more
before it is published and before it is paid.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from creators.enums import AppealState, EarningSource, PeriodState
from creators.fund import allocation as allocations
from creators.fund import snapshot as snapshots
from creators.fund.pseudonyms import MIN_KEY_BYTES
from creators.fund_errors import (
    AllocationChangedError,
    AllocationMismatchError,
    AppealsOpenError,
    BudgetSpentError,
    PeriodNotOverError,
    PeriodStateError,
)
from creators.models import Earning, Period, PeriodAllocation, PeriodShare, PeriodSnapshot, PeriodStep, Programme
from creators.selectors.fund import latest_snapshot
from creators.selectors.fund_inputs import snapshot_of
from creators.services.earnings import earn
from creators.services.fund_programmes import locked_programme
from creators.services.fund_telling import shares_paid, shares_published
from ticketing import account_names as accounts

if TYPE_CHECKING:
    from datetime import datetime

    from creators.selectors.fund_sources import Source

log = structlog.get_logger(__name__)


@transaction.atomic
def freeze(key: int, *, by: User | None, source: Source | None = None) -> PeriodSnapshot:
    """Write down what came in, once, and promise the period its budget.

    Raises PeriodStateError, PeriodNotOverError, BudgetSpentError, MinutesUnknownError, FundFileError for more than one
    file holds.
    """
    period = locked_period(key, PeriodState.OPEN)
    if timezone.now() < period.can_freeze_at:
        raise PeriodNotOverError
    period.budget = _promise(period.programme)
    period.key = secrets.token_bytes(MIN_KEY_BYTES)
    frozen = write_snapshot(period, snapshot_of(period, source=source))
    step(period, PeriodState.FROZEN, by=by, note=frozen.digest, budget=period.budget, key=period.key)
    return frozen


@transaction.atomic
def try_out(key: int, *, by: User | None) -> PeriodAllocation:
    """Reckon what each would get, and why, for staff to look at. Raises PeriodStateError."""
    period = locked_period(key, PeriodState.FROZEN)
    tried = write_allocation(latest_snapshot(period))
    step(period, PeriodState.TRIED, by=by, note=tried.digest)
    return tried


@transaction.atomic
def publish(key: int, *, digest: str, by: User | None) -> None:
    """Let creators see their shares, and everybody the digests. `digest` is that of the allocation staff looked at.

    Raises PeriodStateError, AllocationChangedError, AllocationMismatchError.
    """
    period = locked_period(key, PeriodState.TRIED)
    allocation = latest_snapshot(period).allocation
    if allocation.digest != digest:
        raise AllocationChangedError
    check_follows(allocation)
    until = timezone.now() + timedelta(days=settings.FUND_APPEAL_DAYS)
    step(period, PeriodState.PUBLISHED, by=by, note=digest, appeal_until=until)
    period.appeal_until = until
    shares_published(allocation, period)


@transaction.atomic
def end_appeals(key: int, *, by: User | None = None) -> None:
    """Let the shares be final, and forget the key that leads from the snapshot to listeners.

    Raises PeriodStateError, AppealsOpenError.
    """
    period = locked_period(key, PeriodState.PUBLISHED)
    waits = period.appeals.filter(state=AppealState.SENT).exists()
    if waits or period.appeal_until is None or timezone.now() < period.appeal_until:
        raise AppealsOpenError
    step(period, PeriodState.FINAL, by=by, key=None)


@transaction.atomic
def pay(key: int, *, by: User | None) -> int:
    """Make each share an earning, all of them or none, and return how many; what was not given is free again.

    Raises PeriodStateError, AllocationMismatchError.
    """
    period = locked_period(key, PeriodState.FINAL)
    allocation = latest_snapshot(period).allocation
    check_follows(allocation)
    shares = list(allocation.shares.filter(minor__gt=0).order_by("creator_key"))
    now = timezone.now()
    for share in shares:
        earn(_earning(period, share, now), out_of=accounts.fund(period.public_id, period.programme.currency))
    unused = (period.budget or 0) - allocation.given
    Programme.objects.filter(pk=period.programme_id).update(committed=F("committed") - unused)
    step(period, PeriodState.PAID, by=by, note=allocation.digest)
    shares_paid(allocation, period)
    return len(shares)


def end_due_appeals(now: datetime) -> None:
    """Let those periods be final whose time to appeal is over, by the clock; any number of these may run at once."""
    for key in Period.objects.filter(state=PeriodState.PUBLISHED, appeal_until__lte=now).values_list("pk", flat=True):
        try:
            end_appeals(key)
        except (PeriodStateError, AppealsOpenError):
            continue


def locked_period(key: int, state: PeriodState) -> Period:
    """Return a period of a locked programme. Raises PeriodStateError unless it is at that step."""
    programme = locked_programme(Period.objects.values_list("programme", flat=True).get(pk=key))
    period = Period.objects.get(pk=key)
    period.programme = programme
    if period.state != state:
        raise PeriodStateError
    return period


def step(period: Period, state: PeriodState, *, by: User | None, note: str = "", **fields: object) -> None:
    """Let a period be at another step, and note who did it."""
    Period.objects.filter(pk=period.pk).update(state=state, **fields)
    PeriodStep.objects.create(period=period, state=state, note=note, by=by)
    log.info("fund_period", period=period.public_id, state=state.value)


def write_snapshot(period: Period, snapshot: snapshots.Snapshot, *, why: str = "") -> PeriodSnapshot:
    """Write down another version of what came in. Raises FundFileError for what no file holds."""
    text = snapshots.freeze(snapshot).decode("ascii")
    version = period.snapshots.count() + 1
    return PeriodSnapshot.objects.create(
        period=period, version=version, text=text, digest=snapshots.digest_of(snapshot), why=why
    )


def write_allocation(frozen: PeriodSnapshot) -> PeriodAllocation:
    """Write down what follows from a snapshot's file, and each creator's part of it."""
    found = _follows_from(frozen)
    allocation = PeriodAllocation.objects.create(
        snapshot=frozen,
        text=found.write().decode("ascii"),
        digest=found.digest(),
        given=found.given,
        recipients=sum(share.minor > 0 for share in found.shares),
    )
    people = _people([share.creator for share in found.shares])
    PeriodShare.objects.bulk_create(
        PeriodShare(
            allocation=allocation,
            person_id=people.get(share.creator),
            creator_key=share.creator,
            minor=share.minor,
            reasons=[reason.as_json() for reason in share.reasons],
        )
        for share in found.shares
    )
    return allocation


def check_follows(allocation: PeriodAllocation) -> None:
    """Reckon it again from the snapshot's file, and hold file, rows and sum against it.

    Raises AllocationMismatchError: then somebody has changed what is stored.
    """
    found = _follows_from(allocation.snapshot)
    rows = dict(allocation.shares.values_list("creator_key", "minor"))
    is_same = (
        found.write().decode("ascii") == allocation.text
        and (found.snapshot, found.digest()) == (allocation.snapshot.digest, allocation.digest)
        and rows == {share.creator: share.minor for share in found.shares}
        and sum(rows.values()) == allocation.given <= (allocation.snapshot.period.budget or 0)
    )
    if not is_same:
        log.error("fund_mismatch", allocation=allocation.pk)
        raise AllocationMismatchError


def _follows_from(frozen: PeriodSnapshot) -> allocations.Allocation:
    return allocations.allocate(snapshots.read(frozen.text.encode("ascii")))


def _promise(programme: Programme) -> int:
    """Take a period's budget from what the programme has left, in what can be paid. Raises BudgetSpentError."""
    least = programme.unit
    budget: int = min(programme.budget, programme.total - programme.committed) // least * least
    if budget <= 0:
        raise BudgetSpentError
    Programme.objects.filter(pk=programme.pk).update(committed=F("committed") + budget)
    return budget


def _people(keys: list[str]) -> dict[str, int]:
    return dict(User.objects.filter(public_id__in=keys).values_list("public_id", "pk"))


def _earning(period: Period, share: PeriodShare, now: datetime) -> Earning:
    return Earning(
        creator_id=share.person_id,
        creator_key=share.creator_key,
        source=EarningSource.FUND,
        source_key=f"{period.public_id}:{share.creator_key}",
        currency=period.programme.currency,
        gross=share.minor,
        net=share.minor,
        earned_at=now,
        available_at=now,
    )
