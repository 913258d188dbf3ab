"""Weeks, months and years by which money is summed up: those of UTC, as the days of the ledger's digests are."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

WEEK = timedelta(weeks=1)


class Span(NamedTuple):
    """From the first moment of a day until just before that of another."""

    begins: datetime
    ends: datetime

    @property
    def day(self) -> date:
        """Return its first day."""
        return self.begins.date()


def month_span(year: int, month: int) -> Span:
    """Return a month. Raises ValueError for one that is in no calendar."""
    first = _day(year, month)
    return Span(midnight(first), midnight(next_month(first)))


def year_span(year: int) -> Span:
    """Return a year. Raises ValueError for one that is in no calendar."""
    return Span(midnight(_day(year)), midnight(_day(year + 1)))


def _day(year: int, month: int = 1) -> date:
    """Return the first day of a month; ValueError also for numbers that are no machine's."""
    try:
        return date(year, month, 1)
    except OverflowError as error:
        raise ValueError from error


def next_month(first: date) -> date:
    """Return the first day of the month after one's first day. Raises ValueError at the end of the calendar."""
    return date(first.year + first.month // 12, first.month % 12 + 1, 1)


def month_before(first: date) -> date:
    """Return the first day of the month before one's first day."""
    return (first - timedelta(days=1)).replace(day=1)


def month_of(moment: datetime) -> date:
    """Return the first day of the month that a moment is in."""
    return moment.astimezone(UTC).date().replace(day=1)


def week_of(moment: datetime) -> date:
    """Return the Monday of the week that a moment is in (ISO 8601)."""
    day = moment.astimezone(UTC).date()
    return day - timedelta(days=day.weekday())


def last_months(now: datetime, number: int) -> list[date]:
    """Return the first days of so many months, this one the last."""
    found = [month_of(now)]
    while len(found) < number:
        found.append(month_before(found[-1]))
    return found[::-1]


def last_weeks(now: datetime, number: int) -> list[date]:
    """Return the Mondays of so many weeks, this one the last."""
    return [week_of(now) - place * WEEK for place in reversed(range(number))]


def months_between(first: datetime, last: datetime) -> list[date]:
    """Return the first days of the months from one moment's to another's, the latest first."""
    found = [month_of(last)]
    while found[-1] > month_of(first):
        found.append(month_before(found[-1]))
    return found


def midnight(day: date) -> datetime:
    """Return the first moment of a day."""
    return datetime.combine(day, time(), UTC)
