"""Which lines of one web process are silent: after some seconds somebody is away, after some more they are gone.

A browser answers WebSocket pings by itself, also for a page that is in the background; so a silent line is a dead
network, a machine that sleeps or a browser that is no more.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rooms.hub.room import HubRoom, Socket

WATCH_SECONDS = 1.0
# After a look that came so late, silence is our own: what clients sent waits unread.
LATE_SECONDS = 2.5
# How long a line may say nothing before it is asked. Those whose absence everybody sees are asked more often.
PING_SECONDS = 4.0
PING_SHOWN_SECONDS = 2.0
CLOSE_SILENT = 4410


class LineWatch:
    """Looks at all lines, about once a second."""

    def __init__(self) -> None:
        self._looked_at = time.monotonic()

    async def look(self, rooms: Mapping[str, HubRoom]) -> None:
        """Mark who is away and who is here again, close who is gone, ask who says nothing."""
        now = time.monotonic()
        late, self._looked_at = now - self._looked_at > LATE_SECONDS, now
        for room in list(rooms.values()):
            shown = room.shown_ids
            for socket in list(room.sockets):
                if late:
                    socket.forgive()
                await _look_at(room, socket, shown=socket.person is not None and socket.person["id"] in shown)


async def _look_at(room: HubRoom, socket: Socket, *, shown: bool) -> None:
    silent = socket.silent_for()
    if silent >= settings.ROOM_GONE_SECONDS:
        await room.close_socket(socket, CLOSE_SILENT)
        return
    if silent >= settings.ROOM_AWAY_SECONDS:
        room.hush(socket)
    else:
        room.hear(socket)
    socket.ping_every(PING_SHOWN_SECONDS if shown else PING_SECONDS)
