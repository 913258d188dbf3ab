"""What staff do for a buyer who asks: look again at Stripe, send the receipt again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.db import transaction
from django.utils import timezone

from accounts.models import Notification
from ticketing.enums import OrderState, RefundState
from ticketing.models import Order, Refund
from ticketing.offer_errors import NoReceiptError
from ticketing.services import telling
from ticketing.services.checkout import look
from ticketing.services.refunds import locked_order, look_at_refund

if TYPE_CHECKING:
    from django.db.models import QuerySet

# Who presses twice sends one letter.
PAUSE: Final = timedelta(minutes=1)


def look_again(order_id: int) -> Order:
    """Ask Stripe how a payment and its refunds stand, and do what follows. Raises PaymentsUnavailableError."""
    order = look(order_id)
    for key in _open_refunds(order).values_list("pk", flat=True):
        look_at_refund(key)
    order.refresh_from_db()
    return order


@transaction.atomic
def send_receipt_again(order_id: int) -> None:
    """Send the buyer their receipt once more, unless one left within this minute. Raises NoReceiptError."""
    order = locked_order(order_id)
    if order.state not in {OrderState.PAID, OrderState.REFUNDED} or order.buyer_id is None:
        raise NoReceiptError
    now = timezone.now()
    told = Notification.objects.filter(user=order.buyer_id, kind="receipt", data__order=order.public_id)
    if not told.filter(created_at__gt=now - PAUSE).exists():
        telling.receipt_again(order, now)


def _open_refunds(order: Order) -> QuerySet[Refund]:
    return Refund.objects.filter(order=order, state=RefundState.PENDING).order_by("pk")
