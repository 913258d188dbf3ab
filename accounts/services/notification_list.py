"""What somebody does with the list of what they were told: see it, read it, remove from it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import Notification
from accounts.selectors.notifications import notification_for
from accounts.services.notifying import GROUP
from config.lib.publish import publish

if TYPE_CHECKING:
    from collections.abc import Collection

    from accounts.models import User

FORGOTTEN_AT_ONCE = 1000


def mark_seen(user: User, pks: Collection[int]) -> None:
    """Write down that the list with these was shown; letters with everything leave them out."""
    Notification.objects.filter(user=user, pk__in=pks, seen_at=None).update(seen_at=timezone.now())


@transaction.atomic
def open_notification(user: User, public_id: str) -> str:
    """Call it read, and return where it leads; raises NotFoundError for somebody else's."""
    found = notification_for(user, public_id)
    now = timezone.now()
    if Notification.objects.filter(pk=found.pk, read_at=None).update(read_at=now):
        Notification.objects.filter(pk=found.pk, seen_at=None).update(seen_at=now)
        _tell(user)
    return found.link


@transaction.atomic
def mark_all_read(user: User) -> int:
    """Call everything read; return how many were not."""
    now = timezone.now()
    unread = Notification.objects.filter(user=user, read_at=None)
    unread.filter(seen_at=None).update(seen_at=now)
    number = unread.update(read_at=now)
    if number:
        _tell(user)
    return number


@transaction.atomic
def remove_notification(user: User, public_id: str) -> None:
    """Take it out of the list; it can be put back. Raises NotFoundError for somebody else's."""
    found = notification_for(user, public_id)
    Notification.objects.filter(pk=found.pk, removed_at=None).update(removed_at=timezone.now())
    _tell(user)


@transaction.atomic
def restore_notification(user: User, public_id: str) -> None:
    """Put it back to where it was. Raises NotFoundError for somebody else's."""
    found = notification_for(user, public_id)
    Notification.objects.filter(pk=found.pk).update(removed_at=None)
    _tell(user)


def forget_old() -> int:
    """Remove some of what is older than settings.NOTIFICATION_DAYS; return how many."""
    before = timezone.now() - timedelta(days=settings.NOTIFICATION_DAYS)
    old = Notification.objects.filter(created_at__lt=before).order_by("created_at")
    pks = list(old.values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE])
    Notification.objects.filter(pk__in=pks).delete()
    return len(pks)


def _tell(user: User) -> None:
    """Let the person's other windows count anew."""
    transaction.on_commit(lambda: publish(GROUP, {"type": "people.counted", "users": [user.pk]}))
