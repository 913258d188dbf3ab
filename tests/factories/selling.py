"""Makes offers of seats, and orders in each of their states, without a payment."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import F
from django.utils import timezone

from config.lib.public_id import new_public_id
from rooms.enums import AdmissionKind
from rooms.services.entry import admit, withdraw
from tests.factories.rooms import RoomFactory
from ticketing.enums import OrderState, RefundReason, RefundState, TicketKind
from ticketing.models import Offer, Order, Refund, Ticket

if TYPE_CHECKING:
    from accounts.models import User
    from rooms.models import Room


def offer_of(room: Room | None = None, *, seats: int = 5, **fields: Any) -> Offer:
    """Return an offer that is on sale now."""
    now, room = timezone.now(), room or RoomFactory.create()
    given = {
        "seller": room.host,
        "seller_key": room.host.public_id,
        "amount": 1200,
        "currency": "eur",
        "capacity": seats,
        "sales_begin_at": now - timedelta(days=1),
        "sales_end_at": now + timedelta(days=1),
    } | fields
    return Offer.objects.create(room=room, **given)


def held_order(offer: Offer, buyer: User, **fields: Any) -> Order:
    """Return an order whose seat is held for half an hour."""
    return _order(offer, buyer, **({"held_until": timezone.now() + timedelta(minutes=30)} | fields))


def paid_order(offer: Offer, buyer: User, **fields: Any) -> Order:
    """Return an order that was paid just now, with its ticket, which opens the door."""
    now = timezone.now()
    paid = {
        "state": OrderState.PAID,
        "charged": offer.amount,
        "paid_at": now,
        "held_until": now,
        "country": "FR",
        "tax_rate": 2000,
        "tax": offer.price.fraction(2000, 12000).minor,
        "session": f"cs_{new_public_id()}",
        "payment_intent": f"pi_{new_public_id()}",
        "charge": f"ch_{new_public_id()}",
    }
    order = _order(offer, buyer, **(paid | fields))
    Ticket.objects.create(room=offer.room, holder=buyer, kind=TicketKind.BOUGHT, order=order)
    admit(offer.room, buyer, kind=AdmissionKind.TICKET)
    return order


def refund_of(order: Order, *, amount: int | None = None, **fields: Any) -> Refund:
    """Return a refund of an order; a whole one takes ticket and seat with it, as the service does."""
    back = order.amount if amount is None else amount
    refund = Refund.objects.create(order=order, amount=back, **({"reason": RefundReason.BUYER} | fields))
    order.refunded += back
    if order.refunded == order.charged:
        order.takes_seat = False
        Offer.objects.filter(pk=order.offer_id).update(taken=F("taken") - 1)
        Ticket.objects.filter(order=order).update(voided_at=timezone.now())
        if order.buyer is not None:
            withdraw(order.offer.room, order.buyer, kind=AdmissionKind.TICKET)
        if refund.state == RefundState.SUCCEEDED:
            order.state = OrderState.REFUNDED
    order.save()
    return refund


def _order(offer: Offer, buyer: User, **fields: Any) -> Order:
    given = {"amount": offer.amount, "currency": offer.currency} | fields
    order: Order = Order.objects.create(offer=offer, buyer=buyer, **given)
    if order.takes_seat:
        Offer.objects.filter(pk=offer.pk).update(taken=F("taken") + 1)
        offer.refresh_from_db()
    return order
