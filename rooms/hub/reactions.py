"""Reactions in one room: counted, never kept, told seldom enough for a burst from the largest rooms.

Each web process counts what its own sockets send and tells the others, itself among them, four times a second at most;
each adds up what it hears and tells its sockets as seldom. Nothing is numbered, and a lost one is not sent again.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Protocol

from config.lib.publish import publish_async
from rooms.events import group_of
from rooms.protocol import encode

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping

    from config.lib.daphne_sockets import Frame

# At most so many words a second to other processes, and frames to one socket; and frames to all of a room's together.
FRAMES_PER_SECOND = 4
ROOM_FRAMES_PER_SECOND = 2000


class Room(Protocol):
    """What is needed of the room."""

    id: str

    @property
    def sockets(self) -> Collection[object]: ...

    async def write_lightly(self, frame: Frame) -> None: ...


class Tally:
    """Adds up what comes and hands it on, at once after a pause and else in one piece for each interval."""

    def __init__(self, pause: Callable[[], float], hand_on: Callable[[dict[str, int]], Awaitable[None]]) -> None:
        self._pause = pause
        self._hand_on = hand_on
        self._counts: Counter[str] = Counter()
        self._handed_at = float("-inf")
        self._working: asyncio.Task[None] | None = None

    def add(self, counts: Mapping[str, int]) -> None:
        self._counts.update(counts)
        if self._working is None or self._working.done():
            self._working = asyncio.create_task(self._work())

    def close(self) -> None:
        if self._working is not None:
            self._working.cancel()

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        while self._counts:
            await asyncio.sleep(max(0.0, self._handed_at + self._pause() - loop.time()))
            counts, self._counts = dict(self._counts), Counter()
            self._handed_at = loop.time()
            await self._hand_on(counts)


class Reactions:
    """What the people of one room feel, on its way from their sockets to everybody's."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._given = Tally(lambda: 1 / FRAMES_PER_SECOND, self._publish)
        self._heard = Tally(self._pause, self._write)

    def give(self, name: str) -> None:
        """Take one from a socket of this process."""
        self._given.add({name: 1})

    def hear(self, counts: Mapping[str, int]) -> None:
        """Take in what a process, this one or another, has counted."""
        self._heard.add(counts)

    def close(self) -> None:
        self._given.close()
        self._heard.close()

    def _pause(self) -> float:
        return max(1 / FRAMES_PER_SECOND, len(self._room.sockets) / ROOM_FRAMES_PER_SECOND)

    async def _publish(self, counts: dict[str, int]) -> None:
        room_id = self._room.id
        await publish_async(group_of(room_id), {"type": "room.reactions", "room": room_id, "counts": counts})

    async def _write(self, counts: dict[str, int]) -> None:
        await self._room.write_lightly(encode({"type": "reactions", "counts": counts}))
