"""Rooms that are to come, as lists show them, to whoever may know of the room."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, TypedDict

from django.db.models import Case, Exists, IntegerField, OuterRef, Q, Value, When
from django.utils import timezone

from accounts.models import User
from accounts.selectors.people import PersonCard, person_card
from config.lib.errors import NotFoundError
from rooms.entering import open_rooms
from rooms.enums import COMING, AdmissionKind, EntryRule
from rooms.models import Admission, CalendarFeed, Room, RoomReminder
from rooms.selectors import listed_rooms, visible_rooms
from rooms.selling import prices_of
from rooms.topics import TopicCard, topic_cards, with_topics

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import AnonymousUser
    from django.db.models import QuerySet

    from rooms.models import Topic

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
    topics: list[TopicCard]
    # Whether a ticket is missing.
    closed: bool
    # What a seat costs, as it is written; empty where none are sold.
    price: str


def upcoming_for(user: User | AnonymousUser | None, *, topic: Topic | None = None) -> list[UpcomingRoom]:
    """Return the next rooms that somebody may come to, of a series the next one.

    Those come first that they host themselves or want to be reminded of.
    """
    return cards_of_coming(user, coming_for(user, topic=topic)[:SHOWN])


def coming_for(user: User | AnonymousUser | None, *, topic: Topic | None = None) -> QuerySet[Room]:
    """Return the same as rows, all of them."""
    rooms = _first_of_series(_coming(user))
    if topic is not None:
        rooms = rooms.filter(chosen_topics__topic=topic)
    if not isinstance(user, User):
        return rooms
    own = Q(host=user) | Q(Exists(RoomReminder.objects.filter(room=OuterRef("pk"), user=user)))
    theirs = Case(When(own, then=Value(0)), default=Value(1), output_field=IntegerField())
    return rooms.annotate(theirs=theirs).order_by("theirs", "starts_at", "id")


def hosted_upcoming(for_user: User | AnonymousUser | None, host: User) -> list[UpcomingRoom]:
    """Return the next rooms of one host; of a series the next one."""
    return cards_of_coming(for_user, _first_of_series(_coming(for_user).filter(host=host))[:SHOWN])


def planned_by(host: User) -> list[UpcomingRoom]:
    """Return all that somebody has planned."""
    return cards_of_coming(host, _coming(host).filter(host=host))


def awaited_by(user: User) -> list[UpcomingRoom]:
    """Return the rooms of others that somebody wants to be reminded of."""
    return cards_of_coming(user, _coming(user).filter(reminders__user=user).exclude(host=user)[:FEED_LIMIT])


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
    """Return what belongs into somebody's calendar: planned rooms that they host, hold a ticket for or wait for."""
    since = timezone.now() - timedelta(days=FEED_DAYS_BACK)
    planned = listed_rooms(user).filter(starts_at__gte=since).order_by("starts_at", "id")
    reminded = Exists(RoomReminder.objects.filter(room=OuterRef("pk"), user=user))
    tickets = Admission.objects.filter(room=OuterRef("pk"), user=user, kind=AdmissionKind.TICKET, revoked_at=None)
    return list(planned.filter(Q(host=user) | Q(reminded) | Q(Exists(tickets)))[:FEED_LIMIT])


def _coming(user: User | AnonymousUser | None) -> QuerySet[Room]:
    """Return what is announced to somebody: also rooms for which they would have to buy a ticket."""
    rooms = open_rooms(visible_rooms(user), user, for_sale=True)
    return rooms.filter(state__in=COMING).order_by("starts_at", "id")


def _first_of_series(rooms: QuerySet[Room]) -> QuerySet[Room]:
    earlier = Room.objects.filter(series=OuterRef("series"), state__in=COMING, starts_at__lt=OuterRef("starts_at"))
    return rooms.exclude(Exists(earlier))


def cards_of_coming(user: User | AnonymousUser | None, rooms: QuerySet[Room]) -> list[UpcomingRoom]:
    """Return rooms that are to come as a list shows them to this person."""
    if isinstance(user, User):
        mine = RoomReminder.objects.filter(room=OuterRef("pk"), user=user)
        rooms = rooms.annotate(reminded=Exists(mine))
    found = list(with_topics(rooms))
    prices = prices_of(found)
    return [
        {
            "id": room.public_id,
            "title": room.title,
            "language": room.language,
            "host": person_card(room.host),
            "starts_at": room.starts_at,
            # Of what goes on behind a door that needs a ticket nothing is told.
            "open": room.state == "open" and _may_enter(room, user),
            "closed": not _may_enter(room, user),
            "repeats": room.series_id is not None,
            "mine": room.host == user,
            "reminded": bool(getattr(room, "reminded", False)),
            "topics": topic_cards(room),
            "price": prices.get(room.pk, ""),
        }
        for room in found
        if room.starts_at is not None
    ]


def _may_enter(room: Room, user: User | AnonymousUser | None) -> bool:
    return room.entry_rule != EntryRule.TICKET or room.host == user or bool(getattr(room, "admitted", False))
