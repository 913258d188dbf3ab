"""How asynchronous code reaches the database: a pool of threads of its own.

Django's default runs all sockets' queries of a process in one thread: 20 queries of 100 ms took 2.01 s there and
0.21 s here (see docs/architecture.md).
"""

from __future__ import annotations

import functools
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from channels.db import database_sync_to_async
from django.conf import settings

from config.lib.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

P = ParamSpec("P")
R = TypeVar("R")
_finished = threading.Event()


@functools.cache
def _executor() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=settings.DATABASE_POOL_THREADS, thread_name_prefix="db")


@functools.cache
def _waiting_executor() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=settings.WAITING_POOL_THREADS, thread_name_prefix="waiting")


def in_pool(service: Callable[P, R]) -> Callable[P, Awaitable[R]]:
    """Return `service` as a coroutine function that runs in the pool, with its connection given back afterwards.

    It raises UnavailableError once the pool is finished.
    """
    return _in(_executor, service)


def in_waiting_pool(service: Callable[P, R]) -> Callable[P, Awaitable[R]]:
    """Do the same in a pool apart, for services that wait for more than the database.

    A relay that hangs would otherwise take every thread, and 40 guests who ask for sound would stop all rooms.
    """
    return _in(_waiting_executor, service)


def _in(executor: Callable[[], ThreadPoolExecutor], service: Callable[P, R]) -> Callable[P, Awaitable[R]]:
    wrapped: Callable[P, Awaitable[R]] = database_sync_to_async(service, thread_sensitive=False, executor=executor())

    async def run(*args: P.args, **kwargs: P.kwargs) -> R:
        if _finished.is_set():
            raise UnavailableError
        return await wrapped(*args, **kwargs)

    return run


def finish_pool() -> None:
    """Wait for what was begun; nothing more is taken. For a process that is about to end."""
    _finished.set()
    _waiting_executor().shutdown(cancel_futures=True)
    _executor().shutdown(cancel_futures=True)
