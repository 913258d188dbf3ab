"""Which socket of a room holds which media session, so that it can be told when one has ended."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rooms.hub.room import Socket

# A session may end while its socket is still being told that it began. So many ends are remembered.
ENDS_REMEMBERED = 1000


class MediaHolders:
    """The media sessions of one room's sockets in this process."""

    def __init__(self) -> None:
        self._holders: dict[str, Socket] = {}
        # Socket -> its sessions, each with whether it listens.
        self._held: dict[Socket, dict[str, bool]] = {}
        self._ended: OrderedDict[str, str] = OrderedDict()

    @property
    def sessions(self) -> list[str]:
        return list(self._holders)

    def listens(self, socket: Socket) -> bool:
        """Say whether the socket has a session that brings sound."""
        return any(self._held.get(socket, {}).values())

    def hold(self, socket: Socket, media_session: str, *, listens: bool) -> str | None:
        """Note whose a session is. Return the reason if it has ended already: then nobody holds it."""
        if media_session in self._ended:
            return self._ended[media_session]
        self._holders[media_session] = socket
        self._held.setdefault(socket, {})[media_session] = listens
        return None

    def end(self, media_session: str, reason: str) -> Socket | None:
        """Note that a session has ended and return its socket, if that is one of ours."""
        self._ended[media_session] = reason
        if len(self._ended) > ENDS_REMEMBERED:
            self._ended.popitem(last=False)
        socket = self._holders.pop(media_session, None)
        if socket is not None:
            del self._held[socket][media_session]
        return socket

    def forget(self, socket: Socket) -> None:
        """Take a socket out that is gone."""
        for media_session in self._held.pop(socket, {}):
            del self._holders[media_session]
