"""Makes what a host's side shows: orders in each of their states, guests, money in the ledger."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from config.lib.money import Money
from rooms.enums import AdmissionKind
from rooms.services.entry import admit
from tests.factories.people import UserFactory
from ticketing import account_names
from ticketing.enums import OrderState, RefundReason, RefundState, TicketKind
from ticketing.models import Offer, Order, Refund, Ticket
from ticketing.services.ledger import Posting, post

if TYPE_CHECKING:
    from accounts.models import User


def held_order(offer: Offer, buyer: User | None = None, **fields: Any) -> Order:
    """Return an order that holds one of the offer's seats."""
    Offer.objects.filter(pk=offer.pk).update(taken=F("taken") + 1)
    given = {
        "amount": offer.amount,
        "currency": offer.currency,
        "held_until": timezone.now() + timedelta(minutes=35),
    } | fields
    return Order.objects.create(offer=offer, buyer=buyer or UserFactory.create(), **given)


@transaction.atomic
def sold_order(
    offer: Offer, buyer: User | None = None, *, fee: int | None = 43, tax: int = 200, **fields: Any
) -> Order:
    """Return an order that was paid, with its ticket, its admission and its entries in the ledger."""
    order = held_order(
        offer,
        buyer,
        **{
            "state": OrderState.PAID,
            "charged": offer.amount,
            "paid_at": timezone.now(),
            "fee": fee,
            "country": "FR",
            "tax": tax,
            "tax_rate": 2000,
        }
        | fields,
    )
    order.session, order.payment_intent, order.charge = (f"{kind}_{order.public_id}" for kind in ("cs", "pi", "ch"))
    order.save()
    assert order.buyer is not None
    Ticket.objects.create(room=offer.room, holder=order.buyer, kind=TicketKind.BOUGHT, order=order)
    admit(offer.room, order.buyer, kind=AdmissionKind.TICKET)
    post(*_sale(order))
    return order


def given_back(order: Order, minor: int, state: str = RefundState.SUCCEEDED, **fields: Any) -> Refund:
    """Return a refund of a part, or of all, of a paid order."""
    Order.objects.filter(pk=order.pk).update(refunded=F("refunded") + minor)
    given = {"reason": RefundReason.HOST, "state": state} | fields
    return Refund.objects.create(order=order, amount=minor, **given)


def guest_ticket(offer: Offer, guest: User | None = None) -> Ticket:
    """Return a place on the guest list."""
    Offer.objects.filter(pk=offer.pk).update(taken=F("taken") + 1)
    return Ticket.objects.create(room=offer.room, holder=guest or UserFactory.create(), kind=TicketKind.GUEST)


def _sale(order: Order) -> list[Posting]:
    room, currency, key = order.offer.room.public_id, order.currency, order.public_id
    stripe, held = account_names.stripe(currency), account_names.held_for_room(room, currency)
    tax = order.tax or 0
    found = [Posting(stripe, held, Money(order.amount - tax, currency), f"order:{key}:sale", order=key)]
    if tax:
        vat = account_names.vat("fr", currency)
        found.append(Posting(stripe, vat, Money(tax, currency), f"order:{key}:vat", order=key))
    if order.fee:
        fees = account_names.stripe_fees(currency)
        found.append(Posting(fees, stripe, Money(order.fee, currency), f"order:{key}:fee", order=key))
    return found
