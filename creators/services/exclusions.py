"""Staff's decisions that what somebody hears does not count. Each is written down with its reason, also its lifting."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from django.utils import timezone

from config.lib.plain_text import tidy_line
from creators.errors import ExclusionEndsFirstError, ExclusionLiftedError, ExclusionReasonError
from creators.models import ListenerExclusion

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import User

log = structlog.get_logger(__name__)


def exclude_listener(
    listener: User, *, reason: str, begins_at: datetime, ends_at: datetime | None, by: User
) -> ListenerExclusion:
    """Let nothing count that the account hears in that time; it may lie in the past.

    Raises ExclusionReasonError, ExclusionEndsFirstError.
    """
    words = _reason(reason)
    if ends_at is not None and ends_at <= begins_at:
        raise ExclusionEndsFirstError
    exclusion = ListenerExclusion.objects.create(
        listener=listener, reason=words, begins_at=begins_at, ends_at=ends_at, decided_by=by
    )
    log.info("listener_excluded", exclusion=exclusion.pk, listener=listener.public_id, by=by.public_id)
    return exclusion


def lift_exclusion(exclusion: ListenerExclusion, *, reason: str, by: User) -> None:
    """Let it count after all, as if it had never been decided. Raises ExclusionReasonError, ExclusionLiftedError."""
    words = _reason(reason)
    lifted = ListenerExclusion.objects.filter(pk=exclusion.pk, lifted_at=None).update(
        lifted_at=timezone.now(), lifted_by=by, lifted_reason=words
    )
    if not lifted:
        raise ExclusionLiftedError
    log.info("listener_exclusion_lifted", exclusion=exclusion.pk, by=by.public_id)


def erase_from_exclusions(person: User) -> None:
    """Take somebody out of what was decided about them and by them; for settings.DATA_ERASERS."""
    ListenerExclusion.objects.filter(listener=person).update(listener=None, reason="", lifted_reason="")
    ListenerExclusion.objects.filter(decided_by=person).update(decided_by=None)
    ListenerExclusion.objects.filter(lifted_by=person).update(lifted_by=None)


def _reason(text: str) -> str:
    words = tidy_line(text)
    if not words:
        raise ExclusionReasonError
    return words
