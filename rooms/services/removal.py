"""Sending somebody out of a room, and keeping them out. Rows are the truth: what a lost message or a dead process left
undone, `finish_removals` does.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from django.db.models import Q
from django.utils import timezone

from config.lib.errors import DomainError, ForbiddenError
from config.lib.publish import publish
from media.services.sessions import close_person_media
from rooms.enums import Action, AdmissionKind, RoomState
from rooms.events import RoomChange, change_room, group_of
from rooms.models import Admission, Ban, Removal, Room
from rooms.services.blocks import FINISH_SECONDS, still_there, take_out
from rooms.services.stage import person_by_id

if TYPE_CHECKING:
    from collections.abc import Collection

    from accounts.models import User
    from media.models import MediaSession

log = structlog.get_logger(__name__)


@dataclass
class Outside:
    """Whose sockets a room has to close: of these people all, or those that know of no removal of so high a number."""

    banned: list[str] = field(default_factory=list)
    removed: dict[str, int] = field(default_factory=dict)


def remove_person(room_id: str, *, by: User | None, person_id: str, staff: bool = False) -> None:
    """Send somebody out of the room: off the stage, out of the sound, their sockets closed. They may come back.

    `staff=True` is for edges that have checked staff permission themselves.
    """
    person = person_by_id(person_id)
    with change_room(room_id, by=by) as change:
        if staff:
            _not_the_host(change, person)
        else:
            change.require(Action.REMOVE, on=person)
        removal, ended = _send_out(change, person, by=by)
    _see_off(room_id, person, removal, ended)


def ban_person(room_id: str, *, by: User | None, person_id: str, everywhere: bool = False) -> None:
    """Send somebody out for good: of this room or, for its host, of all of the host's. One who is banned stays so."""
    person = person_by_id(person_id)
    with change_room(room_id, by=by) as change:
        change.require(Action.BAN_EVERYWHERE if everywhere else Action.BAN, on=person)
        room = change.room
        where = {"host_id": room.host_id, "room": None if everywhere else room, "user": person}
        Ban.objects.get_or_create(**where, defaults={"banned_by": by})
        removal, ended = _send_out(change, person, by=by)
    _see_off(room_id, person, removal, ended)
    if everywhere:
        _send_out_of_others(room, person, by=by)


def lift_ban(room_id: str, *, by: User | None, person_id: str) -> None:
    """Let somebody in again: a co-host takes back the room's ban, the host also that of all rooms. None is fine."""
    person = person_by_id(person_id)
    with change_room(room_id, by=by, live=False) as change:
        change.require(Action.BAN, on=person)
        which = Q(room=change.room)
        if by is not None and by.pk == change.room.host_id:
            which |= Q(room=None)
        Ban.objects.filter(which, host=change.room.host_id, user=person).delete()


def lift_bans(bans: Collection[Ban]) -> None:
    """Let these people in again; the caller has looked whose bans they are."""
    Ban.objects.filter(pk__in=[ban.pk for ban in bans]).delete()


def _not_the_host(change: RoomChange, person: User) -> None:
    # Whose room it is cannot be sent out of it: staff end the room instead.
    if person.pk == change.room.host_id:
        raise ForbiddenError


def _send_out(change: RoomChange, person: User, *, by: User | None) -> tuple[Removal, list[MediaSession]]:
    """Take somebody out, inside the caller's change. That they were there when the rule changed counts no more."""
    ended = take_out(change, person)
    was_there = Admission.objects.filter(room=change.room, user=person, kind=AdmissionKind.PRESENT, revoked_at=None)
    was_there.update(revoked_at=timezone.now())
    return Removal.objects.create(room=change.room, user=person, removed_by=by), ended


def _see_off(room_id: str, person: User, removal: Removal, ended: list[MediaSession]) -> None:
    """Do what may only happen after the commit. Nothing here raises for a Redis or relay that is silent."""
    message = {"type": "room.removed", "room": room_id, "person": person.public_id, "removal": removal.pk}
    publish(group_of(room_id), message)
    close_person_media(room_id, user=person, ended=ended)


def _send_out_of_others(room: Room, person: User, *, by: User | None) -> None:
    others = Room.objects.filter(host=room.host_id, state=RoomState.LIVE).exclude(pk=room.pk).order_by("pk")
    for other in others:
        _finish(other, person, by=by, anyway=True)


def finish_removals(room_ids: Collection[str]) -> dict[str, Outside]:
    """Do for these rooms what recent bans and removals still leave to do; return by room whose sockets to close."""
    since = timezone.now() - timedelta(seconds=FINISH_SECONDS)
    out: defaultdict[str, Outside] = defaultdict(Outside)
    for removal in (
        Removal.objects.filter(created_at__gte=since, room__public_id__in=room_ids)
        .order_by("pk")
        .values("pk", "room__public_id", "user__public_id")
    ):
        out[removal["room__public_id"]].removed[removal["user__public_id"]] = removal["pk"]
    for ban in Ban.objects.filter(created_at__gte=since).select_related("user").order_by("pk"):
        where = {"pk": ban.room_id} if ban.room_id else {"host": ban.host_id}
        for room in Room.objects.filter(public_id__in=room_ids, state=RoomState.LIVE, **where):
            out[room.public_id].banned.append(ban.user.public_id)
            _finish(room, ban.user)
    return dict(out)


def _finish(room: Room, person: User, *, by: User | None = None, anyway: bool = False) -> None:
    if not anyway and not still_there(room, person):
        return
    try:
        with change_room(room.public_id, by=None, live=False) as change:
            removal, ended = _send_out(change, person, by=by)
    except DomainError as error:
        log.warning("ban_not_finished", room=room.public_id, error=error.code)
        return
    _see_off(room.public_id, person, removal, ended)
