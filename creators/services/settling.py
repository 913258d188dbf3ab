"""Settlement: some days after a room has taken place, what it brought in becomes its seller's, order by order.

From the room's account the platform's fee goes to the platform, the payment's cost to what payments have cost us, as
far as the seller bears it, and the rest to the seller (creators.owing). What is still in dispute, on its way back or
without its cost waits, and is settled once that is known. Rooms that were cancelled, also because nobody came, are
refunded.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef

from config.lib.money import Money
from creators.enums import EarningSource
from creators.models import Earning
from creators.owing import parts_of
from creators.selectors.earnings import sale_fees
from creators.services.earnings import earn
from rooms.enums import RoomState
from ticketing import account_names as accounts
from ticketing.enums import DisputeState, OrderState, RefundState
from ticketing.models import Order, Refund, Ticket
from ticketing.selectors.earned import with_earned
from ticketing.services.ledger import Posting, post

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

log = structlog.get_logger(__name__)

BATCH: Final = 100


def settle_rooms(now: datetime, limit: int = BATCH) -> int:
    """Settle some of the orders that are due, of one seller and currency; return how many.

    Any number of these may run at once.
    """
    first = due_orders(now).order_by("pk").values_list("offer__seller_key", "currency").first()
    if first is None:
        return 0
    seller, currency = first
    with transaction.atomic():
        wanted = due_orders(now).filter(offer__seller_key=seller, currency=currency).order_by("pk")
        locked = wanted.select_for_update(no_key=True, skip_locked=True, of=("self",))
        keys = list(locked.values_list("pk", flat=True)[:limit])
        # Read again, now that nobody else changes them.
        rows = due_orders(now).filter(pk__in=keys).select_related("offer__room", "offer__seller").order_by("pk")
        fees = sale_fees(seller, currency)
        settled = sum(_settle(order, fees[order.pk], now) for order in with_earned(rows))
    log.info("settled", seller=seller, currency=currency, orders=settled)
    return settled


def due_orders(now: datetime) -> QuerySet[Order]:
    """Return the orders whose money is to be settled: for a ticket that stays good, to a room that took place."""
    until = now - timedelta(days=settings.TICKET_SETTLE_DAYS)
    paid = Order.objects.filter(
        state=OrderState.PAID,
        charged__gt=F("refunded") + F("disputed"),
        fee__isnull=False,
        offer__refund_all="",
        offer__room__state=RoomState.ENDED,
        offer__room__ended_at__lte=until,
    )
    under_way = Refund.objects.filter(order=OuterRef("pk"), state__in=(RefundState.WANTED, RefundState.PENDING))
    ticket = Ticket.objects.filter(order=OuterRef("pk"), voided_at=None)
    settled = Earning.objects.filter(source=EarningSource.TICKET, source_key=OuterRef("public_id"))
    asked_back = {"dispute_state": DisputeState.OPEN}
    return paid.exclude(**asked_back).filter(Exists(ticket), ~Exists(under_way), ~Exists(settled))


def settlement_moves(earning: Earning, room_id: str) -> dict[str, tuple[str, str, int]]:
    """Return the entries of a settled order by key: debit, credit and amount."""
    room, currency = accounts.held_for_room(room_id, earning.currency), earning.currency
    key = f"earning:{earning.source}:{earning.source_key}"
    parts = {
        key: (accounts.creator(earning.creator_key, currency), earning.net),
        f"{key}:fee": (accounts.platform_fees(currency), earning.fee),
        f"{key}:cost": (accounts.stripe_fees(currency), earning.cost),
    }
    return {name: (room, account, minor) for name, (account, minor) in parts.items() if minor}


def _settle(order: Any, fee: int, now: datetime) -> bool:
    """Write an order's earning down, with all that it takes from the room's account; False if that was done before."""
    parts = parts_of(order.earned, fee, order.fee)
    kept = order.charged - order.refunded - order.disputed
    room, offer = order.offer.room, order.offer
    earning = Earning(
        creator=offer.seller,
        creator_key=offer.seller_key,
        source=EarningSource.TICKET,
        source_key=order.public_id,
        room=room,
        charge=order.charge,
        currency=order.currency,
        gross=kept,
        tax=kept - order.earned,
        cost=parts.cost,
        fee=parts.fee,
        net=parts.net,
        earned_at=order.paid_at,
        available_at=now,
    )
    held = accounts.held_for_room(room.public_id, order.currency)
    if not earn(earning, out_of=held, order=order.public_id):
        return False
    moves = settlement_moves(earning, room.public_id)
    post(
        *(
            Posting(debit, credit, Money(minor, order.currency), key, order=order.public_id)
            for key, (debit, credit, minor) in moves.items()
            if key.endswith((":fee", ":cost"))
        )
    )
    return True
