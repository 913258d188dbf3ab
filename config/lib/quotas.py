"""How often somebody may do something, counted in Redis for all processes together.

Windows are fixed, as those of config.lib.throttles. While Redis does not answer nobody is refused.
"""

from __future__ import annotations

import time

import structlog
from django.core.cache import cache
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)


def spend(what: str, who: int, *, most: int, seconds: int) -> bool:
    """Count one of `most` in the running window of `seconds`; return whether it was still free.

    Asks Redis: never call it inside a transaction.
    """
    key = f"quota:{what}:{who}:{int(time.time()) // seconds}"
    try:
        cache.add(key, 0, timeout=seconds)
        return cache.incr(key) <= most
    except (RedisError, ValueError) as error:
        # ValueError: the window ended between the two commands.
        log.warning("quota_not_counted", what=what, error=type(error).__name__)
        return True
