"""The socket of a person who is on the site, whatever page they look at: what happens is written, nothing is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from channels.consumer import AsyncConsumer
from channels.exceptions import StopConsumer

from accounts.notices.hub import CLOSE_LOGGED_OUT, people_hub
from config.lib.daphne_sockets import DaphneSocket
from config.lib.db import in_pool
from config.lib.errors import UnavailableError
from config.lib.handshake import Visitor, same_origin, visitor_of
from config.lib.metrics import Frames
from config.lib.token_bucket import TokenBucket

if TYPE_CHECKING:
    from config.lib.daphne_sockets import Frame

# The site itself sends nothing here.
BURST_FRAMES = 5
FRAMES_PER_SECOND = 0.2
MAX_UNSENT_BYTES = 64 * 1024

CLOSE_BAD_FRAMES = 4400
CLOSE_NOT_READING = 4413
CLOSE_TOO_MANY = 4429


class PersonConsumer(AsyncConsumer):
    """One window of one person."""

    channel_layer_alias = False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.visitor = Visitor()
        self._open = False
        self._direct: DaphneSocket | None = None
        self._bucket = TokenBucket(BURST_FRAMES, FRAMES_PER_SECOND)
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._depart()

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Call the handler; Channels' own first hops through the process's only sync thread for every message."""
        await getattr(self, message["type"].replace(".", "_"))(message)

    async def websocket_connect(self, message: dict[str, Any]) -> None:
        del message
        if not same_origin(self.scope):
            await self.send({"type": "websocket.close"})
            raise StopConsumer
        try:
            self.visitor = await in_pool(visitor_of)(self.scope)
        except UnavailableError:
            # The process is about to stop: the browser asks again in a moment, and finds its successor.
            await self.send({"type": "websocket.close"})
            raise StopConsumer from None
        await self.send({"type": "websocket.accept"})
        self._open = True
        self._direct = DaphneSocket.of(self.base_send)
        if self.visitor.user is None:
            await self.close(CLOSE_LOGGED_OUT)
        elif not await people_hub().join(self, self.visitor.user.pk):
            await self.close(CLOSE_TOO_MANY)

    async def websocket_receive(self, message: dict[str, Any]) -> None:
        """Nothing is understood; whoever sends much is closed."""
        del message
        if not self._bucket.take():
            await self.close(CLOSE_BAD_FRAMES)

    async def websocket_disconnect(self, message: dict[str, Any]) -> None:
        del message
        self._depart()
        raise StopConsumer

    async def write(self, frame: Frame) -> None:
        """Send a frame; a client that leaves too much unread is closed instead."""
        if not self._open:
            return
        Frames.sent += 1
        if self._direct is None:
            await self.base_send({"type": "websocket.send", "text": frame.text})
        elif self._direct.unsent > MAX_UNSENT_BYTES:
            await self.close(CLOSE_NOT_READING)
        else:
            self._direct.write(frame.framed)

    async def close(self, code: int) -> None:
        """Close the socket from this side."""
        if self._open:
            self._depart()
            await self.base_send({"type": "websocket.close", "code": code})

    def _depart(self) -> None:
        self._open = False
        if self.visitor.user is not None:
            people_hub().leave(self, self.visitor.user.pk)
