"""Rooms that are to come, as lists show them, to whoever may know of the room."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, TypedDict

from django.db.models import Exists, OuterRef
from django.utils import timezone

from accounts.models import User
from accounts.selectors.people import PersonCard, person_card
from config.lib.errors import NotFoundError
from rooms.enums import COMING
from rooms.models import CalendarFeed, Room, RoomReminder
from rooms.selectors import visible_rooms

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import AnonymousUser
    from django.db.models import QuerySet

SHOWN = 12
# A calendar keeps what is over for so long, so that it learns of what was cancelled.
FEED_DAYS_BACK = 30
FEED_LIMIT = 500


class UpcomingRoom(TypedDict):
    """A room that is to come as a list shows it."""

    id: str
    title: str
    language: str
    host: PersonCard
    starts_at: datetime
    # Whether the audience may wait in it already.
    open: bool
    # Whether it comes again.
    repeats: bool
    # Whether whoever looks hosts it, or wants to be reminded of it.
    mine: bool
    reminded: bool


def upcoming_for(user: User | AnonymousUser | None) -> list[UpcomingRoom]:
    """Return the next rooms that somebody may come to; of a series the next one."""
    return _cards(user, _first_of_series(_coming(user))[:SHOWN])


def hosted_upcoming(for_user: User | AnonymousUser | None, host: User) -> list[UpcomingRoom]:
    """Return the next rooms of one host; of a series the next one."""
    return _cards(for_user, _first_of_series(_coming(for_user).filter(host=host))[:SHOWN])


def planned_by(host: User) -> list[UpcomingRoom]:
    """Return all that somebody has planned."""
    return _cards(host, _coming(host).filter(host=host))


def awaited_by(user: User) -> list[UpcomingRoom]:
    """Return the rooms of others that somebody wants to be reminded of."""
    return _cards(user, _coming(user).filter(reminders__user=user).exclude(host=user)[:FEED_LIMIT])


def wants_reminder(room: Room, user: User | AnonymousUser | None) -> bool:
    """Say whether somebody is to be reminded of the room."""
    return bool(user and user.is_authenticated and RoomReminder.objects.filter(room=room, user=user).exists())


def waiting_number(room: Room) -> int:
    """Return how many want to be reminded of the room."""
    return room.reminders.count()


def feed_owner(token: str) -> User:
    """Return whose calendar this is the address of. Raises NotFoundError."""
    feed = CalendarFeed.objects.select_related("user").filter(token=token, user__is_active=True).first()
    if feed is None:
        raise NotFoundError
    return feed.user


def calendar_rooms(user: User) -> list[Room]:
    """Return what belongs into somebody's calendar: planned rooms that they host or want to be reminded of."""
    since = timezone.now() - timedelta(days=FEED_DAYS_BACK)
    planned = visible_rooms(user).filter(starts_at__gte=since).order_by("starts_at", "id")
    reminded = Exists(RoomReminder.objects.filter(room=OuterRef("pk"), user=user))
    return list((planned.filter(host=user) | planned.filter(reminded))[:FEED_LIMIT])


def _coming(user: User | AnonymousUser | None) -> QuerySet[Room]:
    return visible_rooms(user).filter(state__in=COMING).order_by("starts_at", "id")


def _first_of_series(rooms: QuerySet[Room]) -> QuerySet[Room]:
    earlier = Room.objects.filter(series=OuterRef("series"), state__in=COMING, starts_at__lt=OuterRef("starts_at"))
    return rooms.exclude(Exists(earlier))


def _cards(user: User | AnonymousUser | None, rooms: QuerySet[Room]) -> list[UpcomingRoom]:
    if isinstance(user, User):
        mine = RoomReminder.objects.filter(room=OuterRef("pk"), user=user)
        rooms = rooms.annotate(reminded=Exists(mine))
    return [
        {
            "id": room.public_id,
            "title": room.title,
            "language": room.language,
            "host": person_card(room.host),
            "starts_at": room.starts_at,
            "open": room.state == "open",
            "repeats": room.series_id is not None,
            "mine": room.host == user,
            "reminded": bool(getattr(room, "reminded", False)),
        }
        for room in rooms
        if room.starts_at is not None
    ]
