"""Reads about notifications: somebody's list, what they want, when they may be told."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, NamedTuple, TypedDict

from django.contrib.sessions.models import Session
from django.db.models import Count, Min
from django.utils import timezone

from accounts.models import (
    Channel,
    DeliveryState,
    Digest,
    Notification,
    NotificationChoice,
    NotificationDelivery,
    NotificationRhythm,
    PushSubscription,
    User,
)
from accounts.notices.kinds import Kind, kinds
from accounts.time_zones import is_time_zone
from config.lib.errors import NotFoundError
from config.lib.public_id import is_public_id

if TYPE_CHECKING:
    from collections.abc import Collection

    from django.db.models import QuerySet

# Above it the badge says no more than that.
COUNTED_AT_MOST = 100
# When letters with everything come, by the person's own clock; the weekly one on Mondays.
DIGEST_HOUR = time(8)


class ChosenKind(TypedDict):
    """A kind with what somebody chose of it."""

    kind: Kind
    wanted: frozenset[Channel]


def list_for(user: User) -> QuerySet[Notification]:
    """Return what stands in somebody's list, newest first."""
    rows = Notification.objects.filter(user=user, listed=True, removed_at=None, kind__in=list(kinds()))
    return rows.select_related("actor").order_by("-created_at", "-id")


def notification_for(user: User, public_id: str) -> Notification:
    """Return one of somebody's own, also one that was removed; raises NotFoundError."""
    rows = Notification.objects.filter(user=user, listed=True, public_id=public_id)
    found = rows.select_related("actor").first() if is_public_id(public_id) else None
    if found is None:
        raise NotFoundError
    return found


def unread_count(user: User) -> int:
    """Return how many are unread, counted up to COUNTED_AT_MOST."""
    rows = Notification.objects.filter(user=user, listed=True, removed_at=None, read_at=None, kind__in=list(kinds()))
    return rows.order_by()[:COUNTED_AT_MOST].count()


def wanted_channels(user_ids: Collection[int], kind: Kind) -> dict[int, frozenset[Channel]]:
    """Return for each person on which channels they want this kind."""
    rows = NotificationChoice.objects.filter(user_id__in=user_ids, kind=kind.name)
    chosen: dict[int, dict[str, bool]] = {}
    for user_id, channel, wanted in rows.values_list("user_id", "channel", "wanted"):
        chosen.setdefault(user_id, {})[channel] = wanted
    return {user_id: _wanted(kind, chosen.get(user_id, {})) for user_id in user_ids}


def choices_of(user: User) -> list[ChosenKind]:
    """Return every kind with the channels on which somebody wants it."""
    chosen: dict[str, dict[str, bool]] = {}
    for kind, channel, wanted in NotificationChoice.objects.filter(user=user).values_list("kind", "channel", "wanted"):
        chosen.setdefault(kind, {})[channel] = wanted
    return [{"kind": kind, "wanted": _wanted(kind, chosen.get(kind.name, {}))} for kind in kinds().values()]


def _wanted(kind: Kind, chosen: dict[str, bool]) -> frozenset[Channel]:
    return kind.forced | {channel for channel in Channel if chosen.get(channel, channel in kind.channels)}


def rhythms_of(user_ids: Collection[int]) -> dict[int, NotificationRhythm]:
    """Return when each of these wants to be told; those who chose nothing are not in it."""
    return {rhythm.user_id: rhythm for rhythm in NotificationRhythm.objects.filter(user_id__in=user_ids)}


def rhythm_of(user: User) -> NotificationRhythm:
    """Return when somebody wants to be told; a fresh one that is not saved if they chose nothing."""
    return NotificationRhythm.objects.filter(user=user).first() or NotificationRhythm(user=user)


def with_devices(user_ids: Collection[int]) -> set[int]:
    """Return which of these have a device that can be told."""
    return set(PushSubscription.objects.filter(user_id__in=user_ids).values_list("user_id", flat=True))


def zone_of(time_zone: str, rhythm: NotificationRhythm | None) -> zoneinfo.ZoneInfo:
    """Return the zone that somebody lives by: their choice, else that of the page on which they chose their hours."""
    names = (time_zone, rhythm.page_zone if rhythm else "")
    return zoneinfo.ZoneInfo(next((name for name in names if is_time_zone(name)), "UTC"))


def end_of_quiet(moment: datetime, rhythm: NotificationRhythm | None, zone: zoneinfo.ZoneInfo) -> datetime:
    """Return when somebody may be disturbed: `moment` itself, or the end of the hours of quiet in which it lies."""
    if rhythm is None or rhythm.quiet_from is None or rhythm.quiet_until is None:
        return moment
    here = moment.astimezone(zone)
    begins, ends, now = rhythm.quiet_from, rhythm.quiet_until, here.time()
    if not (begins <= now < ends if begins < ends else now >= begins or now < ends):
        return moment
    tomorrow = begins > ends and now >= begins
    return _on(here, ends, days=int(tomorrow))


def next_digest(moment: datetime, digest: Digest, zone: zoneinfo.ZoneInfo) -> datetime:
    """Return when the next letter with everything leaves, after `moment`."""
    here = moment.astimezone(zone)
    days = range(8) if digest == Digest.DAILY else [day for day in range(8) if (here.weekday() + day) % 7 == 0]
    return next(due for due in (_on(here, DIGEST_HOUR, days=day) for day in days) if due > moment)


def _on(here: datetime, hour: time, *, days: int) -> datetime:
    """Return that hour so many days on; one that summer time skips is the hour after (PEP 495, fold 0)."""
    day = (here + timedelta(days=days)).date()
    return datetime.combine(day, hour, tzinfo=here.tzinfo).astimezone(UTC)


def unread_counts(user_ids: Collection[int]) -> dict[int, int]:
    """Return how many are unread for each of these who have any."""
    rows = Notification.objects.filter(
        user_id__in=user_ids, listed=True, removed_at=None, read_at=None, kind__in=list(kinds())
    )
    return dict(rows.order_by().values_list("user_id").annotate(Count("pk")))


def news_for(user_ids: Collection[int], kind: str, key: str) -> list[Notification]:
    """Return what these were told of one event."""
    rows = Notification.objects.filter(user_id__in=user_ids, kind=kind, key=key, listed=True, removed_at=None)
    return list(rows.select_related("actor"))


def live_sessions(session_keys: Collection[str], user_ids: Collection[int]) -> tuple[set[str], set[int]]:
    """Return which of these sessions last, and which of these people's accounts are open."""
    lasting = Session.objects.filter(session_key__in=session_keys, expire_date__gt=timezone.now())
    people = User.objects.filter(pk__in=user_ids, is_active=True)
    return set(lasting.values_list("session_key", flat=True)), set(people.values_list("pk", flat=True))


class Outbox(NamedTuple):
    """What should have left by one channel by now: how much, and for how many seconds the oldest has waited."""

    waiting: int
    oldest_seconds: float


def outbox() -> dict[str, Outbox]:
    """Return it for each channel by which something leaves."""
    now = timezone.now()
    due = NotificationDelivery.objects.filter(state=DeliveryState.WAITING, due_at__lte=now)
    rows = due.order_by().values_list("channel").annotate(Count("pk"), Min("due_at"))
    empty = {channel.value: Outbox(0, 0.0) for channel in (Channel.MAIL, Channel.PUSH)}
    return empty | {channel: Outbox(number, (now - oldest).total_seconds()) for channel, number, oldest in rows}
