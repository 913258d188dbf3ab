"""How often somebody may do something, counted in Redis for all processes together.

Windows are fixed, as those of config.lib.throttles. While Redis does not answer nobody is refused.
"""

from __future__ import annotations

import time

import structlog
from django.core.cache import cache
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)


def is_free(what: str, who: str, *, most: int, seconds: int) -> bool:
    """Return whether any of `most` is still free, without counting one; see `spend`."""
    try:
        return int(cache.get(_key(what, who, seconds), 0)) < most
    except RedisError as error:
        log.warning("quota_not_counted", what=what, error=type(error).__name__)
        return True


def count(what: str, who: str, *, seconds: int) -> None:
    """Count one, of whatever limit; see `spend`."""
    spend(what, who, most=0, seconds=seconds)


def spend(what: str, who: int | str, *, most: int, seconds: int) -> bool:
    """Count one of `most` in the running window of `seconds`; return whether it was still free.

    Asks Redis: never call it inside a transaction.
    """
    key = _key(what, who, seconds)
    try:
        cache.add(key, 0, timeout=seconds)
        return cache.incr(key) <= most
    except (RedisError, ValueError) as error:
        # ValueError: the window ended between the two commands.
        log.warning("quota_not_counted", what=what, error=type(error).__name__)
        return True


def _key(what: str, who: int | str, seconds: int) -> str:
    return f"quota:{what}:{who}:{int(time.time()) // seconds}"
