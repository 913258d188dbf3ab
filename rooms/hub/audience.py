"""Keeps the audiences of one web process's rooms: tells Redis who is here, and the sockets who is everywhere."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import redis
import structlog
from django.db import DatabaseError
from django.utils import timezone

from config.lib.db import in_pool
from config.lib.publish import publish_async
from rooms import presence
from rooms.events import group_of
from rooms.services.attendance import note_attendance

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rooms.hub.room import HubRoom

log = structlog.get_logger(__name__)

KEEP_SECONDS = 4.0
PULSE_SECONDS = 4.5
SWEEP_SECONDS = 4.0
ATTENDANCE_SECONDS = 5.0
# Pulses may take a twelfth of a core: with very many sockets they come less often than four times a second.
SECONDS_PER_SOCKET = 0.0006
FASTEST_PULSE_SECONDS = 0.25


class AudienceKeeper:
    """Called by the hub's tick; no step waits for another room's."""

    def __init__(self, process: str) -> None:
        self._presence = presence.Presence(process)
        self._swept_at = float("-inf")
        self._retired = False
        # Who was here since attendance was last written, per room.
        self._seen: dict[str, set[str]] = {}

    async def tick(self, rooms: Mapping[str, HubRoom]) -> None:
        """Bring Redis and every room's sockets up to date, as far as something is due."""
        try:
            await self._sweep()
            for room in list(rooms.values()):
                await self._exchange(room)
        except (redis.ConnectionError, redis.TimeoutError) as error:
            # Nobody else is asked now: were Redis hanging, each room would wait for it in turn.
            log.warning("presence_unreachable", error=type(error).__name__)
        for room in list(rooms.values()):
            await self._pulse(room)

    async def _exchange(self, room: HubRoom) -> None:
        try:
            await self._share(room)
            await self._refresh(room)
        except redis.ResponseError as error:
            # Redis answers; what it has against this room is not the others' concern.
            log.warning("presence_refused", room=room.id, error=str(error))

    async def abandon(self, room: HubRoom) -> None:
        """Say that nobody of this process is in the room any more."""
        try:
            await self._presence.abandon(room.id)
        except redis.RedisError as error:
            log.warning("presence_unreachable", room=room.id, error=type(error).__name__)

    async def retire(self) -> None:
        """Give the lease back, so that the people of this process expire at once."""
        # Nothing may renew it from here on.
        self._retired = True
        try:
            await self._presence.retire()
        except redis.RedisError as error:
            log.warning("presence_unreachable", error=type(error).__name__)
        await self.write_attendance()

    async def _sweep(self) -> None:
        if time.monotonic() - self._swept_at < SWEEP_SECONDS:
            return
        self._swept_at = time.monotonic()
        for room_id in await self._presence.sweep():
            await self._announce(room_id)

    async def _share(self, room: HubRoom) -> None:
        """Write who came and who left at once and, in time, everybody anew with the lease."""
        due = time.monotonic() - room.kept_at >= KEEP_SECONDS
        changed = room.untold
        if self._retired or not (due or changed):
            return
        arrived, room.arrived = room.arrived, {}
        departed, room.departed = room.departed, set()
        room.guests_changed = False
        try:
            await self._presence.leave(room.id, departed)
            here = {person_id: card for person_id, (_, card) in room.people.items()} if due else arrived
            await self._presence.keep(room.id, here, room.guests)
        except redis.RedisError:
            # Nothing is lost: everybody is written anew as soon as Redis answers.
            room.departed |= departed - room.people.keys()
            room.guests_changed = True
            room.kept_at = float("-inf")
            raise
        if (arrived or departed) and not room.is_coming:
            self._seen.setdefault(room.id, set()).update(arrived, departed)
        if due:
            room.kept_at = time.monotonic()
        if changed:
            # Ours need not wait until what we say to all comes back to us.
            room.audience_stale = True
            await self._announce(room.id)

    async def _announce(self, room_id: str) -> None:
        """Let every process with sockets in the room look at its audience again."""
        await publish_async(group_of(room_id), {"type": "room.audience", "room": room_id})

    async def _refresh(self, room: HubRoom) -> None:
        old = time.monotonic() - room.pulsed_at
        if old < self._shortest(room) or not (room.audience_stale or old >= PULSE_SECONDS):
            return
        room.audience_stale = False
        seen = await presence.audience_of(room.id, room.stage_ids, room.queue_ids)
        room.claim_again(seen["away"])
        if seen != room.audience:
            room.audience = seen
            room.pulsed_at = float("-inf")

    async def _pulse(self, room: HubRoom) -> None:
        if room.state is None or time.monotonic() - room.pulsed_at < PULSE_SECONDS:
            return
        room.pulsed_at = time.monotonic()
        await room.write_to_all(room.next_pulse())

    @staticmethod
    def _shortest(room: HubRoom) -> float:
        return max(FASTEST_PULSE_SECONDS, len(room.sockets) * SECONDS_PER_SOCKET)

    async def write_attendance(self) -> None:
        """Write down who was here since the last time."""
        if not self._seen:
            return
        seen, self._seen = self._seen, {}
        try:
            await in_pool(note_attendance)(seen, timezone.now())
        except DatabaseError as error:
            log.warning("attendance_unwritten", error=type(error).__name__)
            for room_id, people in seen.items():
                self._seen.setdefault(room_id, set()).update(people)
