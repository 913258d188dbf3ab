"""How many packets a second a peer may send before the rest is dropped unread. Pure."""

from __future__ import annotations


class RateLimit:
    """Counts in whole seconds: cheap enough to be asked for each packet."""

    __slots__ = ("_count", "_second", "per_second")

    def __init__(self, per_second: int) -> None:
        self.per_second = per_second
        self._second = 0
        self._count = 0

    def allows(self, now: float) -> bool:
        """Say whether one more at `now` (seconds) is within the limit."""
        second = int(now)
        if second != self._second:
            self._second, self._count = second, 0
        self._count += 1
        return self._count <= self.per_second
