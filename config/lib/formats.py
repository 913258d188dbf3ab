"""Numbers, sums, dates and lengths as the language of the page writes them, hours by the zone of whoever reads.

In JavaScript the same is in site/js/formats.js.
"""

from __future__ import annotations

import functools
import re
from datetime import date, datetime, timedelta
from decimal import Decimal

from babel import Locale, UnknownLocaleError, dates, numbers
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from config.lib.currencies import decimals, decimals_shown

WEEK = timedelta(days=7)
_LETTER_BEFORE_DIGIT = re.compile(r"(?<=[^\W\d_])(?=\d)")


def page_locale() -> Locale:
    """Return what Babel knows of the page's language."""
    return _locale(get_language() or "en")


@functools.cache
def _locale(language: str) -> Locale:
    """Return English for a language that has a catalogue, but is not in the CLDR."""
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("en")


def _clean(text: str) -> str:
    """Replace the narrow space of French numbers, which our fonts lack."""
    return text.replace("\u202f", "\u00a0")


def number(value: float | Decimal) -> str:
    """Return `30000` as `30,000`, in French `30 000`; of a fraction at most three places."""
    return _clean(numbers.format_decimal(value, locale=page_locale()))


def compact(value: Decimal) -> str:
    """Return `1250` as `1.25K`, in French `1,25 k`: for where there is little room."""
    return _clean(numbers.format_compact_decimal(value, locale=page_locale(), fraction_digits=2))


def percent(share: float) -> str:
    """Return a share of one in whole percent: `0.125` is `12%`, in French `12 %`."""
    return _clean(numbers.format_percent(share, locale=page_locale()))


def money(minor: int, currency: str) -> str:
    """Return `minor` (cents, yen: the smallest unit, as with Stripe) of an ISO 4217 currency, in letters of any case.

    `money(120450, "EUR")` is `1 204,50 €` in French.
    """
    places, shown = decimals(currency.lower()), decimals_shown(currency.lower(), minor)
    pattern = numbers.parse_pattern(page_locale().currency_formats["standard"].pattern)
    # Stripe's places, not the CLDR's: they differ for a few.
    pattern.frac_prec = (shown, shown)
    units = Decimal(minor).scaleb(-places)
    written = pattern.apply(units, page_locale(), currency=currency.upper(), currency_digits=False)
    # A code that stands before the number keeps its distance (CLDR's currencySpacing, which Babel leaves out).
    return _clean(_LETTER_BEFORE_DIGIT.sub("\u00a0", written))


def fixed(value: Decimal, places: int, *, group: bool = True) -> str:
    """Return a number with exactly so many places: `12.50`, in French `12,50`; without groups, as one types it."""
    pattern = numbers.parse_pattern(page_locale().decimal_formats[None].pattern)
    pattern.frac_prec = (places, places)
    return _clean(pattern.apply(value, page_locale(), group_separator=group))


def day(value: date) -> str:
    """Return a day with its month in words and its year; of a moment, the day that it is for whoever reads."""
    return _clean(dates.format_date(_here(value), "long", locale=page_locale()))


def month(value: date) -> str:
    """Return a month in words and its year."""
    return _clean(dates.format_skeleton("yMMMM", _here(value), locale=page_locale()))


def moment(value: datetime) -> str:
    """Return day and hour."""
    pattern = str(page_locale().datetime_formats["long"]).replace("'", "")
    return pattern.format(hour(value), day(value))


def near_day(value: datetime, *, now: datetime | None = None) -> str:
    """Return a day of the next weeks, short: `Today`, `Tomorrow`, `Sun, Nov 22`."""
    here = _here(value)
    today = _here(now or timezone.now())
    if here == today:
        return _("Today")
    if here == today + timedelta(days=1):
        return _("Tomorrow")
    return _clean(dates.format_skeleton("MMMEd", here, locale=page_locale()))


def hour(value: datetime) -> str:
    """Return the hour of a moment."""
    return _clean(dates.format_time(timezone.localtime(value), "short", locale=page_locale()))


def ago(value: datetime, *, now: datetime | None = None) -> str:
    """Return how far a moment lies back or ahead: `2 hours ago`, `in 3 days`; a week off it is a day."""
    distance = value - (now or timezone.now())
    if abs(distance) >= WEEK:
        return day(value)
    return _clean(dates.format_timedelta(distance, add_direction=True, locale=page_locale()))


def lasting(seconds: float) -> str:
    """Return a length in words: `45 s`, `12 min 05`, `1 h 20`."""
    minutes, rest = divmod(int(seconds), 60)
    if minutes < 1:
        return _("%(seconds)s s") % {"seconds": number(rest)}
    if minutes < 60:
        return _("%(minutes)s min %(seconds)s") % {"minutes": number(minutes), "seconds": f"{rest:02}"}
    return minutes_long(minutes)


def minutes_long(minutes: int) -> str:
    """Return a length that nobody counts in seconds: `12 min`, `1 h 20`."""
    if minutes < 60:
        return _("%(minutes)s min") % {"minutes": number(minutes)}
    return _("%(hours)s h %(minutes)s") % {"hours": number(minutes // 60), "minutes": f"{minutes % 60:02}"}


def clock(seconds: float) -> str:
    """Return a length as players write it: 4:05, 1:02:09."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def duration(seconds: float) -> str:
    """Return a length as machines read it, for `<time datetime>` (ISO 8601)."""
    return f"PT{int(seconds)}S"


def _here(value: date) -> date:
    return timezone.localtime(value).date() if isinstance(value, datetime) else value
