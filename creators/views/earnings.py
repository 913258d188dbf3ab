"""What a creator earns, in all and room by room: their own, and nobody else's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.selectors.people import person_of
from config.lib.errors import NotFoundError
from creators.fee_words import rate_lines
from creators.selectors.earnings import earnings_of
from creators.selectors.payees import payee_status

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from accounts.models import User
    from creators.selectors.earnings import Earnings

ROOMS_PAGE = 20
ORDERS_PAGE = 30


@require_safe
@login_required
def earnings(request: HttpRequest) -> HttpResponse:
    """Show totals by currency, what the platform keeps, and each room."""
    found = _own(request)
    totals = [
        {"sums": sums, "rates": rate_lines(rate.schedule) if rate.schedule else []}
        for sums, rate in zip(found.totals, found.rates, strict=True)
    ]
    page = Paginator(found.rooms, ROOMS_PAGE).get_page(request.GET.get("page"))
    context = {"totals": totals, "page": page, "paid": payee_status(_person(request))}
    return _private(render(request, "creators/earnings.html", context))


@require_safe
@login_required
def room(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show each order of a room; of a room that has sold nothing there is no such page."""
    found = _own(request).of_room(public_id)
    if found is None:
        raise NotFoundError
    page = Paginator(found.orders, ORDERS_PAGE).get_page(request.GET.get("page"))
    return _private(render(request, "creators/room.html", {"room": found.room, "sums": found.sums, "page": page}))


def _own(request: HttpRequest) -> Earnings:
    return earnings_of(_person(request), timezone.now())


def _person(request: HttpRequest) -> User:
    person = person_of(request.user)
    if person is None:
        raise NotFoundError
    return person


def _private(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "private, no-store"
    return response
