"""Who talks in one room, as those are told who do not hear it: seldom enough for the largest rooms, and never late."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from rooms.protocol import encode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from config.lib.daphne_sockets import Frame

# A relay says ten times a second who is heard; one that says nothing for so long is not to be believed any more.
STALE_SECONDS = 0.5
# At most so many frames a second to one socket, and to all of a room's together.
FRAMES_PER_SECOND = 4
ROOM_FRAMES_PER_SECOND = 2000
# A level that has moved by less (in dB) looks the same.
MOVED = 3


class Room(Protocol):
    """What is needed of the room."""

    def without_sound(self) -> Sequence[object]:
        """Return the sockets that have to be told."""
        ...

    async def write_volatile(self, frame: Frame) -> None: ...


class Talking:
    """Who talks, by what the relays say, and the task that tells it while somebody does."""

    def __init__(self, room: Room) -> None:
        self._room = room
        # What each relay last said, and when.
        self._heard: dict[str, tuple[Mapping[str, int], float]] = {}
        self._told: dict[str, int] = {}
        self._told_at = float("-inf")
        self._telling: asyncio.Task[None] | None = None

    def hear(self, relay: str, levels: Mapping[str, int]) -> None:
        """Take in a relay's word: person -> level in -dBov."""
        self._heard[relay] = (levels, asyncio.get_running_loop().time())
        if self._telling is None or self._telling.done():
            self._telling = asyncio.create_task(self._tell())

    def frame(self) -> Frame | None:
        """Return what a newcomer must know, or None if nobody talks."""
        return encode({"type": "talking", "levels": self._told}) if self._told else None

    def close(self) -> None:
        if self._telling is not None:
            self._telling.cancel()

    async def _tell(self) -> None:
        """Tell what changes until nobody talks any more."""
        loop = asyncio.get_running_loop()
        while self._heard or self._told:
            await asyncio.sleep(max(0.0, self._told_at + self._pause() - loop.time()))
            levels = self._levels(loop.time())
            # Whether or not there was news: the next look is a pause away.
            self._told_at = loop.time()
            if _differ(levels, self._told):
                self._told = levels
                await self._room.write_volatile(encode({"type": "talking", "levels": levels}))

    def _pause(self) -> float:
        return max(1 / FRAMES_PER_SECOND, len(self._room.without_sound()) / ROOM_FRAMES_PER_SECOND)

    def _levels(self, now: float) -> dict[str, int]:
        """Return everybody's level by what is not stale; the louder of two relays' words counts."""
        self._heard = {
            relay: (said, at) for relay, (said, at) in self._heard.items() if said and now - at < STALE_SECONDS
        }
        levels: dict[str, int] = {}
        for said, _at in self._heard.values():
            for person, level in said.items():
                levels[person] = min(level, levels.get(person, level))
        return levels


def _differ(now: Mapping[str, int], before: Mapping[str, int]) -> bool:
    return now.keys() != before.keys() or any(abs(now[person] - before[person]) >= MOVED for person in now)
