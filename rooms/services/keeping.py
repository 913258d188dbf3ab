"""What happens to rooms by the clock: places of the absent, hosts who do not come back, halls that stay empty.

Who is absent is derived from presence (Redis) and written down as rows, so that it outlives any process; each act looks
again under the room's lock, so that any number of processes may run this and one of them acts.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import structlog
from django.conf import settings
from django.utils import timezone

from config.lib.errors import DomainError
from config.lib.redis_clients import key, sync_client
from media.services.sessions import end_unattended
from rooms import presence
from rooms.enums import RoomState
from rooms.models import Absence, RaisedHand, Room, StageMember
from rooms.services import succession
from rooms.services.absence import give_up, mute_absent
from rooms.services.lifecycle import end_room

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

log = structlog.get_logger(__name__)

# Not to have looked for so long is no proof that somebody was away meanwhile.
GAP_SECONDS = 15
# After such a gap, or a Redis that forgot everything, people have this long to be told of.
SETTLING_SECONDS = 15
# Whoever loads a page anew is gone for a moment, and nobody need hear of that.
UNTOLD_SECONDS = 4


@dataclass
class Hall:
    """One room at one look."""

    room: Room
    # Who holds a place or has a hand up: public id by row number.
    holders: dict[int, str] = field(default_factory=dict)
    here: set[str] = field(default_factory=set)
    connected: int = 0
    away: dict[int, Absence] = field(default_factory=dict)
    # Whose microphone is open, by row number.
    heard: set[int] = field(default_factory=set)


def keep_all() -> None:
    """Do for every live room what is due. Raises RedisError: without knowing who is here nothing is done."""
    if not _knows():
        return
    halls = _look(timezone.now())
    for hall in halls:
        for act in (_keep_host, _keep_places, _keep_hall):
            _attempt(hall, act)


def end_unattended_media() -> None:
    """End the sound of those who are not here: whose web process died, and who did not come back. Raises RedisError."""
    if _knows() and (ended := end_unattended(presence.held_media())):
        log.info("unattended_media_ended", number=ended)


def _attempt(hall: Hall, act: Callable[[Hall, datetime], None]) -> None:
    try:
        act(hall, timezone.now())
    except DomainError as error:
        # It ended, or somebody left, while we looked at others.
        log.info("room_not_kept", room=hall.room.public_id, error=error.code)


def _knows() -> bool:
    """Say whether Redis has been looked at without a gap for long enough to believe what it does not say."""
    redis = sync_client()
    began = redis.set(key("rooms", "kept"), time.time(), ex=GAP_SECONDS, nx=True)
    if began:
        _begin_anew()
        return False
    since: Any = redis.get(key("rooms", "kept"))
    redis.expire(key("rooms", "kept"), GAP_SECONDS)
    return since is not None and time.time() - float(since) >= SETTLING_SECONDS


def _begin_anew() -> None:
    """Nobody looked for a while: whoever is away has been so since now, and what was announced is put off."""
    now = timezone.now()
    log.info("rooms_kept_anew")
    Absence.objects.update(since=now)
    Room.objects.filter(empty_since__isnull=False).update(empty_since=now)
    grace = timedelta(seconds=settings.ROOM_HOST_GRACE_SECONDS)
    for room in Room.objects.filter(state=RoomState.LIVE, closing_at__lt=now + grace):
        _attempt(Hall(room), lambda hall, at: succession.put_off(hall.room, until=at + grace))


def _look(now: datetime) -> list[Hall]:
    """Return the live rooms with who is there and who is away, which is written down."""
    rooms = Room.objects.filter(state=RoomState.LIVE, stays_open=False)
    halls = {room.pk: Hall(room) for room in rooms.select_related("host").order_by("pk")}
    for model in (StageMember, RaisedHand):
        for room_pk, user_pk, public_id in model.objects.filter(room__in=halls).values_list(
            "room", "user", "user__public_id"
        ):
            halls[room_pk].holders[user_pk] = public_id
    for room_pk, user_pk in StageMember.objects.filter(room__in=halls, muted=False).values_list("room", "user"):
        halls[room_pk].heard.add(user_pk)
    connected = presence.connected_of({hall.room.public_id: list(hall.holders.values()) for hall in halls.values()})
    for hall in halls.values():
        hall.here, hall.connected = connected[hall.room.public_id]
    _write_absences(halls, now)
    return list(halls.values())


def _write_absences(halls: dict[int, Hall], now: datetime) -> None:
    missing = {
        (hall.room.pk, user_pk)
        for hall in halls.values()
        for user_pk, public_id in hall.holders.items()
        if public_id not in hall.here
    }
    known = {(absence.room_id, absence.user_id): absence for absence in Absence.objects.select_related("user")}
    over = [absence.pk for pair, absence in known.items() if pair not in missing]
    if over:
        Absence.objects.filter(pk__in=over).delete()
    fresh = [Absence(room_id=room, user_id=user, since=now) for room, user in sorted(missing - known.keys())]
    if fresh:
        Absence.objects.bulk_create(fresh, ignore_conflicts=True)
    for pair in missing & known.keys():
        halls[pair[0]].away[pair[1]] = known[pair]


def _keep_host(hall: Hall, now: datetime) -> None:
    """See that a room has a host: wait for one who is away, then let a co-host take over, or let the room close."""
    room = hall.room
    absence = hall.away.get(room.host_id)
    if absence is None:
        announced = room.host_awaited_until or room.closing_at
        if announced and room.host.public_id in hall.here:
            succession.welcome_back(room)
        return
    back_until = absence.since + timedelta(seconds=settings.ROOM_HOST_GRACE_SECONDS)
    if now < back_until:
        if now - absence.since >= timedelta(seconds=UNTOLD_SECONDS):
            succession.announce_absence(room, until=back_until)
    elif succession.succeed(room, present=hall.here, now=now):
        return
    elif room.closing_at is None:
        succession.announce_closing(room, at=now + timedelta(seconds=settings.ROOM_CLOSING_SECONDS))
    elif room.closing_at <= now:
        end_room(room.public_id, by=None, staff=True)
        log.info("room_closed_without_host", room=room.public_id)


def _keep_places(hall: Hall, now: datetime) -> None:
    """Mute who is away; who stays away for long loses hand and place, but for the host, who is succeeded."""
    for user_pk, absence in hall.away.items():
        away = now - absence.since
        if user_pk in hall.heard and away >= timedelta(seconds=UNTOLD_SECONDS):
            mute_absent(hall.room.public_id, absence)
        if user_pk != hall.room.host_id and away >= timedelta(seconds=settings.ROOM_ABSENCE_SECONDS):
            give_up(hall.room.public_id, absence)


def _keep_hall(hall: Hall, now: datetime) -> None:
    """Close a room that nobody has been in for long."""
    room = hall.room
    if hall.connected:
        if room.empty_since is not None:
            Room.objects.filter(pk=room.pk).update(empty_since=None)
    elif room.empty_since is None:
        Room.objects.filter(pk=room.pk, empty_since=None).update(empty_since=now)
    elif now - room.empty_since >= timedelta(seconds=settings.ROOM_EMPTY_SECONDS) and room.is_live:
        end_room(room.public_id, by=None, staff=True)
        log.info("empty_room_closed", room=room.public_id)
