"""One per web process: follows the rooms that this process has sockets in and writes to all of them.

It joins the channel layer once per room, keeps the room's numbered state by the same rules as a browser, encodes each
frame once and writes it to every socket. What Pub/Sub loses, the database repairs: a gap at once, a lost last event
with the next check.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import structlog
from channels.layers import get_channel_layer
from redis.exceptions import RedisError

from config.lib.db import in_pool
from config.lib.public_id import new_public_id
from rooms.events import group_of
from rooms.hub.audience import AudienceKeeper
from rooms.hub.room import HubRoom
from rooms.protocol import encode
from rooms.selectors import current_seqs

if TYPE_CHECKING:
    from rooms.hub.room import Socket

log = structlog.get_logger(__name__)

TICK_SECONDS = 0.25
# The longest that a lost last event can stay unnoticed.
SEQ_CHECK_SECONDS = 4.0
# A room without sockets is remembered this long: people who come back find it warm.
LINGER_SECONDS = 10.0
RECONNECT_SPREAD_MS = 4000
_by_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, RoomHub] = WeakKeyDictionary()


def hub() -> RoomHub:
    """Return the running loop's hub."""
    loop = asyncio.get_running_loop()
    found = _by_loop.get(loop)
    if found is None:
        found = _by_loop[loop] = RoomHub()
    return found


class RoomHub:
    """The rooms of this process; `join` and `leave` are all that a socket needs."""

    def __init__(self) -> None:
        self.process = f"web-{os.getpid()}-{new_public_id()}"
        self.rooms: dict[str, HubRoom] = {}
        self._channel: str | None = None
        self._tasks: list[asyncio.Task[None]] = []
        # Serialises following and forgetting, so that forgetting an old room cannot undo following its successor.
        self._following = asyncio.Lock()
        self._audiences = AudienceKeeper(self.process)
        self._seqs_checked = float("-inf")

    async def join(self, socket: Socket, room_id: str) -> HubRoom:
        """Add a socket to a room and return the room, loaded. Raises NotFoundError."""
        if not self._tasks:
            self._tasks = [asyncio.create_task(self._receive()), asyncio.create_task(self._tick())]
        room = self.rooms.setdefault(room_id, HubRoom(room_id))
        room.sockets.add(socket)
        try:
            async with room.loading:
                if room.state is None:
                    # Subscribe before reading, so that nothing falls between.
                    await self._follow(room)
                    await room.load()
        except BaseException:
            room.remove(socket)
            raise
        return room

    def leave(self, socket: Socket, room: HubRoom) -> None:
        """Take a socket out of its room."""
        room.remove(socket)

    async def drain(self) -> None:
        """Tell every socket to come back in a moment, to another process or to this one's successor."""
        for room in list(self.rooms.values()):
            for socket in list(room.sockets):
                after = random.randint(0, RECONNECT_SPREAD_MS)  # noqa: S311 (spreads load; nobody gains by guessing it)
                await socket.write(encode({"type": "reconnect", "after_ms": after}))
        await self._audiences.retire()

    async def close(self) -> None:
        """Stop following everything."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        for room in self.rooms.values():
            room.close()
        self.rooms.clear()

    async def _follow(self, room: HubRoom) -> None:
        """Subscribe to the room. Without Redis it stays unfollowed: the tick tries again, and checks its number."""
        layer: Any = get_channel_layer()
        async with self._following:
            try:
                if self._channel is None:
                    self._channel = await layer.new_channel("hub.")
                await layer.group_add(group_of(room.id), self._channel)
            except (RedisError, OSError) as error:
                log.warning("room_unfollowed", room=room.id, error=type(error).__name__)
            else:
                room.followed = True

    async def _forget(self, room: HubRoom) -> None:
        layer: Any = get_channel_layer()
        await self._audiences.abandon(room)
        async with self._following:
            if room.sockets or self.rooms.get(room.id) is not room:
                return
            del self.rooms[room.id]
            room.close()
            if room.followed:
                await layer.group_discard(group_of(room.id), self._channel)

    async def _receive(self) -> None:
        """Hand what is published to the room that it is for."""
        layer: Any = get_channel_layer()
        while True:
            if self._channel is None:
                await asyncio.sleep(TICK_SECONDS)
                continue
            message = await layer.receive(self._channel)
            room = self.rooms.get(message.get("room", ""))
            if room is None:
                continue
            if message["type"] == "room.events":
                room.take(message["events"])
            elif message["type"] == "room.audience":
                room.audience_stale = True

    async def _tick(self) -> None:
        """Every quarter of a second: audiences; every few seconds: have we missed an event?"""
        while True:
            await asyncio.sleep(TICK_SECONDS)
            try:
                await self._audiences.tick(self.rooms)
                await self._check()
            except Exception:
                # Whatever it was, the next tick tries again: without ticks the process's sockets would go dead.
                log.exception("hub_tick_failed")

    async def _check(self) -> None:
        """Forget rooms that nobody is in, follow what could not be followed, and compare numbers."""
        now = time.monotonic()
        for room in list(self.rooms.values()):
            if not room.sockets and now - room.emptied_at >= LINGER_SECONDS:
                await self._forget(room)
        if now - self._seqs_checked < SEQ_CHECK_SECONDS:
            return
        self._seqs_checked = now
        for room in list(self.rooms.values()):
            if not room.followed and room.state is not None:
                await self._follow(room)
        await self._compare_seqs()

    async def _compare_seqs(self) -> None:
        if not self.rooms:
            return
        for room_id, seq in (await in_pool(current_seqs)(list(self.rooms))).items():
            if (room := self.rooms.get(room_id)) is not None:
                room.hear_of(seq)
