"""Working off the outbox of letters and pushes.

What is promised: each delivery leaves at least once, and never again after its sending was written down. Whoever sends
claims rows first, by one conditional UPDATE, for LEASE; a worker that dies gives them back when the lease runs out.
Between the server's yes and our writing it down a worker may die too: that one letter or push leaves a second time,
under the same Message-ID or topic, by which programs and push services see that it is the same.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import Channel, DeliveryState, NotificationDelivery
from accounts.notices.kinds import kind_named, kinds
from accounts.selectors.notifications import wanted_channels
from config.lib.public_id import new_public_id

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from django.db.models import QuerySet

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=5)
# Nothing is begun any more when this little of the lease is left: a slow server's answer must come within it.
MARGIN = timedelta(minutes=1)
BATCH = 50
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (30, 60, 120, 300, 600, 1200, 3600))
# With these pauses, three days.
MOST_ATTEMPTS = 78


def claim(channel: Channel, *, limit: int = BATCH) -> list[NotificationDelivery]:
    """Take what is due, oldest first, so that no other worker takes it while the lease lasts.

    Of a letter with everything all parts that are due are taken, so there may be more than `limit`.
    """
    now = timezone.now()
    due = _due(channel, now)
    ids = list(due.order_by("due_at", "pk").values_list("pk", flat=True)[:limit])
    if channel == Channel.MAIL:
        readers = due.filter(pk__in=ids, gathered=True).values_list("notification__user_id", flat=True)
        gathered = due.filter(gathered=True, notification__user_id__in=set(readers))
        ids += gathered.values_list("pk", flat=True)
    name = new_public_id()
    taken = due.filter(pk__in=set(ids)).update(claim=name, claimed_until=now + LEASE, attempts=F("attempts") + 1)
    if not taken:
        return []
    mine = NotificationDelivery.objects.filter(claim=name)
    return list(mine.select_related("notification__user", "notification__actor").order_by("due_at", "pk"))


def _due(channel: Channel, now: datetime) -> QuerySet[NotificationDelivery]:
    free = Q(claimed_until=None) | Q(claimed_until__lte=now)
    return NotificationDelivery.objects.filter(free, channel=channel, state=DeliveryState.WAITING, due_at__lte=now)


def has_time(delivery: NotificationDelivery) -> bool:
    """Say whether the lease lasts long enough to begin with this one."""
    return delivery.claimed_until is not None and timezone.now() < delivery.claimed_until - MARGIN


def only_wanted(deliveries: Iterable[NotificationDelivery]) -> list[NotificationDelivery]:
    """Return those that shall still leave, and drop the others."""
    rows = list(deliveries)
    wanted = {
        name: wanted_channels({row.notification.user_id for row in rows if row.notification.kind == name}, kind)
        for name, kind in kinds().items()
    }
    kept = []
    for row in rows:
        notification = row.notification
        channels = wanted.get(notification.kind, {}).get(notification.user_id, frozenset())
        reachable = notification.user.is_active or row.channel in kind_named(notification.kind).forced
        if row.channel in channels and reachable and not _is_stale(row):
            kept.append(row)
        else:
            end(row, DeliveryState.DROPPED)
    return kept


def _is_stale(row: NotificationDelivery) -> bool:
    notification, kind = row.notification, kind_named(row.notification.kind)
    if row.gathered:
        # What was seen on the site is no news.
        return notification.seen_at is not None or notification.removed_at is not None
    old = kind.lifetime is not None and timezone.now() > notification.created_at + kind.lifetime
    return old or not kind.holds(notification)


def end(delivery: NotificationDelivery, state: DeliveryState) -> bool:
    """Write down what has become of it; False if the lease had run out and another worker has it now."""
    return bool(_mine(delivery).update(state=state, ended_at=timezone.now(), claimed_until=None))


def try_again(delivery: NotificationDelivery, *, after: timedelta | None = None) -> None:
    """Give it back for a later attempt; each pause is longer than the one before, until enough was tried."""
    if delivery.attempts >= MOST_ATTEMPTS:
        log.error("notification_undelivered", delivery=delivery.pk, channel=delivery.channel)
        end(delivery, DeliveryState.FAILED)
        return
    pause = max(after or timedelta(0), PAUSES[min(delivery.attempts, len(PAUSES)) - 1])
    _mine(delivery).update(due_at=timezone.now() + pause, claimed_until=None)


def give_back(delivery: NotificationDelivery) -> None:
    """Let another attempt have it at once: this one did not come to it."""
    _mine(delivery).update(claimed_until=None, attempts=F("attempts") - 1)


def note_reached(delivery: NotificationDelivery, device: int) -> None:
    """Write down that a device has it: no later attempt goes there."""
    delivery.reached = [*delivery.reached, device]
    _mine(delivery).update(reached=delivery.reached)


def _mine(delivery: NotificationDelivery) -> QuerySet[NotificationDelivery]:
    return NotificationDelivery.objects.filter(pk=delivery.pk, claim=delivery.claim, state=DeliveryState.WAITING)
