"""What the API reads: the pages' own selectors, narrowed by what a partner asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rooms.selectors import visible_rooms

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
    from django.db.models import QuerySet

    from accounts.models import User
    from rooms.models import Room


def spaces_for(user: User | AnonymousUser, *, state: str | None = None, host: str | None = None) -> QuerySet[Room]:
    """Return the rooms that this person may know of, in one state or of one host if so asked."""
    rooms = visible_rooms(user)
    if state is not None:
        rooms = rooms.filter(state=state)
    if host is not None:
        rooms = rooms.filter(host__handle__iexact=host)
    return rooms
