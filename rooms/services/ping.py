"""Asking people whom one follows into the room that one is in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from accounts.selectors.blocking import is_blocked_between
from accounts.selectors.following import is_following
from config.lib.errors import ForbiddenError, LoginRequiredError, NotFoundError
from config.lib.quotas import spend
from rooms.entering import decisions_for
from rooms.enums import Action, EntryRule
from rooms.errors import CannotEnterError, TooManyPingsError
from rooms.events import RoomChange, change_room
from rooms.permissions import may
from rooms.selectors import room_to_enter
from rooms.services.entry import admit
from rooms.services.stage import person_by_id
from rooms.services.telling import pinged

if TYPE_CHECKING:
    from accounts.models import User

HOUR = 3600


def ping(room_id: str, *, by: User | None, person_id: str) -> None:
    """Ask somebody whom one follows in, with a notification: once for each person and room, whoever asks.

    Where the rule would not let them in, hosts and co-hosts let them in by name; anybody else cannot ask them. Never
    call it inside a transaction. Raises CannotEnterError, TooManyPingsError.
    """
    if by is None:
        raise LoginRequiredError
    person = person_by_id(person_id)
    room_to_enter(by, room_id)
    if not is_following(by, person):
        raise ForbiddenError
    if not person.is_active or is_blocked_between(by, person):
        raise NotFoundError
    # It asks Redis, hence before the lock.
    if not spend("ping", by.pk, most=settings.ROOM_PINGS_PER_HOUR, seconds=HOUR):
        raise TooManyPingsError
    with change_room(room_id, by=by) as change:
        change.require(Action.PING)
        _open_the_door(change, person, by)
        pinged(change.room, person, by)


def _open_the_door(change: RoomChange, person: User, by: User) -> None:
    """Make sure that they could enter. A block with the host looks the same as any other reason why not."""
    room = change.room
    decision = decisions_for(room, [person])[person.pk]
    if decision.banned or (person.pk != room.host_id and is_blocked_between(person, room.host_id)):
        raise CannotEnterError
    if decision.allowed:
        return
    if room.entry_rule == EntryRule.TICKET or not may(change.role_of(by), Action.ADMIT):
        raise CannotEnterError
    admit(room, person, granted_by=by)
