"""What somebody earns as charts: over time by source, and how much of the most a part is. Sums stay whole numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from babel import dates
from django.utils.translation import gettext as _

from config.lib.charts import BarChart, Series
from config.lib.formats import compact, page_locale
from config.lib.money import Money
from creators.enums import EarningSource
from creators.selectors.income import Grain, by_day
from creators.spans import last_months, last_weeks

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from creators.selectors.income import Cell, Kind, Parts

MONTHS: Final = 12
WEEKS: Final = 26
WHOLE: Final = 100


class KindShare(NamedTuple):
    """A kind of income beside the others: `percent` of the largest is how long its bar is."""

    label: str
    parts: Parts
    percent: int


def time_chart(cells: Sequence[Cell], currency: str, grain: Grain, now: datetime) -> BarChart:
    """Return what was earned in each of the last weeks or months, by source; what is still to be settled apart."""
    days = last_weeks(now, WEEKS) if grain is Grain.WEEK else last_months(now, MONTHS)
    found = {place: parts.net.minor for place, parts in by_day(cells).items() if place[1] in set(days)}
    kinds = [kind for kind in _kinds(cells) if any(found.get((kind, day)) for day in days)]
    chart = BarChart(
        [_day_label(day, grain) for day in days] if kinds else [],
        [Series(kind_words(kind), [found.get((kind, day), 0) for day in days], _look(kind)) for kind in kinds],
        title=_("Earnings over time, in %(currency)s") % {"currency": currency.upper()},
        corner=_("Week from") if grain is Grain.WEEK else _("Month"),
        written=lambda minor: Money(round(minor), currency).written(),
        axis=lambda minor: compact(Money(round(minor), currency).units) if minor == int(minor) else "",
    )
    whole = {"money": Money(sum(found.values()), currency).written(), "number": len(days)}
    if grain is Grain.WEEK:
        chart.description = _("%(money)s in the last %(number)s weeks.") % whole
    else:
        chart.description = _("%(money)s in the last %(number)s months.") % whole
    return chart


def kind_shares(kinds: dict[Kind, Parts]) -> list[KindShare]:
    """Return each kind with its part of the largest."""
    most = max((parts.net.minor for parts in kinds.values()), default=0)
    return [KindShare(kind_words(kind), parts, percent_of(parts.net, most)) for kind, parts in kinds.items()]


def percent_of(money: Money, most: int) -> int:
    """Return how long a bar is beside one of `most`: whole percent, nothing for what is below zero."""
    return max(0, WHOLE * money.minor // most) if most > 0 else 0


def kind_words(kind: Kind) -> str:
    """Name a kind of income."""
    if not kind.settled:
        return _("Tickets, still to be settled")
    return {
        EarningSource.TICKET: _("Tickets"),
        EarningSource.TIP: _("Tips"),
        EarningSource.FUND: _("Fund"),
    }[kind.source]


def _look(kind: Kind) -> str:
    return "" if kind.settled else "open"


def _kinds(cells: Sequence[Cell]) -> list[Kind]:
    order = list(EarningSource)
    return sorted({cell.kind for cell in cells}, key=lambda kind: (not kind.settled, order.index(kind.source)))


def _day_label(day: date, grain: Grain) -> str:
    skeleton = "MMMd" if grain is Grain.WEEK else "MMM"
    return dates.format_skeleton(skeleton, day, locale=page_locale())
