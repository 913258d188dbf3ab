"""What a room's pages and lists say of its tickets. The settings name whoever sells them: rooms do not know them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.module_loading import import_string

from rooms.enums import EntryRule

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User
    from rooms.models import Room


def offer_of(user: User | AnonymousUser, room: Room) -> Any:
    """Return what the room's page shows of its tickets, a template's name in `template`; None if it sells none."""
    if room.entry_rule != EntryRule.TICKET or not settings.ROOM_OFFER:
        return None
    return import_string(settings.ROOM_OFFER)(user, room)


def prices_of(rooms: Iterable[Room]) -> dict[int, str]:
    """Return what a seat costs, as it is written, for those of the rooms that sell any; one query, or none."""
    priced = [room.pk for room in rooms if room.entry_rule == EntryRule.TICKET]
    if not priced or not settings.ROOM_PRICES:
        return {}
    return {room: price.written() for room, price in import_string(settings.ROOM_PRICES)(priced).items()}
