"""How asynchronous code reaches the database: a pool of threads of its own.

Django's default runs all sockets' queries of a process in one thread: 20 queries of 100 ms took 2.01 s there and
0.21 s here (see docs/architecture.md).
"""

from __future__ import annotations

import functools
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from channels.db import database_sync_to_async
from django.conf import settings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

P = ParamSpec("P")
R = TypeVar("R")


@functools.cache
def _executor() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=settings.DATABASE_POOL_THREADS, thread_name_prefix="db")


def in_pool(service: Callable[P, R]) -> Callable[P, Awaitable[R]]:
    """Return `service` as a coroutine function that runs in the pool, with its connection given back afterwards."""
    wrapped: Callable[P, Awaitable[R]] = database_sync_to_async(service, thread_sensitive=False, executor=_executor())
    return wrapped
