"""When payouts are made, and from how much on (settings.PAYOUT_…)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from django.conf import settings

from config.lib.currencies import decimals
from config.lib.money import Money
from creators.enums import PayoutReason

if TYPE_CHECKING:
    from datetime import date

# In whole units, of a currency for which settings name nothing.
MINIMUM_UNITS: Final = 50
_CADENCES: Final = {"weekly": PayoutReason.WEEKLY, "monthly": PayoutReason.MONTHLY}


def cadence() -> PayoutReason | None:
    """Return why the clock pays; None if it does not."""
    return _CADENCES.get(settings.PAYOUT_CADENCE)


def minimum(currency: str) -> Money:
    """Return from how much on somebody is paid."""
    minor = settings.PAYOUT_MINIMUMS.get(currency)
    return Money(MINIMUM_UNITS * 10 ** decimals(currency) if minor is None else minor, currency)


def period_of(moment: datetime, reason: PayoutReason) -> str:
    """Return in which week (ISO 8601) or month of payouts a moment lies: `2026-W47`, `2026-11`.

    A period begins at settings.PAYOUT_HOUR of its first day.
    """
    day = _day_of(moment)
    year, week, _weekday = day.isocalendar()
    return f"{year}-W{week:02}" if reason == PayoutReason.WEEKLY else f"{day:%Y-%m}"


def next_period(moment: datetime, reason: PayoutReason) -> date:
    """Return the first day of the period after that of a moment."""
    day = _day_of(moment)
    if reason == PayoutReason.WEEKLY:
        return day + timedelta(days=7 - day.weekday())
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)


def _day_of(moment: datetime) -> date:
    return (moment.astimezone(UTC) - timedelta(hours=settings.PAYOUT_HOUR)).date()
