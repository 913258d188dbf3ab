"""When a listener heard something, in intervals that hide no break and lie within one day (UTC). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

# A row for each listener and minute: with 10,000 listeners 167 a second. Shorter ones would cost more and say no more.
INTERVAL_MS: Final = 60_000
# So long a silence, or so long without a report, and the next interval is another one: what counts as listening
# without a break (creators.minutes.Rules.gap_ms) must not be less.
BREAK_MS: Final = 15_000
DAY_MS: Final = 24 * 3600 * 1000


@dataclass(slots=True)
class Interval:
    """Milliseconds since 1970 by the relay's clock; packets of all lines together. `number` counts from 1."""

    number: int
    start_ms: int
    end_ms: int
    delivered: int
    confirmed: int


class Intervals:
    """One listening session's. Each is told as soon as it is over, so that a relay that dies takes one with it."""

    __slots__ = ("_number", "_open", "_tell", "_told_until")

    def __init__(self, tell: Callable[[Interval], None]) -> None:
        self._tell = tell
        self._open: Interval | None = None
        self._number = 0
        self._told_until = 0

    def add(self, start_ms: int, end_ms: int, *, delivered: int, confirmed: int) -> None:
        """Take in what the listener confirmed of the sound between two of their reports.

        What lies too far apart, or on both sides of midnight, is left out: nobody can say when it was heard.
        """
        if self._is_another(start_ms, end_ms):
            self.finish()
        start_ms = max(start_ms, self._told_until)
        if not 0 < end_ms - start_ms <= BREAK_MS or _day(start_ms) != _day(end_ms - 1) or not confirmed:
            return
        if self._open is None:
            self._number += 1
            self._open = Interval(self._number, start_ms, end_ms, delivered, confirmed)
            return
        self._open.end_ms = max(self._open.end_ms, end_ms)
        self._open.delivered += delivered
        self._open.confirmed += confirmed

    def _is_another(self, start_ms: int, end_ms: int) -> bool:
        """Say whether that does not belong to the interval there is: after a break, too long, on another day."""
        found = self._open
        return found is not None and (
            start_ms - found.end_ms >= BREAK_MS
            or end_ms - found.start_ms > INTERVAL_MS
            or _day(end_ms - 1) != _day(found.start_ms)
        )

    def look(self, now_ms: int) -> None:
        """Tell the interval that nothing can belong to any more."""
        if self._open is not None and now_ms - self._open.end_ms >= BREAK_MS:
            self.finish()

    def finish(self) -> None:
        """Tell the interval there is, if there is one."""
        if self._open is not None:
            self._told_until = self._open.end_ms
            self._tell(self._open)
            self._open = None


def _day(ms: int) -> int:
    return ms // DAY_MS
