"""Whether those who hold sockets still may: a session that ended, or an account that was closed, ends them too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts.selectors.notifications import live_sessions
from config.lib.db import in_pool
from config.lib.errors import DomainError
from config.lib.handshake import session_digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from rooms.hub.room import HubRoom, Socket

# How often all are looked at, should word of an end have been lost.
VISITORS_SECONDS = 30.0
# Sockets asked about with one question.
AT_ONCE = 500
CLOSE_SESSION_ENDED = 4401


class VisitorWatch:
    """Closes the sockets of those who are no longer who they were."""

    async def hear(self, rooms: Mapping[str, HubRoom], session: str, person_id: str) -> None:
        """Act on word that this session (a digest) has ended, or that any of this person's may have."""
        if session:
            of_session = _chosen(rooms, lambda one: session_digest(one.visitor.session_key) == session)
            for room, socket in list(of_session):
                await room.close_socket(socket, CLOSE_SESSION_ENDED)
        for room, socket in list(_chosen(rooms, lambda one: _id_of(one) == person_id)):
            try:
                await in_pool(socket.visitor.user_now)()
            except DomainError:
                await room.close_socket(socket, CLOSE_SESSION_ENDED)

    async def look(self, rooms: Mapping[str, HubRoom]) -> None:
        """Look at all sockets of people with an account."""
        everybody = list(_chosen(rooms, lambda _: True))
        for start in range(0, len(everybody), AT_ONCE):
            some = everybody[start : start + AT_ONCE]
            keys = [socket.visitor.session_key for _, socket in some]
            users = [socket.visitor.user.pk for _, socket in some if socket.visitor.user]
            sessions, people = await in_pool(live_sessions)(keys, users)
            for room, socket in some:
                user = socket.visitor.user
                if user is not None and (socket.visitor.session_key not in sessions or user.pk not in people):
                    await room.close_socket(socket, CLOSE_SESSION_ENDED)


def _id_of(socket: Socket) -> str:
    return socket.visitor.user.public_id if socket.visitor.user else ""


def _chosen(rooms: Mapping[str, HubRoom], wanted: Callable[[Socket], bool]) -> Iterator[tuple[HubRoom, Socket]]:
    """Yield the sockets of people with an account that are wanted."""
    for room in list(rooms.values()):
        for socket in list(room.sockets):
            if socket.visitor.user is not None and wanted(socket):
                yield room, socket
