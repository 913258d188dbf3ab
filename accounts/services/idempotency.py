"""Doing what a program asks for once, however often it sends it: after a lost answer it asks again with the same key.

The first call's row is claimed and filled in its own transaction, so a second one at the same time waits for it and
then reads its answer. A call that is refused leaves nothing: with the same key it is tried anew.
(draft-ietf-httpapi-idempotency-key-header; the name and the day of keeping are Stripe's.)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.errors import IdempotencyMismatchError
from accounts.models import IdempotentAnswer

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from accounts.models import User


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call is answered: its status and its body, and whether it was done before."""

    status: int
    body: str
    repeated: bool = False


def answer_once(person: User, *, key: str, digest: str, do: Callable[[], Answer]) -> Answer:
    """Do it in one transaction and keep its answer, or return that of the first call with this key.

    `digest` stands for what was asked. Raises IdempotencyMismatchError if the key was used for something else.
    """
    with transaction.atomic():
        now = timezone.now()
        IdempotentAnswer.objects.filter(user=person, key=key, created_at__lte=_kept_from(now)).delete()
        # Who comes second waits here until the first has committed or failed.
        row = IdempotentAnswer(user=person, key=key, digest=digest, created_at=now)
        IdempotentAnswer.objects.bulk_create([row], ignore_conflicts=True)
        kept = IdempotentAnswer.objects.select_for_update(no_key=True).get(user=person, key=key)
        if kept.digest != digest:
            raise IdempotencyMismatchError
        if kept.status:
            return Answer(kept.status, kept.body, repeated=True)
        answer = do()
        kept.status, kept.body = answer.status, answer.body
        kept.save(update_fields=["status", "body"])
        return answer


def forget_answers(now: datetime) -> None:
    """Remove what has been kept for long enough (settings.RETENTION_HANDLERS)."""
    IdempotentAnswer.objects.filter(created_at__lte=_kept_from(now)).delete()


def _kept_from(now: datetime) -> datetime:
    return now - timedelta(hours=settings.API_IDEMPOTENCY_HOURS)
