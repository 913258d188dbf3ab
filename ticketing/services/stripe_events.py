"""Taking Stripe's events in, and working them off: stored first, answered, then handled by a job.

What is promised: each event of a type that somebody handles is handled at least once, whatever dies, by one job at a
time. A handler gets the type and the object's id, nothing of what the event says: events come late, twice and in any
order, so whoever wants to know how things are asks the object itself.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.module_loading import import_string

from config.lib.public_id import new_public_id
from ticketing.errors import WebhookModeError
from ticketing.models import StripeEvent, StripeEventState
from ticketing.stripe_gateway import is_live, read_webhook

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from django.db.models import QuerySet

log = structlog.get_logger(__name__)

# Longer than any call to Stripe with all its repetitions.
LEASE = timedelta(minutes=5)
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (5, 15, 60, 300, 900, 3600))
# With these pauses three days, which is how long Stripe itself would try.
MOST_ATTEMPTS = 76
BATCH = 100


def take_in(body: bytes, signature: str, *, tell: Callable[[str], object]) -> bool:
    """Store an event; return whether it is new. `tell` gets its id after the commit, if there is something to do.

    Raises WebhookSignatureError and WebhookModeError, which store nothing.
    """
    hint = read_webhook(body, signature)
    if hint.livemode != is_live():
        log.error("stripe_event_mode", event_id=hint.id, livemode=hint.livemode)
        raise WebhookModeError
    now = timezone.now()
    handled = hint.type in settings.STRIPE_EVENT_HANDLERS
    with transaction.atomic():
        _event, new = StripeEvent.objects.get_or_create(
            pk=hint.id,
            defaults={
                "type": hint.type,
                "object_id": hint.object_id,
                "livemode": hint.livemode,
                "created_at": hint.created,
                "received_at": now,
                "due_at": now,
                "payload": body.decode(),
                "state": StripeEventState.WAITING if handled else StripeEventState.IGNORED,
                "processed_at": None if handled else now,
            },
        )
        if new and handled:
            # Without a broker, the event waits for the clock's look.
            transaction.on_commit(lambda: tell(hint.id), robust=True)
    log.info("stripe_event", event_id=hint.id, event_type=hint.type, new=new, handled=handled)
    return new


def due_events(limit: int = BATCH) -> list[str]:
    """Return the events that wait to be handled and that nobody has, oldest first."""
    return list(_due(timezone.now()).order_by("due_at", "pk").values_list("pk", flat=True)[:limit])


def handle(event: str) -> bool:
    """Work one event off; False if there is nothing to do or another job has it."""
    claim = _claim(event)
    if claim is None:
        return False
    found = StripeEvent.objects.get(pk=event)
    try:
        import_string(settings.STRIPE_EVENT_HANDLERS[found.type])(found.type, found.object_id)
    except Exception as error:
        # Whatever it was: the event stays, and the others are not kept waiting.
        log.exception("stripe_event_failed", event_id=event, event_type=found.type, attempts=found.attempts)
        _put_back(found, claim, error)
        return True
    _mine(event, claim).update(state=StripeEventState.DONE, processed_at=timezone.now(), claimed_until=None, error="")
    return True


def forget_old(now: datetime) -> None:
    """Remove events that were worked off long ago (settings.RETENTION_HANDLERS): they name buyers."""
    StripeEvent.objects.filter(processed_at__lt=now - timedelta(days=settings.STRIPE_EVENT_DAYS)).delete()


def _claim(event: str) -> str | None:
    """Take an event so that no other job takes it while the lease lasts; None if that was not possible."""
    now, claim = timezone.now(), new_public_id()
    taken = _due(now).filter(pk=event).update(claim=claim, claimed_until=now + LEASE, attempts=F("attempts") + 1)
    return claim if taken else None


def _due(now: datetime) -> QuerySet[StripeEvent]:
    free = Q(claimed_until=None) | Q(claimed_until__lte=now)
    return StripeEvent.objects.filter(free, state=StripeEventState.WAITING, due_at__lte=now)


def _put_back(event: StripeEvent, claim: str, error: Exception) -> None:
    """Let a later attempt have it; each pause is longer than the one before, until enough was tried."""
    now = timezone.now()
    if event.attempts >= MOST_ATTEMPTS:
        log.error("stripe_event_given_up", event_id=event.pk, event_type=event.type)
        _mine(event.pk, claim).update(
            state=StripeEventState.FAILED, processed_at=now, claimed_until=None, error=type(error).__name__
        )
        return
    pause = PAUSES[min(event.attempts, len(PAUSES)) - 1]
    _mine(event.pk, claim).update(due_at=now + pause, claimed_until=None, error=type(error).__name__)


def _mine(event: str, claim: str) -> QuerySet[StripeEvent]:
    return StripeEvent.objects.filter(pk=event, claim=claim, state=StripeEventState.WAITING)
