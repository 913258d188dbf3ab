"""A creator's dashboard and the orders of each room: their own, and nobody else's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from config.lib.errors import NotFoundError
from creators.fee_words import rate_lines
from creators.income_charts import kind_shares, percent_of, time_chart
from creators.selectors.earnings import earnings_of
from creators.selectors.income import Grain, by_kind, by_room, income_of
from creators.selectors.payees import payee_status
from creators.selectors.payouts import next_payout, owed, payouts_are_stopped, payouts_of
from creators.selectors.positions import position_of
from creators.selectors.statements import booked_of
from creators.views.own import own_page, person_at
from rooms.models import Room
from rooms.stats import hosted_rooms_to_count, room_lines
from rooms.stats_charts import trend_charts

if TYPE_CHECKING:
    from django.core.paginator import Page
    from django.http import HttpRequest, HttpResponse

    from accounts.models import User
    from creators.selectors.earnings import Earnings
    from creators.selectors.income import RoomIncome

ROOMS_PAGE = 20
ORDERS_PAGE = 30
# How many of the last rooms the charts of audience show.
ROOMS_IN_CHARTS = 20
MONTHS_SHOWN = 3
PAYOUTS_SHOWN = 3


@require_safe
@login_required
def earnings(request: HttpRequest) -> HttpResponse:
    """Show what somebody earns in one of their currencies: how it stands, over time, by source and by room."""
    person, now = person_at(request), timezone.now()
    grain = Grain.WEEK if request.GET.get("by") == Grain.WEEK else Grain.MONTH
    income, booked = income_of(person, now, grain=grain), booked_of(person)
    currencies = income.currencies
    context: dict[str, Any] = {"paid": payee_status(person), "currencies": currencies}
    if currencies:
        wanted = request.GET.get("in", "")
        currency = wanted if wanted in currencies else currencies[0]
        cells = income.within(currency)
        rooms = by_room(cells, currency)
        page = Paginator(rooms, ROOMS_PAGE).get_page(request.GET.get("page"))
        context |= {
            "currency": currency,
            "grain": grain,
            "position": position_of(person, currency, cells),
            "chart": time_chart(cells, currency, grain, now),
            "kinds": kind_shares(by_kind(cells)),
            "tickets": _tickets(income.sold, currency),
            "page": page,
            **_rooms(person, page, most=max((room.net.minor for room in rooms), default=0)),
            "owed": owed(person, now).get(currency),
            "next_day": next_payout(now),
            "stopped": payouts_are_stopped(),
            "payouts": payouts_of(person).filter(currency=currency).prefetch_related(None)[:PAYOUTS_SHOWN],
            "months": booked.months[:MONTHS_SHOWN] if currency in booked.currencies else [],
        }
    return own_page(render(request, "creators/earnings.html", context))


@require_safe
@login_required
def room(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show each order of a room; of a room that has sold nothing there is no such page."""
    found = earnings_of(person_at(request), timezone.now()).of_room(public_id)
    if found is None:
        raise NotFoundError
    page = Paginator(found.orders, ORDERS_PAGE).get_page(request.GET.get("page"))
    return own_page(render(request, "creators/room.html", {"room": found.room, "sums": found.sums, "page": page}))


def _tickets(sold: Earnings, currency: str) -> dict[str, Any] | None:
    """Return all tickets that were ever sold in the currency, and what the platform keeps; None if there is none."""
    for sums, rate in zip(sold.totals, sold.rates, strict=True):
        if rate.currency == currency:
            return {"sums": sums, "rates": rate_lines(rate.schedule) if rate.schedule else []}
    return None


def _rooms(person: User, page: Page[RoomIncome], *, most: int) -> dict[str, Any]:
    """Return a page's rooms with who listened there, None before they begin; and the audience of the last as charts."""
    keys, last = [income.room for income in page], hosted_rooms_to_count(person.pk)[:ROOMS_IN_CHARTS]
    rooms = Room.objects.in_bulk(keys)
    counted = [line for line in room_lines({*keys, *last}) if line.room.began_at is not None]
    heard = {line.room.pk: line for line in counted}
    lines = [
        {
            "room": rooms[income.room],
            "income": income,
            "percent": percent_of(income.net, most),
            "heard": heard.get(income.room),
        }
        for income in page
    ]
    in_charts = [line for line in counted if line.room.pk in set(last)]
    # One room is no chart.
    return {"lines": lines, "audience": trend_charts(in_charts) if len(in_charts) > 1 else []}
