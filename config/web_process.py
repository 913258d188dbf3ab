"""What a web process does beside answering: it follows the relays, and says goodbye to its sockets at the end."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING, Any

import structlog

from accounts.notices.hub import people_hub
from config.lib.db import finish_pool
from media.bridge import follow_relays
from rooms.hub.hub import hub

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Application = Callable[[Any, Any, Any], Awaitable[None]]

log = structlog.get_logger(__name__)

# Time for what was written last to leave the process.
FLUSH_SECONDS = 0.3
# What a Redis or a database that hangs may cost of the time that a stopping process has.
DRAIN_SECONDS = 1.5
# The process's own tasks, each with what tells it to stop.
_running: dict[asyncio.Task[None], asyncio.Event] = {}


def run_beside(application: Application) -> Application:
    """Return the application, which starts the process's own tasks with its first request (Daphne has no lifespan)."""

    async def serve(scope: Any, receive: Any, send: Any) -> None:
        if not _running:
            stop = asyncio.Event()
            _running[asyncio.create_task(follow_relays(stop))] = stop
            hub().start()
        await application(scope, receive, send)

    return serve


def close_gracefully() -> None:
    """On SIGTERM tell all sockets to come back elsewhere; only where Daphne's reactor runs."""
    reactor = sys.modules.get("twisted.internet.reactor")
    if reactor is None:
        return
    from twisted.internet.defer import Deferred

    reactor.addSystemEventTrigger("before", "shutdown", lambda: Deferred.fromFuture(asyncio.ensure_future(_goodbye())))


async def _goodbye() -> None:
    try:
        async with asyncio.timeout(DRAIN_SECONDS):
            await hub().drain()
            await people_hub().drain()
            for stop in _running.values():
                stop.set()
            if _running:
                await asyncio.wait(_running)
            # Commands that were begun are finished.
            await asyncio.to_thread(finish_pool)
    except TimeoutError:
        log.warning("drain_unfinished")
        # The interpreter would wait for the threads that hang; what they began, the database rolls back.
        sys.modules["twisted.internet.reactor"].addSystemEventTrigger("after", "shutdown", os._exit, 0)
    await asyncio.sleep(FLUSH_SECONDS)
