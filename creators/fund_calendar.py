"""The days of a programme's periods: weeks or months from a first day on, in UTC."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from creators.enums import Cadence

if TYPE_CHECKING:
    from collections.abc import Iterator


def period_days(first_day: date, cadence: str, number: int) -> tuple[date, date]:
    """Return first and last day of a period, the first of which is number 1."""
    begins, ends = (_begin(first_day, cadence, passed) for passed in (number - 1, number))
    return begins, ends - timedelta(days=1)


def all_periods(first_day: date, cadence: str, number: int) -> Iterator[tuple[date, date]]:
    """Yield the days of so many periods; each begins on the day after the one before."""
    for each in range(1, number + 1):
        yield period_days(first_day, cadence, each)


def midnight(day: date) -> datetime:
    """Return the day's first moment."""
    return datetime.combine(day, time.min, tzinfo=UTC)


def _begin(first_day: date, cadence: str, passed: int) -> date:
    """Return the day on which so many periods have passed; a month without such a day has its last."""
    if cadence == Cadence.WEEK:
        return first_day + timedelta(weeks=passed)
    years, month = divmod(first_day.month - 1 + passed, 12)
    year = first_day.year + years
    return date(year, month + 1, min(first_day.day, monthrange(year, month + 1)[1]))
