"""The process's Redis clients: one for threads, one for each event loop.

Both give up quickly: a request must not hang because Redis is being restarted.
"""

from __future__ import annotations

import asyncio
import functools
from weakref import WeakKeyDictionary

import redis
import redis.asyncio
from django.conf import settings

TIMEOUT_SECONDS = 2.0
_by_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, redis.asyncio.Redis] = WeakKeyDictionary()


@functools.cache
def sync_client() -> redis.Redis:
    """Return the client for threads; connections are pooled and thread-safe."""
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS
    )


def async_client() -> redis.asyncio.Redis:
    """Return the running loop's client."""
    loop = asyncio.get_running_loop()
    client = _by_loop.get(loop)
    if client is None:
        client = _by_loop[loop] = redis.asyncio.Redis.from_url(
            settings.REDIS_URL, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS
        )
    return client


def key(*parts: str) -> str:
    """Return a key of this installation: `key("room", "a1") == "causerie:room:a1"`."""
    return ":".join((settings.REDIS_PREFIX, *parts))
