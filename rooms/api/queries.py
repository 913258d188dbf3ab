"""What the API reads: the pages' own selectors, narrowed by what a partner asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict, Unpack

from django.db.models import Q

from config.lib.errors import ForbiddenError
from rooms.blocks import hidden_for
from rooms.enums import Action
from rooms.models import Ban, BoardItem, ChatMessage, Room
from rooms.permissions import may
from rooms.searching import matching, terms_of
from rooms.selectors import board_entry, chat_entry, listed_rooms, message_in, role_in, room_for, room_to_enter
from rooms.topics import listed_topics, with_topics

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import AnonymousUser
    from django.db.models import QuerySet

    from accounts.models import User
    from rooms.state import BoardEntry, ChatEntry
    from rooms.topics import ListedTopic


class Narrowed(TypedDict, total=False):
    """What a list is narrowed by."""

    state: str
    host: str
    language: str
    topic: str
    starts_after: datetime
    starts_before: datetime


_LOOKUPS = {
    "state": "state",
    "host": "host__handle__iexact",
    "language": "language",
    "topic": "chosen_topics__topic__slug",
    "starts_after": "starts_at__gte",
    "starts_before": "starts_at__lt",
}


def spaces_for(user: User | AnonymousUser, *, q: str | None = None, **narrowed: Unpack[Narrowed]) -> QuerySet[Room]:
    """Return the rooms that this person may enter, narrowed by whatever is asked for, and found by the words of `q`."""
    asked = {_LOOKUPS[name]: value for name, value in narrowed.items()}
    rooms = listed_rooms(user).select_related("host", "series").filter(**asked)
    return with_topics(rooms if q is None else matching(rooms, terms_of(q)))


def topics_from(start: int, limit: int) -> tuple[list[ListedTopic], int | None]:
    """Return topics that can be chosen, by name, and at which place to go on."""
    topics = listed_topics(None)
    return topics[start : start + limit], start + limit if len(topics) > start + limit else None


def board_from(room: Room, start: int, limit: int) -> tuple[list[BoardEntry], int | None]:
    """Return what hangs on a board, in the order in which it was put there, and at which place to go on."""
    hung = BoardItem.objects.filter(room=room, removed_at=None).select_related("user", "room").order_by("seq")
    found = list(hung[start : start + limit + 1])
    return [board_entry(item) for item in found[:limit]], start + limit if len(found) > limit else None


def board_item(room_id: str, item_id: str) -> BoardEntry:
    """Return something that was just put on a board."""
    items = BoardItem.objects.select_related("user", "room")
    return board_entry(items.get(room__public_id=room_id, public_id=item_id))


def chat_from(room: Room, user: User | AnonymousUser, before: int, limit: int) -> tuple[list[ChatEntry], int | None]:
    """Return messages, the newest first, and the number before which to go on; none of those hidden from this person.

    With 0 it begins with the last that was written.
    """
    messages = ChatMessage.objects.filter(room=room).select_related("user").order_by("-seq")
    messages = messages.exclude(user__public_id__in=hidden_for(room.public_id, user))
    found = list((messages.filter(seq__lt=before) if before else messages)[: limit + 1])
    return [chat_entry(message) for message in found[:limit]], found[limit - 1].seq if len(found) > limit else None


def message_said(room_id: str, message_id: str) -> ChatEntry:
    """Return a message that was just written."""
    return chat_entry(message_in(room_for(None, room_id), message_id))


def bans_in(room_id: str, user: User) -> QuerySet[Ban]:
    """Return whom a room does not let in, for those who may ban: of the bans from all rooms the host's alone know.

    Raises NotFoundError, EntryRefusedError, ForbiddenError.
    """
    room = room_to_enter(user, room_id)
    if not may(role_in(room, user), Action.BAN):
        raise ForbiddenError
    which = Q(room=room)
    if room.host_id == user.pk:
        which |= Q(room=None)
    return Ban.objects.filter(which, host=room.host_id).select_related("user")
