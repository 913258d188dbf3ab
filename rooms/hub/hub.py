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
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import structlog
from channels.layers import get_channel_layer
from redis.exceptions import RedisError

from config.lib.db import in_pool
from config.lib.public_id import new_public_id
from media.selectors import ended_sessions
from rooms import presence
from rooms.events import ALL_ROOMS, group_of
from rooms.hub.audience import ATTENDANCE_SECONDS, AudienceKeeper
from rooms.hub.lines import WATCH_SECONDS, LineWatch
from rooms.hub.room import HubRoom
from rooms.hub.seats import hear_seat
from rooms.hub.tallies import Tallies
from rooms.hub.visitors import VISITORS_SECONDS, VisitorWatch
from rooms.protocol import encode
from rooms.selectors import current_seqs
from rooms.services.blocks import finish_blocks
from rooms.services.removal import finish_removals

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from media.relay.messages import Voices
    from rooms.hub.room import Socket

log = structlog.get_logger(__name__)

TICK_SECONDS = 0.25
HOLD_SECONDS = 4.0
# The longest that a lost last event can stay unnoticed.
SEQ_CHECK_SECONDS = 4.0
# A room without sockets is remembered this long: people who come back find it warm.
LINGER_SECONDS = 10.0
# How long a join waits for a Redis that hangs.
FOLLOW_SECONDS = 2.0
RECONNECT_SPREAD_MS = 4000
_by_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, RoomHub] = WeakKeyDictionary()


def hear_voices(voices: Voices) -> None:
    """Take in what a relay says of who is heard; what settings.VOICES_HANDLER names."""
    hub().hear_voices(voices)


def hub() -> RoomHub:
    """Return the running loop's hub."""
    loop = asyncio.get_running_loop()
    found = _by_loop.get(loop)
    if found is None:
        found = _by_loop[loop] = RoomHub()
    return found


@dataclass(frozen=True)
class Totals:
    """How much this process has to do."""

    rooms: int
    sockets: int
    people: int
    guests: int


def totals() -> Totals:
    """Return it from any thread."""
    rooms = [room for one in list(_by_loop.values()) for room in list(one.rooms.values())]
    return Totals(
        rooms=len(rooms),
        sockets=sum(len(room.sockets) for room in rooms),
        people=sum(len(room.people) for room in rooms),
        guests=sum(room.guests for room in rooms),
    )


class RoomHub:
    """The rooms of this process; `join` and `leave` are all that a socket needs."""

    def __init__(self) -> None:
        self.process = f"web-{os.getpid()}-{new_public_id()}"
        self.rooms: dict[str, HubRoom] = {}
        # Whether this process has told everybody to come back elsewhere.
        self.is_draining = False
        self._channel: str | None = None
        self._tasks: list[asyncio.Task[None]] = []
        # Serialises following and forgetting, so that forgetting an old room cannot undo following its successor.
        self._following = asyncio.Lock()
        self._audiences = AudienceKeeper(self.process)
        self._lines = LineWatch()
        self._visitors = VisitorWatch()
        self.tallies = Tallies(self.process)

    def start(self) -> None:
        """Begin to work, if that has not been done: also without a room, dead processes have to be noticed."""
        if not self._tasks:
            self._tasks = [
                asyncio.create_task(_repeat(self._receive)),
                asyncio.create_task(_repeat(self._keep_audiences, TICK_SECONDS)),
                # Apart from the audiences: pulses must come also while the database is slow.
                asyncio.create_task(_repeat(self._repair, SEQ_CHECK_SECONDS)),
                asyncio.create_task(_repeat(self._watch_lines, WATCH_SECONDS)),
                asyncio.create_task(_repeat(self._hold_media, HOLD_SECONDS)),
                asyncio.create_task(_repeat(self._look_at_visitors, VISITORS_SECONDS)),
                asyncio.create_task(_repeat(self._write_down, ATTENDANCE_SECONDS)),
            ]

    async def join(self, socket: Socket, room_id: str) -> HubRoom:
        """Add a socket to a room and return the room, loaded. Raises NotFoundError."""
        self.start()
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
        self.is_draining = True
        for room in list(self.rooms.values()):
            for socket in list(room.sockets):
                after = random.randint(0, RECONNECT_SPREAD_MS)  # noqa: S311 (spreads load; nobody gains by guessing it)
                try:
                    await socket.write(encode({"type": "reconnect", "after_ms": after}))
                except Exception:
                    log.exception("socket_broken", room=room.id)
        await self._audiences.retire()
        await self.tallies.write()

    async def close(self) -> None:
        """Stop following everything."""
        # More than once: redis-py uses asyncio.wait_for, which may swallow a cancellation on Python 3.11.
        while running := {task for task in self._tasks if not task.done()}:
            for task in running:
                task.cancel()
            await asyncio.wait(running, timeout=TICK_SECONDS)
        self._tasks = []
        # Whoever stops receiving has given its channel back.
        self._channel = None
        for room in self.rooms.values():
            room.close()
        self.rooms.clear()

    async def _follow(self, room: HubRoom) -> bool:
        """Subscribe to the room. Without Redis it stays unfollowed: the next check tries again, and repairs."""
        layer: Any = get_channel_layer()
        async with self._following:
            try:
                async with asyncio.timeout(FOLLOW_SECONDS):
                    if self._channel is None:
                        self._channel = await layer.new_channel("hub.")
                        await layer.group_add(ALL_ROOMS, self._channel)
                    await layer.group_add(group_of(room.id), self._channel)
            except (RedisError, OSError) as error:
                log.warning("room_unfollowed", room=room.id, error=type(error).__name__)
                return False
            room.followed = True
            return True

    async def _forget(self, room: HubRoom) -> None:
        layer: Any = get_channel_layer()
        await self._audiences.abandon(room)
        async with self._following:
            if room.sockets or self.rooms.get(room.id) is not room:
                return
            del self.rooms[room.id]
            room.close()
            if room.followed:
                try:
                    async with asyncio.timeout(FOLLOW_SECONDS):
                        await layer.group_discard(group_of(room.id), self._channel)
                except (RedisError, OSError) as error:
                    # What still comes for the room is for nobody.
                    log.warning("room_not_unfollowed", room=room.id, error=type(error).__name__)

    async def _receive(self) -> None:
        """Hand what is published next to the room that it is for."""
        if self._channel is None:
            await asyncio.sleep(TICK_SECONDS)
            return
        layer: Any = get_channel_layer()
        message = await layer.receive(self._channel)
        if message["type"] == "rooms.session_ended":
            await self._visitors.hear(self.rooms, message["session"], message["person"])
        room = self.rooms.get(message.get("room", ""))
        if room is not None:
            await self._hand_on(room, message)

    async def _hand_on(self, room: HubRoom, message: dict[str, Any]) -> None:
        if message["type"] == "room.events":
            room.take(message["events"])
        elif message["type"] == "room.audience":
            room.audience_stale = True
        elif message["type"] == "room.reactions":
            room.reactions.hear(message["counts"])
        elif message["type"] == "room.shut_out":
            await room.shut_out(message["people"])
        elif message["type"] in {"room.seat_claimed", "room.seat_answered"}:
            await hear_seat(room, message)
        elif message["type"] == "room.removed":
            await room.send_out({message["person"]: message["removal"]})
        elif message["type"] == "room.blocks":
            await room.tell_blocks(message["people"])
        elif message["type"] == "room.media_gone":
            await room.end_media((media_session, reason) for media_session, reason in message["ended"])

    def hear_voices(self, voices: Voices) -> None:
        """Hand a relay's word to the rooms that somebody here is in."""
        for room_id, levels in voices.rooms.items():
            room = self.rooms.get(room_id)
            if room is not None and room.sockets:
                room.talking.hear(voices.incarnation, levels)

    async def _keep_audiences(self) -> None:
        """Bring the audiences up to date, and forget the rooms that nobody came back to."""
        await self._audiences.tick(self.rooms)
        for room in list(self.rooms.values()):
            # What Redis was not told yet would never be taken out of it, as long as this process lives.
            if not room.sockets and not room.untold and time.monotonic() - room.emptied_at >= LINGER_SECONDS:
                await self._forget(room)

    async def _watch_lines(self) -> None:
        """Notice who has fallen silent, and whose line is dead."""
        await self._lines.look(self.rooms)

    async def _look_at_visitors(self) -> None:
        """Close the sockets of sessions and accounts whose end nobody told us of."""
        await self._visitors.look(self.rooms)

    async def _write_down(self) -> None:
        """Write down what is kept of an audience: who was there, and what they felt."""
        await self._audiences.write_attendance()
        await self.tallies.write()

    async def _hold_media(self) -> None:
        """Answer for the media sessions of our sockets: one that nobody answers for is ended (rooms.services.sound)."""
        if held := [media_session for room in self.rooms.values() for media_session in room.media.sessions]:
            await presence.hold_media(held)

    async def _repair(self) -> None:
        """Follow what could not be followed, and compare numbers: have we missed an event?"""
        for room in list(self.rooms.values()):
            if not room.followed and room.state is not None and not await self._follow(room):
                break
        if not self.rooms:
            return
        for room_id, seq in (await in_pool(current_seqs)(list(self.rooms))).items():
            if (behind := self.rooms.get(room_id)) is not None:
                behind.hear_of(seq)
        await self._repair_media()
        await self._repair_blocks()
        await self._repair_removals()

    async def _repair_media(self) -> None:
        """Tell sockets of sessions that ended without our hearing of it."""
        held = [media_session for room in self.rooms.values() for media_session in room.media.sessions]
        if not held:
            return
        for room_id, ended in (await in_pool(ended_sessions)(held)).items():
            if (room := self.rooms.get(room_id)) is not None:
                await room.end_media(ended)

    async def _repair_blocks(self) -> None:
        """Finish what a process that died, or a lost message, left of a block."""
        for room_id, people in (await in_pool(finish_blocks)(list(self.rooms))).items():
            if (room := self.rooms.get(room_id)) is not None:
                await room.shut_out(people)

    async def _repair_removals(self) -> None:
        """Finish what a process that died, or a lost message, left of a ban or of sending somebody out."""
        for room_id, outside in (await in_pool(finish_removals)(list(self.rooms))).items():
            if (room := self.rooms.get(room_id)) is not None:
                await room.ban(outside.banned)
                await room.send_out(outside.removed)


async def _repeat(step: Callable[[], Awaitable[None]], seconds: float = 0.0) -> None:
    """Take the step for ever, with a pause before each; whatever goes wrong, the next one tries again.

    Without this the process's sockets would be dead, and nobody would know.
    """
    while True:
        if seconds:
            await asyncio.sleep(seconds)
        try:
            await step()
        except Exception:
            log.exception("hub_step_failed", step=step.__name__)
            await asyncio.sleep(TICK_SECONDS)
