"""Telling people of their tickets and their money: rows in the change's own transaction, so that none is lost with it.

Each happens once for what it is about, however often it is told. Whoever has erased their account is told nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse

from accounts.services.notifying import notify

if TYPE_CHECKING:
    from datetime import datetime

    from config.lib.money import Money
    from ticketing.enums import RefundReason
    from ticketing.models import Order, Refund, WaitingPlace


def ticket_bought(order: Order) -> None:
    """Send the buyer their receipt, with the room for their calendar."""
    _tell(order, "receipt", order.public_id)


def receipt_again(order: Order, at: datetime) -> None:
    """Send it once more, as somebody asked for it."""
    _tell(order, "receipt", f"{order.public_id}.again.{at:%Y%m%d%H%M%S%f}")


def payment_returned(order: Order, reason: RefundReason) -> None:
    """Say that the money came when there was no seat for it any more, and that it goes back by itself."""
    _tell(order, "refund", f"{order.public_id}.returned", what="returned", reason=reason.value)


def seat_offered(place: WaitingPlace) -> None:
    """Say to whoever waits that a seat is held for them, and until when. The place has its order."""
    order, until = place.order, place.offered_until
    if order is None or until is None:
        return
    _tell(order, "seat_offered", order.public_id, until=_written(until))


def refund_promised(refund: Refund) -> None:
    """Say that money is on its way back."""
    _of_refund(refund, "promised")


def refund_done(refund: Refund) -> None:
    """Say that Stripe has sent it."""
    _of_refund(refund, "done")


def refund_failed(refund: Refund) -> None:
    """Say that the bank did not take it, and that people look after it."""
    _of_refund(refund, "failed")


def room_moved(order: Order) -> None:
    """Say that the room has another time, and until when the ticket may be given back whatever the usual deadline."""
    room, until = order.offer.room, order.free_refund_until
    when: dict[str, Any] = {
        name: _written(moment) for name, moment in (("starts_at", room.starts_at), ("until", until)) if moment
    }
    _tell(order, "ticket", f"{order.public_id}.moved.{room.revision}", what="moved", **when)


def dispute_opened(order: Order) -> None:
    """Say that a bank asks for the money back, and that the ticket opens no door meanwhile."""
    _tell(order, "ticket", f"{order.public_id}.{order.dispute}.opened", what="dispute_opened")


def dispute_closed(order: Order) -> None:
    """Say how that ended; `dispute_state` has it."""
    key = f"{order.public_id}.{order.dispute}.closed"
    _tell(order, "ticket", key, what="dispute_closed", outcome=order.dispute_state)


def _of_refund(refund: Refund, what: str) -> None:
    money = refund.money
    _tell(refund.order, "refund", f"{refund.public_id}.{what}", money=money, what=what, reason=refund.reason)


def _tell(order: Order, kind: str, key: str, *, money: Money | None = None, **about: Any) -> None:
    if order.buyer_id is None:
        return
    of = order.total if money is None else money
    data = {
        "order": order.public_id,
        "room": order.offer.room.public_id,
        "title": order.offer.room.title,
        "amount": of.minor,
        "currency": of.currency,
        **about,
    }
    notify([order.buyer_id], kind=kind, key=key, data=data, link=reverse("ticketing:order", args=[order.public_id]))


def _written(moment: datetime) -> str:
    return moment.isoformat()
