"""A creator's earnings in the style guide: the dashboard in each state, a statement, taxes."""

from __future__ import annotations

from datetime import UTC, date, timedelta
from typing import TYPE_CHECKING, Any

from django.core.paginator import Paginator
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from config.lib.errors import NotFoundError
from config.lib.money import Money
from config.styleguide.samples import LONG_TITLE
from config.styleguide.views import for_staff
from creators.enums import EarningSource, PayoutState
from creators.income_charts import kind_shares, time_chart
from creators.models import Earning, Payee, Payout
from creators.selectors.earnings import Sums
from creators.selectors.income import Cell, Grain, Kind, Parts, RoomIncome, by_kind
from creators.selectors.payees import status_of
from creators.selectors.payouts import CreatorOwed
from creators.selectors.positions import Position
from creators.selectors.taxes import TaxLine, TaxTable
from creators.spans import last_months, midnight, month_of, month_span
from creators.statement_words import kind_words, statement_lines
from creators.statements import Booking, LineKind, Statement
from rooms.enums import RoomState
from rooms.models import Room
from rooms.stats import RoomLine
from rooms.stats_charts import trend_charts

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

EURO = "eur"
DASHBOARDS = ("new", "one", "full", "debt")
OTHERS = ("statement", "statement-empty", "statements", "statements-none", "tax", "tax-none")
KINDS = (
    Kind(EarningSource.TICKET, settled=True),
    Kind(EarningSource.TIP, settled=True),
    Kind(EarningSource.FUND, settled=True),
    Kind(EarningSource.TICKET, settled=False),
)


def paths() -> list[str]:
    """Return the address of every such page of the guide."""
    return [reverse("styleguide:earnings", args=[f"earnings-{name}"]) for name in (*DASHBOARDS, *OTHERS)]


@require_safe
@for_staff
def earnings(request: HttpRequest, name: str) -> HttpResponse:
    """Show a creator's pages in one state."""
    name = name.removeprefix("earnings-")
    if name in DASHBOARDS:
        return render(request, "creators/earnings.html", _dashboard(name))
    if name not in OTHERS:
        raise NotFoundError
    template, _dash, state = name.partition("-")
    context = {"statement": _statement, "statements": _statements, "tax": _tax}[template](nothing=bool(state))
    return render(request, f"creators/{template}.html", context)


def euros(minor: int) -> Money:
    """Return a sum of the guide's currency."""
    return Money(minor, EURO)


def _dashboard(name: str) -> dict[str, Any]:
    paid = status_of(Payee(account="acct_guide", transfers="active", country="FR", currency=EURO))
    if name == "new":
        return {"paid": status_of(Payee()), "currencies": []}
    now = timezone.now()
    cells, lines = _cells(number=1 if name == "one" else 12), _room_lines(number=1 if name == "one" else 6)
    return {
        "paid": status_of(Payee()) if name == "one" else paid,
        "currencies": [EURO] if name == "one" else [EURO, "usd", "jpy"],
        "currency": EURO,
        "grain": Grain.MONTH,
        "position": _position(name),
        "chart": time_chart(cells, EURO, Grain.MONTH, now),
        "kinds": kind_shares(by_kind(cells)),
        "tickets": {"sums": _sums(), "rates": ["3 %", "20 %"]},
        "page": Paginator(range(200), 20).get_page(1 if name == "one" else 4),
        "lines": lines,
        "audience": trend_charts([line["heard"] for line in lines]) if len(lines) > 1 else [],
        "owed": CreatorOwed(euros(0 if name == "debt" else 84_250), euros(1_200), euros(0), euros(5_000)),
        "next_day": now.date() + timedelta(days=3),
        "stopped": None,
        "payouts": _payouts() if name == "full" else [],
        "months": [] if name == "one" else last_months(now, 3)[::-1],
    }


def _cells(number: int) -> list[Cell]:
    """One for each kind and month; a single one is of an order that is still to be settled."""
    now = timezone.now()
    kinds = KINDS if number > 1 else KINDS[3:]
    return [
        Cell(kind, None, day, now, _parts((place + 2) * (4 - order) * 1_750 % 45_000 + 1_200))
        for place, day in enumerate(last_months(now, number))
        for order, kind in enumerate(kinds)
        if kind.settled or day == month_of(now)
    ]


def _parts(gross: int) -> Parts:
    return Parts(euros(gross), euros(gross // 6), euros(gross // 40), euros(gross // 12), 1 + gross // 1_200)


def _room_lines(number: int) -> list[dict[str, Any]]:
    return [_room_line(place) for place in range(number)]


def _room_line(place: int) -> dict[str, Any]:
    now = timezone.now()
    title = LONG_TITLE if place == 1 else "Why are our cities so loud at night?"
    room = Room(pk=place, public_id="guideroom", title=title, language="fr" if place == 1 else "en")
    room.state, room.created_at = RoomState.ENDED, now - timedelta(days=place + 1)
    room.ended_at = room.created_at + timedelta(hours=1)
    parts = _parts(45_000 // (place + 1))
    expected = parts.net if place == 0 else euros(0)
    heard = RoomLine(room, 40 + place * 7, 60 + place * 11, place, 900 + place * 60, 0, 0, place)
    income = RoomIncome(place, parts.net - expected, expected, parts)
    return {"room": room, "income": income, "percent": 100 // (place + 1), "heard": heard}


def _position(name: str) -> Position:
    if name == "debt":
        return Position(euros(0), euros(-2_450), euros(0), euros(120_450))
    if name == "one":
        return Position(euros(957), euros(0), euros(0), euros(0))
    return Position(euros(31_275), euros(85_450), euros(12_000), euros(1_204_500))


def _sums() -> Sums:
    gross, refunded, disputed, cost, fee, base = (euros(n) for n in (52_500, 2_500, 1_250, 4_200, 1_218, 40_625))
    return Sums(gross, refunded, disputed, cost, 2, fee, base, orders=42, in_dispute=1)


def _payouts() -> list[Payout]:
    now = timezone.now()
    return [
        Payout(amount=120_450 // (place + 1), currency=EURO, state=state, created_at=now - timedelta(weeks=place))
        for place, state in enumerate(PayoutState)
    ]


def _statement(*, nothing: bool) -> dict[str, Any]:
    day = month_of(timezone.now())
    bookings = [] if nothing else _bookings(day)
    closing = euros(20_000 + sum(booking.change.minor for booking in bookings))
    found = Statement(EURO, euros(20_000), bookings, closing, {})
    return {
        "currency": EURO,
        "span": month_span(day.year, day.month),
        "statement": found,
        "earned": _earned(found),
        "lines": statement_lines(found),
    }


def _bookings(day: date) -> list[Booking]:
    """One of each kind, on a day each."""
    room = Room(pk=1, public_id="guideroom", title=LONG_TITLE, language="fr")
    return [
        Booking(
            kind=kind,
            change=euros(8_070) if kind.is_earning else euros(-4_035),
            at=midnight(day).astimezone(UTC) + timedelta(days=place),
            key="clawback:refund:guide:net",
            order="guideorder0001" if kind is LineKind.OTHER else "",
            earning=Earning(source=kind.value, **_earning()) if kind.is_earning else None,
            room=room if kind is LineKind.TICKET else None,
        )
        for place, kind in enumerate(LineKind)
    ]


def _earning() -> dict[str, Any]:
    return {"currency": EURO, "gross": 12_000, "tax": 2_000, "cost": 430, "fee": 1_500, "net": 8_070}


def _earned(statement: Statement) -> list[dict[str, Any]]:
    return [{"what": kind_words(total.kind), "total": total} for total in statement.earned]


def _statements(*, nothing: bool) -> dict[str, Any]:
    months = last_months(timezone.now(), 3)[::-1]
    years = [] if nothing else [{"year": months[0].year, "months": months}]
    return {"years": years, "currencies": [EURO, "usd"]}


def _tax(*, nothing: bool) -> dict[str, Any]:
    statement = _statement(nothing=nothing)["statement"]
    lines = [
        TaxLine("FR", 2000, euros(100_000), euros(20_000), 100),
        TaxLine("DE", 1900, euros(10_000), euros(1_900), 10),
        TaxLine("IE", None, euros(5_000), euros(1_150), 5),
        TaxLine("CH", 0, euros(2_000), euros(0), 2),
    ]
    return {
        "year": timezone.now().year,
        "statements": [] if nothing else [{"statement": statement, "earned": _earned(statement)}],
        "tables": [] if nothing else [TaxTable(EURO, lines)],
    }
