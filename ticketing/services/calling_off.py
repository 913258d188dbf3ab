"""What becomes of tickets when a room is cancelled, its host does not come, or it is moved; and the refunds of all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.db.models.functions import Coalesce
from django.utils import timezone

from config.lib.errors import DomainError
from rooms.enums import CancelReason
from ticketing.enums import DisputeState, OrderState, RefundReason, RefundState, WaitingState
from ticketing.models import Offer, Order, Refund, WaitingPlace
from ticketing.services import telling
from ticketing.services.refunds import ask_refund

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

    from rooms.models import Room

log = structlog.get_logger(__name__)


def room_cancelled(room: Room) -> None:
    """Stop the sale, and let a job give everybody their money back; a handler of settings.ROOM_CANCELLED_HANDLERS."""
    why = RefundReason.NO_SHOW if room.cancel_reason == CancelReason.NO_SHOW else RefundReason.CANCELLED
    stopped = {"refund_all": why, "closed_at": Coalesce("closed_at", timezone.now()), "revision": F("revision") + 1}
    if Offer.objects.filter(room=room, refund_all="").update(**stopped):
        WaitingPlace.objects.filter(offer__room=room, state=WaitingState.WAITING).update(state=WaitingState.OVER)


def room_moved(room: Room, before: datetime | None) -> None:
    """Let whoever bought for another time have the money back until the new one; a handler of ROOM_MOVED_HANDLERS.

    A sale that ended when the room was to begin ends when it now begins.
    """
    _mark_moved(room)
    if before is not None and room.starts_at is not None:
        until_then = Offer.objects.filter(room=room, sales_end_at=before, sales_begin_at__lt=room.starts_at)
        # The offer comes after the orders, as everywhere; and those that were made until it was locked come then.
        if until_then.update(sales_end_at=room.starts_at, revision=F("revision") + 1):
            _mark_moved(room)


def _mark_moved(room: Room) -> None:
    orders = Order.objects.filter(offer__room=room)
    # Whoever holds a seat may be paying this moment, for the time that they were shown.
    orders.filter(state__in=(OrderState.HELD, OrderState.PAID)).update(free_refund_until=room.starts_at)
    orders.filter(state=OrderState.PAID).update(tell_moved=True)


def tell_moved(limit: int = 100) -> int:
    """Tell some of those whose room was moved; return how many. Any number of these may run at once."""
    with transaction.atomic():
        waiting = Order.objects.filter(tell_moved=True).order_by("pk").select_related("offer__room", "buyer")
        orders = list(waiting.select_for_update(no_key=True, skip_locked=True, of=("self",))[:limit])
        for order in orders:
            telling.room_moved(order)
        Order.objects.filter(pk__in=[order.pk for order in orders]).update(tell_moved=False)
    return len(orders)


def refund_cancelled(limit: int = 100) -> int:
    """Promise back some of what was paid for rooms that do not take place; return how many orders.

    Any number of these may run at once. One whose refund for that reason has failed is left to staff, one in dispute to
    the bank.
    """
    count = 0
    for order in _to_refund().select_related("offer").order_by("pk")[:limit]:
        try:
            ask_refund(order.pk, reason=RefundReason(order.offer.refund_all), by=None)
            count += 1
        except DomainError as error:
            # Another job, the buyer or a bank was faster.
            log.info("refund_not_asked", order=order.public_id, error=error.code)
    return count


def _to_refund() -> QuerySet[Order]:
    paid = Order.objects.filter(state=OrderState.PAID, refunded__lt=F("charged") - F("disputed"))
    # One that failed before the room was called off does not stand in the way of this one.
    failed = Refund.objects.filter(order=OuterRef("pk"), state=RefundState.FAILED, reason=OuterRef("offer__refund_all"))
    return paid.exclude(offer__refund_all="").exclude(dispute_state=DisputeState.OPEN).exclude(Exists(failed))
