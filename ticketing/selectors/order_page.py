"""What somebody's order page shows: how far the order is, what can be done, and until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone

from rooms.enums import OVER, RoomState
from ticketing.enums import DisputeState, OrderState, RefundState
from ticketing.selectors.receipts import Line, receipt_lines

if TYPE_CHECKING:
    from datetime import datetime

    from rooms.models import Room
    from ticketing.models import Order, Refund, Ticket


class Stage(StrEnum):
    """How far an order is, for whoever placed it."""

    HELD = "held"
    # Back from Stripe's page, and the money is not known to have come yet.
    CONFIRMING = "confirming"
    # The same, for too long.
    UNCONFIRMED = "unconfirmed"
    RELEASED = "released"
    TICKET = "ticket"
    DISPUTED = "disputed"
    LOST = "lost"
    # All of the money is on its way back.
    RETURNING = "returning"
    # The bank did not take it.
    STUCK = "stuck"
    REFUNDED = "refunded"


@dataclass(frozen=True, slots=True)
class OrderPage:
    """What the page shows."""

    order: Order
    room: Room
    stage: Stage
    now: datetime
    ticket: Ticket | None
    refunds: list[Refund]
    receipt: list[Line]
    # Until when the ticket may be given back; None if not any more.
    refundable_until: datetime | None

    @property
    def price(self) -> str:
        return self.order.total.written()

    @property
    def room_is_over(self) -> bool:
        return self.room.state in OVER

    @property
    def room_is_live(self) -> bool:
        return self.room.state == RoomState.LIVE

    @property
    def statement_hint(self) -> str:
        """Return what the card's statement says; empty if nobody has said what."""
        return settings.STRIPE_STATEMENT_NAME

    @property
    def back(self) -> list[Refund]:
        """Return the refunds that went through or are on their way."""
        return [refund for refund in self.refunds if refund.state != RefundState.FAILED]


def order_page(order: Order, *, back_from_stripe: bool = False, waited: float = 0) -> OrderPage:
    """Return what the page of an order shows; `waited` is for how many seconds its payment has been looked for."""
    now = timezone.now()
    ticket = good_ticket(order)
    refunds = list(order.refunds.order_by("pk"))
    stage = _stage(order, ticket, refunds)
    if back_from_stripe and stage in {Stage.HELD, Stage.RELEASED}:
        long = waited >= settings.TICKET_CONFIRM_SECONDS
        stage = Stage.UNCONFIRMED if long else Stage.CONFIRMING
    return OrderPage(
        order=order,
        room=order.offer.room,
        stage=stage,
        now=now,
        ticket=ticket,
        refunds=refunds,
        receipt=receipt_lines(order) if order.paid_at else [],
        refundable_until=refundable_until(order, now) if stage == Stage.TICKET else None,
    )


def good_ticket(order: Order) -> Ticket | None:
    """Return the order's ticket, unless it is void."""
    ticket: Ticket | None = getattr(order, "ticket", None)
    return ticket if ticket is not None and ticket.voided_at is None else None


def refundable_until(order: Order, now: datetime) -> datetime | None:
    """Return until when a buyer may give their ticket back by themselves; None if that is over.

    ticketing.services.refunds holds them to the same.
    """
    room = order.offer.room
    usual = None
    if room.is_coming and room.starts_at is not None:
        usual = room.starts_at - timedelta(hours=settings.TICKET_REFUND_HOURS)
    free = None if _came_in(order) else order.free_refund_until
    ends = [moment for moment in (usual, free) if moment is not None and moment > now]
    return max(ends, default=None)


def _came_in(order: Order) -> bool:
    ticket = good_ticket(order)
    return ticket is not None and ticket.checked_in_at is not None


def _stage(order: Order, ticket: Ticket | None, refunds: list[Refund]) -> Stage:
    unpaid = {OrderState.HELD: Stage.HELD, OrderState.RELEASED: Stage.RELEASED}
    disputed = {DisputeState.OPEN: Stage.DISPUTED, DisputeState.LOST: Stage.LOST}
    if early := unpaid.get(OrderState(order.state)) or disputed.get(DisputeState(order.dispute_state)):
        return early
    if order.state == OrderState.REFUNDED:
        return Stage.REFUNDED
    if ticket is not None:
        return Stage.TICKET
    failed = any(refund.state == RefundState.FAILED for refund in refunds)
    return Stage.STUCK if failed and order.refunded < (order.charged or 0) else Stage.RETURNING
