"""What transfers and reversals have in common: rows that wait to be sent to Stripe, one job at a time for each."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Exists, F, Q
from django.utils import timezone

from creators.enums import TransferState
from creators.models import PayoutStop

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet

# Longer than any call to Stripe with all its repetitions.
LEASE: Final = timedelta(minutes=5)
PAUSES: Final = tuple(timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 3600))
BATCH: Final = 100
# Stripe forgets keys after a day. From some hours before that on a row is looked for, and not simply sent again.
KEY_LIFE: Final = timedelta(hours=20)


def due(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Return those that may be sent now: nobody else is at it, and staff have not stopped payouts."""
    now = timezone.now()
    free = Q(leased_until=None) | Q(leased_until__lte=now)
    stopped = Exists(PayoutStop.objects.filter(lifted_at=None))
    return rows.filter(free, ~stopped, state=TransferState.WANTED, due_at__lte=now)


def take(rows: QuerySet[Any], key: int) -> bool:
    """Take a row for as long as the lease lasts; False if it is not due or another job has it."""
    leased = timezone.now() + LEASE
    taken: int = due(rows.filter(pk=key)).update(leased_until=leased, attempts=F("attempts") + 1)
    return bool(taken)


def put_off(row: Any) -> None:
    """Let a later attempt have it; each pause is longer than the one before."""
    model: type[Model] = type(row)
    pause = PAUSES[min(row.attempts, len(PAUSES)) - 1]
    waiting = model._default_manager.filter(pk=row.pk, state=TransferState.WANTED)  # noqa: SLF001 - documented
    waiting.update(leased_until=None, due_at=timezone.now() + pause)


def key_may_be_gone(row: Any) -> bool:
    """Say whether Stripe may have forgotten under which key a row was first sent."""
    return bool(row.attempts > 1 and timezone.now() - row.created_at > KEY_LIFE)
