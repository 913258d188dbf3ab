"""Weeks, months and years of UTC: at their borders, over the ends of years."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from creators import spans

TOKYO = timezone(timedelta(hours=9))


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0, *, zone: timezone = UTC) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=zone)


def test_month_ends_where_the_next_begins() -> None:
    assert spans.month_span(2026, 12) == spans.Span(at(2026, 12, 1), at(2027, 1, 1))
    assert spans.month_span(2026, 12).ends == spans.month_span(2027, 1).begins
    assert spans.month_span(2028, 2).day == date(2028, 2, 1)
    assert spans.year_span(2026) == spans.Span(at(2026, 1, 1), at(2027, 1, 1))


@pytest.mark.parametrize(("year", "month"), [(2026, 0), (2026, 13), (0, 1), (10_000, 1), (9_999, 12)])
def test_month_that_is_in_no_calendar(year: int, month: int) -> None:
    with pytest.raises(ValueError, match=r"."):
        spans.month_span(year, month)


@pytest.mark.parametrize("year", [0, 9_999, 10_000])
def test_year_that_is_in_no_calendar(year: int) -> None:
    with pytest.raises(ValueError, match=r"."):
        spans.year_span(year)


def test_moment_is_in_the_month_and_week_of_utc() -> None:
    night = at(2027, 1, 1, 8, 59, zone=TOKYO)
    assert (spans.month_of(night), spans.week_of(night)) == (date(2026, 12, 1), date(2026, 12, 28))
    later = night + timedelta(minutes=1)
    assert (spans.month_of(later), spans.week_of(later)) == (date(2027, 1, 1), date(2026, 12, 28))


def test_last_months_and_weeks_end_with_this_one() -> None:
    assert spans.last_months(at(2026, 2, 28), 3) == [date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1)]
    assert spans.last_weeks(at(2026, 11, 22), 3) == [date(2026, 11, 2), date(2026, 11, 9), date(2026, 11, 16)]


def test_months_between_begin_with_the_latest() -> None:
    found = spans.months_between(at(2026, 11, 30), at(2027, 1, 1))
    assert found == [date(2027, 1, 1), date(2026, 12, 1), date(2026, 11, 1)]
    assert spans.months_between(at(2027, 1, 1), at(2027, 1, 31)) == [date(2027, 1, 1)]
