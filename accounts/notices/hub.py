"""One per web process: the sockets of people who are on the site, and what is written to them.

One message in the channel layer tells all processes whom an event concerns; each looks whether some of them are here,
reads what they shall see in two queries, and writes it. What gets lost is on the next page that somebody opens.
"""

from __future__ import annotations

import asyncio
import json
import random
from typing import TYPE_CHECKING, Any, Protocol
from weakref import WeakKeyDictionary

import structlog
from channels.layers import get_channel_layer
from django.utils import translation
from redis.exceptions import RedisError

from accounts.notices.kinds import words_of
from accounts.selectors.notifications import live_sessions, news_for, unread_counts
from accounts.services.notifying import GROUP
from config.lib.daphne_sockets import Frame
from config.lib.db import in_pool
from config.lib.errors import DomainError
from config.lib.handshake import session_digest

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from accounts.models import Notification
    from config.lib.handshake import Visitor

log = structlog.get_logger(__name__)

RETRY_SECONDS = 1.0
FOLLOW_SECONDS = 2.0
# Sessions that ended without our hearing of it are found after this time at most.
SWEEP_SECONDS = 30.0
RECONNECT_SPREAD_MS = 4000
SOCKETS_PER_PERSON = 20
CLOSE_LOGGED_OUT = 4401

_by_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, PeopleHub] = WeakKeyDictionary()


class Socket(Protocol):
    """What the hub needs of a consumer."""

    visitor: Visitor

    async def write(self, frame: Frame) -> None: ...

    async def close(self, code: int) -> None: ...


def people_hub() -> PeopleHub:
    """Return the running loop's hub."""
    loop = asyncio.get_running_loop()
    found = _by_loop.get(loop)
    if found is None:
        found = _by_loop[loop] = PeopleHub()
    return found


def frame_of(kind: str, **keys: Any) -> Frame:
    return Frame(json.dumps({"type": kind, **keys}, ensure_ascii=False, separators=(",", ":")))


class PeopleHub:
    """Who of the people is connected to this process."""

    def __init__(self) -> None:
        self.sockets: dict[int, set[Socket]] = {}
        self._channel: str | None = None
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to listen, if that has not been done."""
        if not self._tasks:
            steps = (self._receive, self._sweep)
            self._tasks = [asyncio.create_task(_repeat(step)) for step in steps]

    async def join(self, socket: Socket, user_id: int) -> bool:
        """Add a socket, and write how much is unread; False if this person has too many here already."""
        self.start()
        mine = self.sockets.setdefault(user_id, set())
        if len(mine) >= SOCKETS_PER_PERSON:
            return False
        mine.add(socket)
        counts = await in_pool(unread_counts)([user_id])
        await socket.write(frame_of("unread", count=counts.get(user_id, 0)))
        return True

    def leave(self, socket: Socket, user_id: int) -> None:
        """Take a socket out."""
        mine = self.sockets.get(user_id, set())
        mine.discard(socket)
        if not mine:
            self.sockets.pop(user_id, None)

    async def drain(self) -> None:
        """Tell every socket to come back in a moment."""
        for socket in self._all():
            after = random.randint(0, RECONNECT_SPREAD_MS)  # noqa: S311 (spreads load; nobody gains by guessing it)
            await _quietly(socket.write(frame_of("reconnect", after_ms=after)))

    async def close(self) -> None:
        """Stop listening."""
        # More than once, as in rooms.hub: redis-py may swallow a cancellation on Python 3.11.
        while running := {task for task in self._tasks if not task.done()}:
            for task in running:
                task.cancel()
            await asyncio.wait(running, timeout=RETRY_SECONDS)
        self._tasks, self._channel = [], None
        self.sockets.clear()

    async def _receive(self) -> None:
        """Take in what is published next."""
        layer: Any = get_channel_layer()
        if self._channel is None:
            self._channel = await self._follow(layer)
            if self._channel is None:
                await asyncio.sleep(RETRY_SECONDS)
                return
        await self.hear(await layer.receive(self._channel))

    async def _follow(self, layer: Any) -> str | None:
        try:
            async with asyncio.timeout(FOLLOW_SECONDS):
                channel: str = await layer.new_channel("people.")
                await layer.group_add(GROUP, channel)
        except (RedisError, OSError) as error:
            log.warning("people_unfollowed", error=type(error).__name__)
            return None
        return channel

    async def hear(self, message: dict[str, Any]) -> None:
        """Do what a message of the group asks for."""
        kind = message["type"]
        if kind == "people.session_ended":
            await self._close(
                one for one in self._all() if session_digest(one.visitor.session_key) == message["session"]
            )
        elif here := [user_id for user_id in message["users"] if user_id in self.sockets]:
            if kind == "people.notified":
                await self._tell(here, message["kind"], message["key"])
            elif kind == "people.counted":
                await self._count(here)
            elif kind == "people.changed":
                await self._look_again(here)

    async def _tell(self, user_ids: list[int], kind: str, key: str) -> None:
        rows = await in_pool(news_for)(user_ids, kind, key)
        counts = await in_pool(unread_counts)(user_ids)
        for row in rows:
            for socket in list(self.sockets.get(row.user_id, ())):
                frame = _news(row, socket.visitor.language, counts.get(row.user_id, 0))
                await _quietly(socket.write(frame))

    async def _count(self, user_ids: list[int]) -> None:
        counts = await in_pool(unread_counts)(user_ids)
        for user_id in user_ids:
            for socket in list(self.sockets.get(user_id, ())):
                await _quietly(socket.write(frame_of("unread", count=counts.get(user_id, 0))))

    async def _look_again(self, user_ids: Iterable[int]) -> None:
        """Close those whose session or account has ended: a new password ends all sessions but one."""
        for socket in [one for user_id in user_ids for one in self.sockets.get(user_id, ())]:
            try:
                await in_pool(socket.visitor.user_now)()
            except DomainError:
                await self._close([socket])

    async def _sweep(self) -> None:
        await asyncio.sleep(SWEEP_SECONDS)
        await self.sweep()

    async def sweep(self) -> None:
        """Close the sockets of sessions that are gone and of accounts that are closed."""
        sockets = self._all()
        if not sockets:
            return
        keys = [one.visitor.session_key for one in sockets]
        sessions, people = await in_pool(live_sessions)(keys, list(self.sockets))
        await self._close(
            one
            for one in sockets
            if one.visitor.session_key not in sessions or getattr(one.visitor.user, "pk", 0) not in people
        )

    async def _close(self, sockets: Iterable[Socket]) -> None:
        for socket in sockets:
            await _quietly(socket.close(CLOSE_LOGGED_OUT))

    def _all(self) -> list[Socket]:
        return [socket for mine in self.sockets.values() for socket in mine]


def _news(row: Notification, language: str, count: int) -> Frame:
    with translation.override(language):
        words = words_of(row)
    address = f"/notifications/{row.public_id}/"
    return frame_of("notified", count=count, title=words.title, text=words.text, link=address, about=row.link)


async def _quietly(writing: Awaitable[None]) -> None:
    """One socket that breaks must not keep the others."""
    try:
        await writing
    except Exception:
        log.exception("person_socket_broken")


async def _repeat(step: Callable[[], Awaitable[None]]) -> None:
    """Take the step for ever; whatever goes wrong, the next one tries again."""
    while True:
        try:
            await step()
        except Exception:
            log.exception("people_step_failed", step=step.__name__)
            await asyncio.sleep(RETRY_SECONDS)
