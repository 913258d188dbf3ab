"""How often a client may ask the API, counted in Redis for all web processes together.

Windows are fixed: who waits for the turn of one may ask twice the number around it. In return a request costs three
commands to Redis, whatever the rate. While Redis does not answer nobody is refused: the API goes on without counting.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar

import structlog
from django.core.cache import cache
from redis.exceptions import RedisError
from rest_framework.permissions import SAFE_METHODS
from rest_framework.settings import api_settings
from rest_framework.throttling import BaseThrottle

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.views import APIView

log = structlog.get_logger(__name__)

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
# Where the request keeps what the answer will say.
HEADERS = "throttle_headers"


def parse_rate(rate: str) -> tuple[int, int]:
    """Return how many requests in how many seconds: `parse_rate("120/min") == (120, 60)`."""
    number, _, period = rate.partition("/")
    return int(number), _SECONDS[period[:1]]


class WindowThrottle(BaseThrottle):
    """Counts one client's requests in the running window; subclasses say who the client is."""

    scope: ClassVar[str]

    def client_of(self, request: Request) -> str | None:
        """Return a name for the client, None if this throttle does not concern them."""
        raise NotImplementedError

    def allow_request(self, request: Request, view: APIView) -> bool:
        del view
        client = self.client_of(request)
        if client is None:
            return True
        most, seconds = parse_rate(str(api_settings.DEFAULT_THROTTLE_RATES[self.scope]))
        now = int(time.time())
        self.remaining_seconds = seconds - now % seconds
        used = self._count(f"throttle:{self.scope}:{client}:{now // seconds}", seconds)
        said = request.META.get(HEADERS)
        # Of several limits the answer tells the one that is nearest.
        if said is None or most - used < int(said["X-RateLimit-Remaining"]):
            request.META[HEADERS] = {
                "X-RateLimit-Limit": str(most),
                "X-RateLimit-Remaining": str(max(0, most - used)),
                "X-RateLimit-Reset": str(self.remaining_seconds),
            }
        return used <= most

    def _count(self, key: str, seconds: int) -> int:
        try:
            cache.add(key, 0, timeout=seconds)
            return cache.incr(key)
        except (RedisError, ValueError) as error:
            # ValueError: the window ended between the two commands.
            log.warning("throttle_not_counted", error=type(error).__name__)
            return 0

    def wait(self) -> float:
        return float(self.remaining_seconds)


class GuestThrottle(WindowThrottle):
    """By address, for those who are not logged in."""

    scope = "anon"

    def client_of(self, request: Request) -> str | None:
        return None if request.user.is_authenticated else self.get_ident(request)


class PersonThrottle(WindowThrottle):
    """By account."""

    scope = "user"

    def client_of(self, request: Request) -> str | None:
        return str(request.user.pk) if request.user.is_authenticated else None


class WriteThrottle(PersonThrottle):
    """By account, for what changes something: that locks rows and tells everybody in a room."""

    scope = "write"

    def client_of(self, request: Request) -> str | None:
        return None if request.method in SAFE_METHODS else super().client_of(request)
