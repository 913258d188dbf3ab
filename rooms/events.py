"""The one way in which a room changes: under its row's lock, with numbered events in the same transaction."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.selectors.blocking import is_blocked_between
from config.lib.errors import ForbiddenError, LoginRequiredError, NotFoundError
from config.lib.public_id import is_public_id
from config.lib.publish import publish
from rooms.entering import is_banned
from rooms.entry_rules import Decision
from rooms.enums import EntryRule, Role, RoomState
from rooms.errors import EntryRefusedError, RoomEndedError, RoomNotLiveError
from rooms.models import Room, RoomEvent, StageMember
from rooms.permissions import may, may_act_on
from rooms.protocol import RoomChanged
from rooms.selectors import event_frame, room_fields

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rooms.enums import Action
    from rooms.protocol import Event


# The group of what concerns whoever is in any room.
ALL_ROOMS = "rooms"


class RoomChange:
    """A change that is being made to a room whose row is locked; get one from `change_room`."""

    def __init__(self, room: Room, by: User | None, person: User | None = None) -> None:
        self.room = room
        self.by = by
        self._person = person
        self.recorded: list[RoomEvent] = []

    @property
    def person(self) -> User:
        """Return whom the change shows. Raises LoginRequiredError if that would be a guest."""
        if self._person is None:
            raise LoginRequiredError
        return self._person

    def member(self, user: User) -> StageMember | None:
        """Return the person's place on the stage, or None for a listener."""
        return StageMember.objects.filter(room=self.room, user=user).first()

    def role_of(self, user: User) -> Role:
        member = self.member(user)
        return Role(member.role) if member else Role.LISTENER

    def require(self, action: Action, *, on: User | None = None) -> None:
        """Stop unless whoever makes the change may do `action`, and may do it to `on`.

        Raises LoginRequiredError for a guest, NotFoundError if the room is hidden from them, else ForbiddenError.
        """
        if self.by is None:
            raise LoginRequiredError
        self.check_welcome(self.by)
        role = self.role_of(self.by)
        if not may(role, action) or (on is not None and not may_act_on(role, self.role_of(on))):
            raise ForbiddenError

    def check_welcome(self, person: User) -> None:
        """Stop if the room is hidden from the person: then it does not exist for them. Raises NotFoundError.

        Raises EntryRefusedError for somebody who is banned. Its rule of entry is not asked: whoever is inside may stay.
        """
        if person.pk == self.room.host_id:
            return
        if is_blocked_between(person, self.room.host_id):
            raise NotFoundError
        if is_banned(self.room, person):
            raise EntryRefusedError(Decision(EntryRule(self.room.entry_rule), allowed=False, banned=True))

    def record(self, event: Event) -> None:
        """Write the event under the room's next number."""
        body: dict[str, Any] = msgspec.to_builtins(event)
        kind = body.pop("type")
        self.room.seq += 1
        self.recorded.append(
            RoomEvent(room=self.room, seq=self.room.seq, type=kind, body=body, created_at=timezone.now())
        )

    def record_room(self) -> None:
        """Tell what the room itself is now, after one of its fields has changed."""
        self.record(RoomChanged(room=room_fields(self.room)))

    def write(self) -> None:
        """Store what was recorded and let it out after commit."""
        if not self.recorded:
            return
        self.room.save(update_fields=["seq"])
        RoomEvent.objects.bulk_create(self.recorded)
        frames = [event_frame(event) for event in self.recorded]
        message = {"type": "room.events", "room": self.room.public_id, "events": frames}
        transaction.on_commit(lambda: publish(group_of(self.room.public_id), message))


def lock_person(public_id: str) -> User:
    """Return the person as they are now and keep them so until the transaction ends; raises NotFoundError."""
    rows = User.objects.select_for_update(no_key=True).filter(public_id=public_id, is_active=True)
    person = rows.first() if is_public_id(public_id) else None
    if person is None:
        raise NotFoundError
    return person


def group_of(room_id: str) -> str:
    """Return the name under which web processes hear of this room."""
    return f"room.{room_id}"


def check_live(room: Room, *, lobby: bool = False) -> None:
    """Stop unless the room is live or, with `lobby`, at least open. Raises RoomNotLiveError, RoomEndedError."""
    if room.is_over:
        raise RoomEndedError
    if not room.is_live and not (lobby and room.state == RoomState.OPEN):
        raise RoomNotLiveError


@contextmanager
def change_room(
    room_id: str, *, by: User | None, showing: str | None = None, live: bool = True, lobby: bool = False
) -> Iterator[RoomChange]:
    """Lock the room, yield its change, store the events.

    `showing` is the id of a person whom the change may show: `change.person` is then read as they are now, and nobody
    renames them meanwhile.

    Raises NotFoundError for an unknown room and, unless `live` is False, RoomEndedError for one that is over and
    RoomNotLiveError for one that has not begun; with `lobby`, its lobby is enough.
    """
    with transaction.atomic():
        # A person before a room: whoever changes their name locks in this order too.
        person = lock_person(showing) if showing is not None else None
        room = (
            Room.objects.select_for_update(no_key=True).filter(public_id=room_id).first()
            if is_public_id(room_id)
            else None
        )
        if room is None:
            raise NotFoundError
        if live:
            check_live(room, lobby=lobby)
        change = RoomChange(room, by, person)
        yield change
        change.write()
