"""Hears from the relays who talks, once in each web process, and hands it to settings.VOICES_HANDLER."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import structlog
from django.conf import settings
from django.utils.module_loading import import_string
from redis.exceptions import RedisError

from config.lib.redis_clients import async_client
from media.gateway import keys
from media.relay.messages import MessageError, decode_voices

if TYPE_CHECKING:
    from collections.abc import Callable

    from media.relay.messages import Voices

log = structlog.get_logger(__name__)

# Silence is what a connection sounds like that nobody holds any more, and also an empty room. After so long we ask.
QUIET_SECONDS = 4.0


class NoAnswerError(ConnectionError):
    """Redis has not answered on the subscription's connection."""


class VoicesReader:
    """One subscription; when it breaks, the next `read` makes a new one."""

    def __init__(self) -> None:
        self._pubsub: Any = None
        self._asked = False
        self._handler: Callable[[Voices], None] | None = (
            import_string(settings.VOICES_HANDLER) if settings.VOICES_HANDLER else None
        )

    async def read(self) -> None:
        """Wait for the next word of a relay and pass it on. Raises RedisError or OSError."""
        try:
            if self._pubsub is None:
                self._pubsub = async_client().pubsub(ignore_subscribe_messages=True)
                await self._pubsub.subscribe(keys().voices)
            await self._next()
        except BaseException:
            await self.close()
            raise

    async def _next(self) -> None:
        message = await self._pubsub.get_message(timeout=QUIET_SECONDS)
        if message is not None:
            self._asked = False
            if message["type"] == "message":
                self._pass_on(message["data"])
        elif self._asked:
            raise NoAnswerError
        else:
            self._asked = True
            await self._pubsub.ping()

    def _pass_on(self, raw: bytes) -> None:
        try:
            voices = decode_voices(raw)
        except MessageError:
            # A relay of another version; it goes on ten times a second, too often for the log.
            return
        if self._handler is not None:
            self._handler(voices)

    async def close(self) -> None:
        """Give the connection back."""
        pubsub, self._pubsub, self._asked = self._pubsub, None, False
        if pubsub is not None:
            with contextlib.suppress(RedisError, OSError):
                await pubsub.aclose()
