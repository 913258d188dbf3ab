"""Rooms that come again: made one after the other as their time draws near, changed one or all that follow."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Unpack

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from accounts.models import User
from accounts.policies.eligibility import decide
from accounts.policies.rules import Platform, Purpose
from config.lib.errors import NotFoundError
from config.lib.wall_clock import moment_at, wall_at
from rooms.enums import COMING, Action, CancelReason, Rhythm
from rooms.events import RoomChange, change_room
from rooms.models import Room, RoomSeries, Topic
from rooms.services.lifecycle import NewRoom, checked_words, open_door
from rooms.services.planning import cancel, check_coming, check_time, move, plan, planned_count, reword, schedule_room
from rooms.services.topics import checked_topics
from rooms.topics import topics_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def start_of(series: RoomSeries, number: int) -> datetime:
    """Return in UTC when room `number` of the series begins.

    A month without that day has its last instead; an hour that the clocks skip is the one after.
    """
    steps = number - series.anchor
    step = relativedelta(weeks=steps) if series.rhythm == Rhythm.WEEKLY else relativedelta(months=steps)
    return moment_at(datetime.combine(series.first_day + step, series.hour), series.zone)


@transaction.atomic
def schedule_series(
    host: User,
    *,
    starts_at: datetime,
    rhythm: Rhythm,
    zone: str,
    platform: Platform = Platform.WEB,
    **said: Unpack[NewRoom],
) -> Room:
    """Plan rooms that come again by the clocks of `zone`, and return the first.

    Raises what `schedule_room` does.
    """
    room = schedule_room(host, starts_at=starts_at, platform=platform, **said)
    wall = wall_at(starts_at, zone)
    room.occurrence = 0
    room.series = RoomSeries.objects.create(
        host=host,
        title=room.title,
        description=room.description,
        language=room.language,
        entry_rule=room.entry_rule,
        guests_listen=room.guests_listen,
        speak_rule=room.speak_rule,
        rhythm=rhythm,
        first_day=wall.date(),
        hour=wall.time(),
        zone=zone,
        next_number=1,
    )
    room.save(update_fields=["series", "occurrence"])
    room.series.topics.set(topics_of(room))
    _plan_next(room.series)
    return room


def due_series() -> list[int]:
    """Return the numbers of the series of which fewer rooms are planned than should be."""
    coming = Count("rooms", filter=Q(rooms__state__in=COMING))
    now = timezone.now()
    short = RoomSeries.objects.filter(Q(resume_at=None) | Q(resume_at__lte=now), ended_at=None).annotate(coming=coming)
    return list(short.filter(coming__lt=settings.ROOM_SERIES_AHEAD).order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def plan_next(series_id: int) -> None:
    """Plan the next rooms of a series as far as limits allow; two at once wait for each other."""
    host = User.objects.select_for_update(no_key=True).filter(room_series=series_id, is_active=True).first()
    series = RoomSeries.objects.filter(pk=series_id, ended_at=None).first()
    if host is None or series is None or not decide(host, Purpose.HOST, Platform.WEB).allowed:
        return
    series.host = host
    _plan_next(series)


def _plan_next(series: RoomSeries) -> None:
    """Plan what is missing; the caller holds the host's lock."""
    now, ahead = timezone.now(), timedelta(days=settings.ROOM_PLAN_DAYS)
    series.resume_at = None
    missing = settings.ROOM_SERIES_AHEAD - series.rooms.filter(state__in=COMING).count()
    room_left = settings.ROOM_PLANNED_PER_HOST_LIMIT - planned_count(series.host)
    missing = min(missing, room_left)
    topics = list(series.topics.order_by("slug")) if missing > 0 else []
    while missing > 0:
        starts_at = start_of(series, series.next_number)
        if starts_at > now + ahead:
            series.resume_at = starts_at - ahead
            break
        # While nobody could plan, some may have passed.
        if starts_at > now:
            room = Room(host=series.host, title=series.title, description=series.description, language=series.language)
            room.speak_rule = series.speak_rule
            open_door(room, series.entry_rule, guests_listen=series.guests_listen)
            plan(room, starts_at, series=series, number=series.next_number, topics=topics)
            missing -= 1
        series.next_number += 1
    series.save(update_fields=["next_number", "resume_at"])


def cancel_following(room_id: str, *, by: User | None) -> None:
    """Cancel this room and all that follow it in its series, which ends. Raises what `cancel_room` does."""

    def end(series: RoomSeries) -> None:
        series.ended_at = timezone.now()
        series.save(update_fields=["ended_at"])

    _change_following(room_id, by, Action.CANCEL_ROOM, end, lambda change, _: cancel(change, CancelReason.HOST))


def edit_following(
    room_id: str,
    *,
    by: User | None,
    title: str,
    description: str,
    language: str,
    topics: Sequence[str] | None = None,
) -> None:
    """Change the words of this room, of all that follow and of those still to be planned."""
    title, description = checked_words(title, description, language)
    # What a series is about may be put away meanwhile; whoever changes nothing of it keeps it.
    about = None if topics is None else checked_topics(topics, kept=list(Topic.objects.filter(is_offered=False)))

    def rename(series: RoomSeries) -> None:
        series.title, series.description, series.language = title, description, language
        series.save(update_fields=["title", "description", "language"])
        if about is not None:
            series.topics.set(about)

    def say_anew(change: RoomChange, _: RoomSeries) -> None:
        reword(change, title, description, language, topics_of(change.room) if about is None else about)

    _change_following(room_id, by, Action.EDIT_ROOM, rename, say_anew)


def reschedule_following(room_id: str, *, by: User | None, starts_at: datetime, zone: str) -> None:
    """Move this room, and with it the day and hour of all that follow. Raises what `reschedule_room` does."""
    check_time(starts_at)
    first = wall_at(starts_at, zone)

    def put_off(series: RoomSeries) -> None:
        series.anchor = Room.objects.values_list("occurrence", flat=True).get(public_id=room_id) or 0
        series.first_day, series.hour, series.zone, series.resume_at = first.date(), first.time(), zone, None
        series.save(update_fields=["anchor", "first_day", "hour", "zone", "resume_at"])

    def follow(change: RoomChange, series: RoomSeries) -> None:
        moved = start_of(series, change.room.occurrence or 0)
        if moved != change.room.starts_at:
            move(change, moved)

    _change_following(room_id, by, Action.RESCHEDULE, put_off, follow)


@transaction.atomic
def _change_following(
    room_id: str,
    by: User | None,
    action: Action,
    of_series: Callable[[RoomSeries], None],
    of_room: Callable[[RoomChange, RoomSeries], None],
) -> None:
    """Change a series, then this and each following room that is still to come, in the order of their keys.

    Raises NotFoundError for a room that is of no series.
    """
    with change_room(room_id, by=by, showing=by.public_id if by else None, live=False) as change:
        change.require(action)
        check_coming(change)
        series = change.room.series
        if series is None:
            raise NotFoundError
        of_series(series)
        of_room(change, series)
    following = series.rooms.filter(state__in=COMING, occurrence__gt=change.room.occurrence).order_by("pk")
    for following_id in following.values_list("public_id", flat=True):
        with change_room(following_id, by=by, live=False) as change:
            if change.room.is_coming:
                of_room(change, series)


def end_series_of(host: User) -> None:
    """Let no more rooms of somebody's series be planned."""
    RoomSeries.objects.filter(host=host, ended_at=None).update(ended_at=timezone.now())
