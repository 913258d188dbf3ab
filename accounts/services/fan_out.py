"""Telling everybody who follows somebody: a row that a job works off in batches, and goes on with after its own end."""

from __future__ import annotations

from datetime import timedelta

import structlog
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import Notification, NotificationFanOut
from accounts.notices.kinds import kind_named, kinds
from accounts.selectors.following import follower_ids
from accounts.services.notifying import ROWS_AT_ONCE, notify

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=2)


def fan_out() -> int:
    """Work off one event, if one waits; return how many batches it took."""
    now = timezone.now()
    free = Q(claimed_until=None) | Q(claimed_until__lte=now)
    waiting = NotificationFanOut.objects.filter(free, done_at=None)
    pk = waiting.order_by("created_at").values_list("pk", flat=True).first()
    # The one conditional UPDATE decides between two jobs that have seen the same row.
    if pk is None or not waiting.filter(pk=pk).update(claimed_until=now + LEASE):
        return 0
    batches = 0
    while _tell_next(pk):
        batches += 1
    return batches


@transaction.atomic
def _tell_next(pk: int) -> bool:
    """Tell one batch and move on, both or neither; False when there is nobody left."""
    row = NotificationFanOut.objects.select_for_update(no_key=True, of=("self",)).select_related("actor").get(pk=pk)
    if row.done_at is not None:
        return False
    found = follower_ids(row.actor, after=row.after, limit=ROWS_AT_ONCE) if _is_worth_it(row) else []
    now = timezone.now()
    rows = NotificationFanOut.objects.filter(pk=pk)
    if not found:
        rows.update(done_at=now, claimed_until=None)
        log.info("fan_out_done", kind=row.kind, told=row.told)
        return False
    told = notify(found, kind=row.kind, key=row.key, actor=row.actor, data=row.data, link=row.link)
    rows.update(after=found[-1], told=F("told") + told, claimed_until=now + LEASE)
    return True


def _is_worth_it(row: NotificationFanOut) -> bool:
    """Say whether it is still true, and new enough: a room that has ended need not be told of."""
    kind = kind_named(row.kind)
    as_told = Notification(kind=row.kind, key=row.key, actor=row.actor, data=row.data, link=row.link)
    old = kind.lifetime is not None and timezone.now() > row.created_at + kind.lifetime
    return row.kind in kinds() and row.actor.is_active and not old and kind.holds(as_told)
