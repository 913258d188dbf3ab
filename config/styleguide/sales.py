"""A host's tickets in the style guide: the page in each state, the refund and the movements."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.core.paginator import Paginator
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import User
from config.lib.errors import NotFoundError
from config.lib.money import Money
from config.styleguide.rooms import DESCRIPTION
from config.styleguide.samples import LONG_TITLE, NAMES, person
from config.styleguide.views import for_staff
from rooms.enums import RoomState
from rooms.models import Room
from ticketing.enums import RefundReason, TicketKind
from ticketing.models import Offer, Ticket
from ticketing.movement_words import Movement, entry_words
from ticketing.offer_form import GuestForm, OfferForm, RefundForm
from ticketing.selectors.host import Holder, RefundProgress, Seats, Takings
from ticketing.selectors.ledger import Statement

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

EURO = "eur"
HOST = ("new", "none", "empty", "on", "long", "sold-out", "stopped", "staff-stopped", "undo", "search")
ENDS = {
    "refunding": RefundProgress(payments=42, done=12, under_way=28, stuck=2),
    "refunded": RefundProgress(payments=42, done=42, under_way=0, stuck=0),
    "unpaid": RefundProgress(payments=0, done=0, under_way=0, stuck=0),
}
OTHERS = ("refund", "refund-nothing", "statement", "statement-empty")


def paths() -> list[str]:
    """Return the address of every such page of the guide."""
    return [reverse("styleguide:sales", args=[f"sales-{name}"]) for name in (*HOST, *ENDS, *OTHERS)]


@require_safe
@for_staff
def sales(request: HttpRequest, name: str) -> HttpResponse:
    """Show a host's tickets in one state."""
    name = name.removeprefix("sales-")
    if name in {"refund", "refund-nothing"}:
        return render(request, "ticketing/host_refund.html", _refund(nothing=name == "refund-nothing"))
    if name in {"statement", "statement-empty"}:
        return render(request, "ticketing/host_statement.html", _statement(empty=name == "statement-empty"))
    if name not in HOST and name not in ENDS:
        raise NotFoundError
    return render(request, "ticketing/host.html", _host(name))


def _host(name: str) -> dict[str, Any]:
    offer = _offer(name)
    room = offer.room
    if name in {"new", "none"}:
        room.state = RoomState.ENDED if name == "none" else RoomState.SCHEDULED
        return {"room": room, "offer": None, "form": OfferForm(), "is_host": True, "refusal": None}
    lines = [] if name in {"empty", "search", "unpaid"} else _lines(offer)
    return {
        "room": room,
        "offer": offer,
        "is_host": True,
        "now": timezone.now(),
        "form": OfferForm(offer=offer, price_stays=LONG_TITLE if name == "long" else ""),
        "seats": _seats(name),
        "takings": _takings(nothing=not lines),
        "progress": ENDS.get(name),
        "guest_form": GuestForm(),
        "most_guests": 500,
        "search": "Zoé" if name == "search" else "",
        "page": Paginator(range(90), 30).get_page(2) if name == "long" else Paginator(lines, 30).get_page(1),
        "lines": [{"line": line, "card": person(index) if index != 3 else None} for index, line in enumerate(lines)],
        "off": User(public_id="guide000000001", handle="guide0", display_name=NAMES[3]) if name == "undo" else None,
    }


def _offer(name: str = "on") -> Offer:
    now = timezone.now()
    host = User(pk=0, public_id="guide000000001", handle="guide0", display_name=NAMES[0])
    title = LONG_TITLE if name == "long" else "Why are our cities so loud at night?"
    room = Room(pk=0, public_id="guideroom", title=title, language="en", host=host, description=DESCRIPTION)
    room.state, room.starts_at = RoomState.CANCELLED if name in ENDS else RoomState.SCHEDULED, now + timedelta(days=3)
    offer = Offer(room=room, amount=1_250, currency=EURO, capacity=50, taken=45)
    offer.sales_begin_at, offer.sales_end_at = now - timedelta(hours=5), now + timedelta(days=3)
    if name in {"stopped", "staff-stopped", *ENDS}:
        offer.closed_at, offer.stopped_by_staff = now, name == "staff-stopped"
    if name in ENDS:
        offer.refund_all = RefundReason.CANCELLED
    return offer


def _seats(name: str) -> Seats:
    if name == "empty":
        return Seats(capacity=50, sold=0, held=0, guests=0, free=50, waiting=0)
    if name == "sold-out":
        return Seats(capacity=50, sold=46, held=2, guests=2, free=0, waiting=17)
    return Seats(capacity=50, sold=42, held=1, guests=2, free=5, waiting=0)


def _takings(*, nothing: bool) -> Takings:
    sums = (0,) * 6 if nothing else (52_500, 2_500, 1_250, 8_125, 4_200, 40_625)
    revenue, refunded, disputed, tax, fees, held = (Money(minor, EURO) for minor in sums)
    return Takings(revenue, refunded, disputed, tax, fees, 0 if nothing else 2, held)


def _lines(offer: Offer) -> list[Holder]:
    """One for each way in which a ticket's money stands."""
    paid, nothing, part = offer.price, Money(0, EURO), Money(400, EURO)
    guest = Ticket(public_id="guideticket000", kind=TicketKind.GUEST)
    bought = Ticket(public_id="guideticket001", kind=TicketKind.BOUGHT)
    inside = Ticket(public_id="guideticket002", kind=TicketKind.BOUGHT, checked_in_at=timezone.now())
    return [
        Holder(guest, None, None, None, ""),
        Holder(inside, paid, nothing, paid, ""),
        Holder(bought, paid, part, paid - part, "part"),
        Holder(bought, paid, nothing, paid, ""),
        Holder(bought, paid, paid, nothing, "under_way"),
        Holder(inside, paid, nothing, paid, "disputed"),
        Holder(bought, paid, nothing, paid, "failed"),
        Holder(bought, paid, paid, nothing, "done"),
    ]


def _refund(*, nothing: bool) -> dict[str, Any]:
    offer = _offer()
    line = _lines(offer)[7 if nothing else 2]
    left = line.left or Money(0, EURO)
    return {"room": offer.room, "line": line, "form": RefundForm(left=left), "card": person(3)}


def _statement(*, empty: bool) -> dict[str, Any]:
    keys = ("dispute:x:lost", "refund:x:undo", "refund:x:promise", "order:x:sale")
    lines = [
        Movement(
            what=entry_words(key),
            order="guideorder0001",
            at=timezone.now(),
            change="−12,50\u00a0€",
            after=Money(120_450, EURO),
        )
        for key in keys
    ]
    return {
        "room": _offer().room,
        "balance": Money(0 if empty else 120_450, EURO),
        "lines": [] if empty else lines,
        "statement": Statement([], None if empty else "guide"),
        "later": not empty,
    }
