"""Appeals against a share, and reckoning a period again. Nothing that was published is changed: a version follows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from django.db import transaction
from django.utils import timezone

from config.lib.errors import NotFoundError
from config.lib.plain_text import tidy_line, tidy_lines
from creators.enums import AppealState, PeriodState
from creators.fund_errors import AppealClosedError, NothingChangedError, PeriodStateError, WordsMissingError
from creators.models import Appeal, Period, PeriodAllocation, PeriodStep
from creators.models.fund import REASON_MAX_LENGTH
from creators.selectors.fund import latest_snapshot
from creators.selectors.fund_inputs import snapshot_of
from creators.services.fund_periods import locked_period, write_allocation, write_snapshot
from creators.services.fund_telling import appeal_answered, shares_changed

if TYPE_CHECKING:
    from accounts.models import User
    from creators.selectors.fund_sources import Source

log = structlog.get_logger(__name__)


@transaction.atomic
def send_appeal(period_id: str, *, by: User, words: str) -> Appeal:
    """Say what is wrong with one's share, once a period, before the time is over.

    Raises NotFoundError for whoever has no share in it, WordsMissingError, AppealClosedError.
    """
    words = tidy_lines(words)
    found = Period.objects.filter(public_id=period_id).first()
    if found is None or not _has_share(found, by):
        raise NotFoundError
    if not words:
        raise WordsMissingError
    try:
        period = locked_period(found.pk, PeriodState.PUBLISHED)
    except PeriodStateError as error:
        raise AppealClosedError from error
    is_late = period.appeal_until is None or timezone.now() >= period.appeal_until
    if is_late or period.appeals.filter(person_key=by.public_id).exists():
        raise AppealClosedError
    appeal = Appeal.objects.create(period=period, person=by, person_key=by.public_id, words=words)
    log.info("fund_appeal", appeal=appeal.public_id, period=period.public_id)
    return appeal


@transaction.atomic
def refuse_appeal(key: int, *, answer: str, by: User) -> Appeal:
    """Leave the share as it is, and say why. Raises WordsMissingError, AppealClosedError, PeriodStateError."""
    return _answer(key, AppealState.REFUSED, answer, by)


@transaction.atomic
def accept_appeal(key: int, *, answer: str, by: User, source: Source | None = None) -> Appeal:
    """Reckon the period again, from rows in which staff have put right what the appeal is about.

    Raises NothingChangedError if they have not, WordsMissingError, AppealClosedError, PeriodStateError.
    """
    appeal = _answer(key, AppealState.ACCEPTED, answer, by)
    _reckon(appeal.period, why=f"{appeal.public_id}: {appeal.answer}"[:REASON_MAX_LENGTH], by=by, source=source)
    return appeal


@transaction.atomic
def reckon_again(key: int, *, why: str, by: User, source: Source | None = None) -> PeriodAllocation:
    """Reckon a period again after a dry run, or before its appeals are over, because something was wrong.

    Raises NothingChangedError, WordsMissingError, PeriodStateError.
    """
    why = tidy_line(why)
    if not why:
        raise WordsMissingError
    state = PeriodState(Period.objects.values_list("state", flat=True).get(pk=key))
    if state not in {PeriodState.TRIED, PeriodState.PUBLISHED}:
        raise PeriodStateError
    return _reckon(locked_period(key, state), why=why, by=by, source=source)


def _reckon(period: Period, *, why: str, by: User, source: Source | None) -> PeriodAllocation:
    before = latest_snapshot(period).allocation
    allocation = write_allocation(write_snapshot(period, snapshot_of(period, source=source), why=why))
    if _shares(allocation) == _shares(before):
        # The transaction ends here, and both rows with it.
        raise NothingChangedError
    PeriodStep.objects.create(period=period, state=period.state, note=why, by=by)
    if period.state == PeriodState.PUBLISHED:
        shares_changed(allocation, period)
    log.info("fund_reckoned_again", period=period.public_id, snapshot=allocation.snapshot.digest)
    return allocation


def _answer(key: int, state: AppealState, answer: str, by: User) -> Appeal:
    answer = tidy_line(answer)
    if not answer:
        raise WordsMissingError
    appeal = Appeal.objects.get(pk=key)
    period = locked_period(appeal.period_id, PeriodState.PUBLISHED)
    appeal.refresh_from_db()
    if appeal.state != AppealState.SENT:
        raise AppealClosedError
    Appeal.objects.filter(pk=key).update(state=state, answer=answer, answered_by=by, answered_at=timezone.now())
    appeal.refresh_from_db()
    appeal.period = period
    appeal_answered(appeal)
    log.info("fund_appeal_answered", appeal=appeal.public_id, state=state.value)
    return appeal


def _has_share(period: Period, person: User) -> bool:
    return bool(PeriodAllocation.objects.filter(snapshot__period=period, shares__creator_key=person.public_id).exists())


def _shares(allocation: PeriodAllocation) -> dict[str, tuple[int, str]]:
    rows = allocation.shares.values_list("creator_key", "minor", "reasons")
    return {key: (minor, str(reasons)) for key, minor, reasons in rows}
