"""Telling people of what happened: a row for each in the caller's transaction; letters and pushes leave later.

The row is unique for person, kind and key, so that one event never notifies twice, whoever repeats it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from accounts.models import Channel, Digest, Notification, NotificationDelivery, NotificationFanOut, User
from accounts.notices.kinds import Kind, kinds
from accounts.selectors.notifications import (
    end_of_quiet,
    next_digest,
    rhythms_of,
    wanted_channels,
    with_devices,
    zone_of,
)
from config.lib.public_id import new_public_id
from config.lib.publish import publish

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from accounts.models import NotificationRhythm

# The group in which web processes hear of people's notifications.
GROUP = "people"
ROWS_AT_ONCE = 1000


@transaction.atomic
def notify(
    user_ids: Collection[int],
    *,
    kind: str,
    key: str,
    actor: User | None = None,
    data: dict[str, Any] | None = None,
    link: str = "",
) -> int:
    """Tell these people, but nobody of their own doing; return how many were not told of it before.

    `key` names the event within its kind. Nobody is told who has switched every channel off, or closed the account.
    Raises KeyError for a kind that no app has listed.
    """
    known = kinds()[kind]
    zones = _those_to_tell(user_ids, actor)
    wanted = wanted_channels(zones.keys(), known)
    now = timezone.now()
    rows = [
        Notification(
            public_id=new_public_id(),
            user_id=user_id,
            kind=kind,
            key=key,
            actor=actor,
            data=data or {},
            link=link,
            listed=Channel.SITE in wanted[user_id],
            created_at=now,
        )
        for user_id in zones
        if wanted[user_id]
    ]
    fresh = _insert(rows)
    _queue(fresh, known, wanted, zones, now)
    if told := [row.user_id for row in fresh if row.listed]:
        message = {"type": "people.notified", "users": told, "kind": kind, "key": key}
        transaction.on_commit(lambda: publish(GROUP, message))
    return len(fresh)


def told_of_follower(follower: User, followed: User) -> None:
    """Tell somebody who follows them; a handler of settings.PERSON_FOLLOWED_HANDLERS."""
    notify([followed.pk], kind="followed", key=follower.public_id, actor=follower, link=follower.get_absolute_url())


def tell_followers(actor: User, *, kind: str, key: str, data: dict[str, Any] | None = None, link: str = "") -> None:
    """Let everybody who follows somebody be told: a row in the caller's transaction, which a job works off."""
    row = NotificationFanOut(kind=kind, key=key, actor=actor, data=data or {}, link=link)
    NotificationFanOut.objects.bulk_create([row], ignore_conflicts=True)


def _those_to_tell(user_ids: Iterable[int], actor: User | None) -> dict[int, str]:
    """Return the time zone of each who can be told, in the order of their numbers, in which rows are locked."""
    rows = User.objects.filter(pk__in=list(user_ids), is_active=True)
    if actor is not None:
        rows = rows.exclude(pk=actor.pk)
    return dict(rows.order_by("pk").values_list("pk", "time_zone"))


def _insert(rows: list[Notification]) -> list[Notification]:
    """Insert what is not there yet, and return only that: who came second finds its own ids nowhere."""
    Notification.objects.bulk_create(rows, ignore_conflicts=True, batch_size=ROWS_AT_ONCE)
    ours = Notification.objects.filter(public_id__in=[row.public_id for row in rows])
    numbers = dict(ours.values_list("public_id", "pk"))
    fresh = [row for row in rows if row.public_id in numbers]
    for row in fresh:
        row.pk = numbers[row.public_id]
    return fresh


def _queue(
    fresh: list[Notification],
    kind: Kind,
    wanted: dict[int, frozenset[Channel]],
    zones: dict[int, str],
    now: datetime,
) -> None:
    """Put letters and pushes into the outbox, each with the time from which it may leave."""
    ids = [row.user_id for row in fresh]
    rhythms = rhythms_of(ids)
    devices = with_devices(ids)
    deliveries: list[NotificationDelivery] = []
    for row in fresh:
        rhythm = rhythms.get(row.user_id)
        zone = zone_of(zones[row.user_id], rhythm)
        for channel in sorted(wanted[row.user_id] - {Channel.SITE}):
            if channel == Channel.PUSH and row.user_id not in devices:
                continue
            gathered = _is_gathered(kind, channel, rhythm)
            if gathered and rhythm is not None:
                due = next_digest(now, Digest(rhythm.digest), zone)
            elif channel in kind.forced:
                due = now
            else:
                due = end_of_quiet(now, rhythm, zone)
                if kind.lifetime is not None and due > now + kind.lifetime:
                    continue
            deliveries.append(NotificationDelivery(notification=row, channel=channel, gathered=gathered, due_at=due))
    NotificationDelivery.objects.bulk_create(deliveries, batch_size=ROWS_AT_ONCE)


def _is_gathered(kind: Kind, channel: Channel, rhythm: NotificationRhythm | None) -> bool:
    may_wait = channel == Channel.MAIL and channel not in kind.forced
    return may_wait and rhythm is not None and rhythm.digest != Digest.OFF
