"""What selling does when an account is erased: sales stay, as books must, and name nobody any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from ticketing.models import Offer, Order, Refund, Ticket, WaitingPlace

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def erase_from_orders(person: User) -> None:
    """Part offers from their seller, orders and tickets from their buyer, end waiting; one of settings.DATA_ERASERS.

    A seat that is held just now goes on its own when its time is over.
    """
    WaitingPlace.objects.filter(user=person).delete()
    Order.objects.filter(buyer=person).update(buyer=None)
    Ticket.objects.filter(holder=person).update(holder=None)
    Offer.objects.filter(seller=person).update(seller=None)
    Refund.objects.filter(asked_by=person).update(asked_by=None)
