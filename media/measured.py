"""What relays measured in a room: who talked for how long, and how much was heard. Rooms are known by their key."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.db.models import Count, Max, Min, Q, Sum

from accounts.models import User
from media.enums import MediaKind
from media.models import ListeningReceipt, MediaSession, SpeakingReceipt

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime


class Talk(NamedTuple):
    """How long somebody talked, and had their microphone open; nobody's for those whose account is gone."""

    person: User | None
    voice_ms: int
    received_ms: int


class Listened(NamedTuple):
    """What all listeners of a room were sent and have confirmed; of how many with an account."""

    delivered_ms: int
    confirmed_ms: int
    people: int


def talk_in(room_key: str) -> list[Talk]:
    """Return who had something to say, those who talked longest leading; together those whose accounts are gone."""
    spoken = SpeakingReceipt.objects.filter(room_key=room_key, received_ms__gt=0)
    rows = list(spoken.values("user").annotate(voice=Sum("voice_ms"), received=Sum("received_ms")).order_by("-voice"))
    people = User.objects.in_bulk([row["user"] for row in rows if row["user"]])
    return [Talk(people.get(row["user"]), row["voice"], row["received"]) for row in rows]


def talk_of_rooms(room_keys: Collection[str]) -> dict[str, int]:
    """Return for how many milliseconds was talked in each of these rooms, by all together."""
    rows = SpeakingReceipt.objects.filter(room_key__in=room_keys).values_list("room_key").order_by()
    return dict(rows.annotate(voice=Sum("voice_ms")))


def listened_in(room_key: str) -> Listened:
    """Return how much was heard in a room."""
    found = ListeningReceipt.objects.filter(room_key=room_key).aggregate(
        delivered=Sum("delivered_ms"), confirmed=Sum("confirmed_ms"), people=Count("user", distinct=True)
    )
    return Listened(found["delivered"] or 0, found["confirmed"] or 0, found["people"])


def listened_in_rooms(room_keys: Collection[str]) -> dict[str, int]:
    """Return for how many milliseconds each of these rooms was heard, by all together."""
    rows = ListeningReceipt.objects.filter(room_key__in=room_keys).values_list("room_key").order_by()
    return dict(rows.annotate(heard=Sum("delivered_ms")))


def guest_visits(room_key: str) -> Iterator[tuple[datetime, datetime | None]]:
    """Yield from when to when each person without an account heard the room; None for those who still do."""
    heard = MediaSession.objects.filter(
        room_key=room_key, user=None, kind=MediaKind.LISTEN, connected_at__isnull=False
    ).order_by()
    rows = heard.values_list("guest_key").annotate(
        came=Min("connected_at"), left=Max("gone_at"), live=Count("pk", filter=Q(gone_at=None))
    )
    for _key, came, left, live in rows.iterator(2000):
        yield came, None if live else left
