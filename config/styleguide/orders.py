"""Tickets in the style guide: what a room's door says of them, and the page of an order, in each state."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import User
from config.lib.errors import NotFoundError
from config.styleguide.rooms import DESCRIPTION
from config.styleguide.samples import LONG_NAME, LONG_TITLE, NAMES
from config.styleguide.views import for_staff
from rooms.entry_rules import Facts, decide
from rooms.enums import EntryRule, RoomState
from rooms.models import Room
from rooms.views.door import door_context
from ticketing.enums import OrderState, RefundReason, RefundState, ReleaseReason
from ticketing.models import Offer, Order, Refund, Ticket
from ticketing.selectors.order_page import OrderPage, Stage
from ticketing.selectors.panel import OfferPanel, Stand
from ticketing.selectors.receipts import Line, receipt_lines

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

PAID = (Stage.TICKET, Stage.DISPUTED, Stage.LOST, Stage.RETURNING, Stage.STUCK, Stage.REFUNDED)
# How the refund stands where there is one.
REFUNDS = {
    Stage.RETURNING: RefundState.PENDING,
    Stage.STUCK: RefundState.FAILED,
    Stage.REFUNDED: RefundState.SUCCEEDED,
}
STAGES = {
    **{f"order-{stage.value}": stage for stage in Stage},
    "order-live": Stage.TICKET,
    "order-late": Stage.TICKET,
    "order-long": Stage.TICKET,
}
STANDS = {f"offer-{stand.value.replace('_', '-')}": stand for stand in Stand} | {
    "offer-guest": Stand.SALE,
    "offer-few": Stand.SALE,
}


def receipt_sample() -> list[Line]:
    """Return the lines of a receipt with a long title and a long name."""
    return receipt_lines(_order(_offer(long=True), Stage.TICKET))


def paths() -> list[str]:
    """Return the address of every such page of the guide."""
    return [reverse("styleguide:order", args=[name]) for name in (*STANDS, *STAGES)]


@require_safe
@for_staff
def order(request: HttpRequest, name: str) -> HttpResponse:
    """Show the door of a room that sells tickets, or an order, in one state."""
    if name in STANDS:
        return _door(request, name)
    if name not in STAGES:
        raise NotFoundError
    context = {"page": _page(name), "began": 0, "poll_seconds": 3600}
    return render(request, "ticketing/order.html", context)


def _door(request: HttpRequest, name: str) -> HttpResponse:
    offer = _offer()
    offer.taken = 45 if name == "offer-few" else 12
    panel = OfferPanel(
        offer=offer,
        room=offer.room,
        stand=STANDS[name],
        you=name != "offer-guest",
        now=timezone.now(),
        ticket=Ticket(),
        order=_order(offer, Stage.HELD),
        number=3,
    )
    decision = decide(EntryRule.TICKET, Facts(), guests_listen=False)
    return render(request, "rooms/door.html", {**door_context(request, offer.room, decision), "offer": panel})


def _page(name: str) -> OrderPage:
    stage = STAGES[name]
    offer = _offer(long=name == "order-long")
    offer.room.state = RoomState.LIVE if name == "order-live" else RoomState.SCHEDULED
    placed = _order(offer, stage)
    now = timezone.now()
    page = OrderPage(
        order=placed,
        room=offer.room,
        stage=stage,
        now=now,
        ticket=None,
        refunds=_refunds(placed, stage),
        receipt=receipt_lines(placed) if stage in PAID else [],
        refundable_until=now + timedelta(days=2) if stage == Stage.TICKET else None,
    )
    return replace(page, refundable_until=None) if name in {"order-late", "order-live"} else page


def _offer(*, long: bool = False) -> Offer:
    host = User(pk=0, public_id="guide000000001", handle="guide0", display_name=LONG_NAME if long else NAMES[3])
    title = LONG_TITLE if long else "Why are our cities so loud at night?"
    now = timezone.now()
    room = Room(pk=0, public_id="guideroom", title=title, language="en", host=host, description=DESCRIPTION)
    room.state, room.starts_at = RoomState.SCHEDULED, now + timedelta(days=3)
    sales = {"sales_begin_at": now + timedelta(hours=5), "sales_end_at": now + timedelta(days=3)}
    return Offer(room=room, amount=1_250, currency="eur", capacity=50, taken=12, **sales)


def _order(offer: Offer, stage: Stage) -> Order:
    now = timezone.now()
    placed = Order(public_id="guideorder0001", offer=offer, amount=offer.amount, currency=offer.currency)
    placed.held_until = now + timedelta(minutes=31, seconds=12)
    if stage == Stage.RELEASED:
        placed.state, placed.release_reason = OrderState.RELEASED, ReleaseReason.EXPIRED
    if stage in PAID:
        placed.state, placed.paid_at, placed.charged = OrderState.PAID, now - timedelta(days=1), offer.amount
        placed.tax_rate, placed.tax = 2_000, 208
    return placed


def _refunds(placed: Order, stage: Stage) -> list[Refund]:
    state = REFUNDS.get(stage)
    if state is None:
        return []
    return [Refund(order=placed, amount=placed.amount, reason=RefundReason.BUYER, state=state)]
