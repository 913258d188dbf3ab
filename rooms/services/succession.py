"""Who the host is: the one change that makes somebody else it, and what happens when the host does not come back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from django.conf import settings
from django.utils import timezone

from accounts.enums import Feature
from accounts.selectors.restrictions import is_closed
from rooms.enums import StageRole
from rooms.errors import NotOnStageError
from rooms.events import RoomChange, change_room
from rooms.models import Absence, StageMember
from rooms.protocol import HostChanged
from rooms.services.blocks import shut_out_unwelcome
from rooms.services.leaders import note_role

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from accounts.models import User
    from rooms.models import Room

log = structlog.get_logger(__name__)


def make_host(change: RoomChange, person: User) -> None:
    """Let somebody on the stage be the host; the one before becomes a co-host, or a speaker if there are enough.

    After the commit the caller calls `rooms.services.blocks.shut_out_unwelcome`: whom the new host has blocked may no
    longer be here. Raises NotOnStageError. Whoever is the host already stays it.
    """
    room = change.room
    if room.host_id == person.pk:
        return
    successor = change.member(person)
    if successor is None:
        raise NotOnStageError
    former = StageMember.objects.filter(room=room, role=StageRole.HOST).first()
    cohosts = StageMember.objects.filter(room=room, role=StageRole.COHOST).exclude(pk=successor.pk).count()
    role = StageRole.COHOST if cohosts < settings.ROOM_COHOST_LIMIT else StageRole.SPEAKER
    if former is not None:
        # First, as a room has one host at any moment.
        former.role = role
        former.save(update_fields=["role"])
    successor.role = StageRole.HOST
    successor.save(update_fields=["role"])
    note_role(successor)
    room.host, room.offered_to, room.host_since = person, None, timezone.now()
    room.host_awaited_until = room.closing_at = None
    room.save(update_fields=["host", "offered_to", "host_since", "host_awaited_until", "closing_at"])
    change.record(HostChanged(id=person.public_id, former=role))
    change.record_room()


def await_host(change: RoomChange, *, until: datetime | None, closing_at: datetime | None) -> None:
    """Tell until when the room waits for its host, and when it closes without one; nothing if it is told already."""
    room = change.room
    if (room.host_awaited_until, room.closing_at) == (until, closing_at):
        return
    room.host_awaited_until, room.closing_at = until, closing_at
    room.save(update_fields=["host_awaited_until", "closing_at"])
    change.record_room()


def succeed(room: Room, *, present: Collection[str], now: datetime) -> bool:
    """Let the longest-standing co-host who is here take over from an absent host; return whether somebody did.

    Any number of processes may try: whoever holds the room's lock looks again whether its host is still that one, and
    still away. The former host's absence begins anew, so that their seat waits as anybody's does.
    """
    with change_room(room.public_id, by=None) as change:
        if not _is_missing(change, room.host_id):
            return False
        cohosts = StageMember.objects.filter(room=change.room, role=StageRole.COHOST, user__is_active=True)
        here = [member.user for member in cohosts.select_related("user").order_by("joined_at", "pk")]
        may_host = (user for user in here if not is_closed(user, Feature.HOST))
        heir = next((user for user in may_host if user.public_id in present), None)
        if heir is None:
            return False
        make_host(change, heir)
        Absence.objects.filter(room=change.room, user=room.host_id).update(since=now)
    log.info("host_succeeded", room=room.public_id, person=heir.public_id)
    shut_out_unwelcome(room.public_id)
    return True


def announce_closing(room: Room, *, at: datetime) -> None:
    """Tell a room whose host has not come back, and that nobody can take over, when it closes."""
    with change_room(room.public_id, by=None) as change:
        if _is_missing(change, room.host_id) and change.room.closing_at is None:
            await_host(change, until=change.room.host_awaited_until, closing_at=at)


def announce_absence(room: Room, *, until: datetime) -> None:
    """Tell a room that its host is away, and until when it waits."""
    with change_room(room.public_id, by=None) as change:
        if _is_missing(change, room.host_id):
            await_host(change, until=until, closing_at=change.room.closing_at)


def put_off(room: Room, *, until: datetime) -> None:
    """Let a room that is about to close wait until then: its host may have had no way to come back."""
    with change_room(room.public_id, by=None) as change:
        if change.room.closing_at is not None and change.room.closing_at < until:
            await_host(change, until=change.room.host_awaited_until, closing_at=until)


def welcome_back(room: Room) -> None:
    """Tell a room that its host is there again: it stays open."""
    with change_room(room.public_id, by=None) as change:
        if not _is_missing(change, change.room.host_id):
            await_host(change, until=None, closing_at=None)


def _is_missing(change: RoomChange, host_pk: int) -> bool:
    """Say whether this person is the host and is away, now that the room's row is locked."""
    is_host = change.room.host_id == host_pk
    return is_host and Absence.objects.filter(room=change.room, user=host_pk).exists()
