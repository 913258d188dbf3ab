"""Seats: held for a buyer, freed again, offered to whoever waits. An offer is never oversold, whoever does what when.

The one number `Offer.taken` moves with the row that it counts, in one transaction: up by a conditional UPDATE that
finds no row once all are taken, down only together with the order that gave its seat back. For a buyer both are one
statement, so that the hot row is locked for as short as can be. Whoever frees a seat locks the offer, and so does who
joins the line: a seat that becomes free goes to the first who waits, and nobody waits while one is free.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef
from django.utils import timezone

from config.lib import prepared
from config.lib.deadlocks import again_after_deadlock
from config.lib.inserting import insert, insert_if
from rooms.entering import is_banned
from rooms.enums import OVER
from ticketing.enums import OrderState, WaitingState
from ticketing.models import Offer, Order, Ticket, WaitingPlace
from ticketing.selling_errors import NotForSaleError, OwnRoomError, SeatFreeError, SoldOutError, TicketHeldError
from ticketing.services import telling

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet
    from django.db.models.expressions import Combinable

    from accounts.models import User
    from ticketing.enums import ReleaseReason


@again_after_deadlock
def hold_seat(offer_id: int, buyer: User) -> Order:
    """Hold a seat for the buyer and return their order; the one that they have, if a seat is held for them already.

    Raises NotForSaleError, OwnRoomError, TicketHeldError, SoldOutError.
    """
    offer = _offer_for(offer=offer_id, buyer=buyer.pk)
    now = timezone.now()
    if offer.room.host_id == buyer.pk:
        raise OwnRoomError
    if offer.has_ticket:
        raise TicketHeldError
    if offer.has_seat and (held := _held_for(offer, buyer)):
        return held
    if not _is_selling(offer, now):
        raise NotForSaleError
    # While somebody waits nothing is free. (And whoever frees a seat may be holding it for them this very moment.) For
    # the others it is looked at first, so that they need not write anything to learn of it.
    if offer.waits or offer.taken >= offer.capacity:
        raise SoldOutError
    return _hold(offer, buyer, now) or hold_seat(offer_id, buyer)


@prepared.one
def _offer_for(*, offer: int, buyer: int) -> QuerySet[Any]:
    """Read an offer with its room and what the buyer has of it, all in one: most come to a hot room in vain."""
    tickets = Ticket.objects.filter(room=OuterRef("room"), holder=buyer, voided_at=None)
    seats = Order.objects.filter(offer=OuterRef("pk"), buyer=buyer, takes_seat=True)
    places = WaitingPlace.objects.filter(offer=OuterRef("pk"), user=buyer, state=WaitingState.WAITING)
    known = Offer.objects.annotate(has_ticket=Exists(tickets), has_seat=Exists(seats), waits=Exists(places))
    return known.select_related("room").filter(pk=offer)


def _hold(offer: Offer, buyer: User, now: datetime) -> Order | None:
    """Hold a seat at the price that the buyer was shown; None if it has another by now. Raises SoldOutError."""
    order = _order_for(offer, buyer, now)
    try:
        if insert_if(_taking(offer=offer.pk, amount=offer.amount, currency=offer.currency), order):
            order.is_fresh = True
            return order
    except IntegrityError:
        # The same person pressed twice: the other press holds the seat.
        if held := _held_for(offer, buyer):
            return held
        raise
    if Offer.objects.filter(pk=offer.pk, amount=offer.amount, currency=offer.currency).exists():
        raise SoldOutError
    return None


def take_seat(offer_id: int) -> bool:
    """Take a seat inside the caller's transaction; say whether there was one."""
    return _free(offer_id).update(taken=F("taken") + 1) == 1


@prepared.updating
def _taking(*, offer: int, amount: int, currency: str) -> tuple[QuerySet[Offer], dict[str, Combinable]]:
    """Take a seat if that is what it costs."""
    return _free(offer).filter(amount=amount, currency=currency), {"taken": F("taken") + 1}


def _free(offer_id: int) -> QuerySet[Offer]:
    return Offer.objects.filter(pk=offer_id, closed_at=None, taken__lt=F("capacity"))


def take_guest_seat(offer_id: int) -> bool:
    """Take one for a guest, who buys nothing: also while the sale is stopped. Return whether there was one."""
    return Offer.objects.filter(pk=offer_id, taken__lt=F("capacity")).update(taken=F("taken") + 1) == 1


@again_after_deadlock
def release(order_id: int, reason: ReleaseReason, *, session: str | None = None) -> bool:
    """End a hold without money and free its seat; return whether there was a hold to end.

    With `session` only if that is still the order's: "" means that it has none.
    """
    with transaction.atomic():
        held = Order.objects.filter(pk=order_id, state=OrderState.HELD)
        if session is not None:
            held = held.filter(session=session)
        ended = held.update(
            state=OrderState.RELEASED, takes_seat=False, released_at=timezone.now(), release_reason=reason
        )
        if ended:
            offer_id = Order.objects.values_list("offer_id", flat=True).get(pk=order_id)
            WaitingPlace.objects.filter(order=order_id).update(state=WaitingState.OVER)
            free_seat(offer_id)
    return ended == 1


def free_seat(offer_id: int) -> Order | None:
    """Give a seat that was taken to the first who waits, who is told, or back; inside the caller's transaction.

    Returns the order that holds it now.
    """
    offer = Offer.objects.select_for_update(no_key=True, of=("self",)).select_related("room").get(pk=offer_id)
    order = _offer_to_next(offer)
    if order is None:
        Offer.objects.filter(pk=offer_id).update(taken=F("taken") - 1)
    return order


def hold_free_seats(offer_id: int) -> list[Order]:
    """Hold the seats that are free for whoever waits, in their order; inside the caller's transaction.

    For when seats become free otherwise than one by one: there are more of them, or the sale goes on again. Those who
    get one are told. Returns the orders that hold them now.
    """
    offer = Offer.objects.select_for_update(no_key=True, of=("self",)).select_related("room").get(pk=offer_id)
    held: list[Order] = []
    while offer.taken + len(held) < offer.capacity and (order := _offer_to_next(offer)):
        held.append(order)
    # The row is locked: nobody has taken one of them meanwhile.
    Offer.objects.filter(pk=offer_id).update(taken=F("taken") + len(held))
    return held


@again_after_deadlock
def join_line(offer_id: int, user: User) -> WaitingPlace:
    """Wait for a seat; who waits already keeps the place.

    Raises NotForSaleError, OwnRoomError, TicketHeldError, and SeatFreeError if there is nothing to wait for.
    """
    with transaction.atomic():
        offer = Offer.objects.select_for_update(no_key=True, of=("self",)).select_related("room").get(pk=offer_id)
        if offer.room.host_id == user.pk:
            raise OwnRoomError
        if Ticket.objects.filter(room=offer.room, holder=user, voided_at=None).exists():
            raise TicketHeldError
        if not _is_selling(offer, timezone.now()):
            raise NotForSaleError
        waiting = WaitingPlace.objects.filter(offer=offer, user=user).exclude(state=WaitingState.OVER).first()
        if waiting is None and offer.taken < offer.capacity:
            raise SeatFreeError
        return waiting or WaitingPlace.objects.create(offer=offer, user=user)


def _offer_to_next(offer: Offer) -> Order | None:
    now = timezone.now()
    if not _is_selling(offer, now):
        return None
    line = WaitingPlace.objects.filter(offer=offer, state=WaitingState.WAITING, user__is_active=True).order_by("pk")
    for place in line.select_related("user"):
        found_one = Order.objects.filter(offer=offer, buyer=place.user, takes_seat=True).exists()
        if found_one or is_banned(offer.room, place.user):
            # They found a seat by themselves, or were sent out for good.
            WaitingPlace.objects.filter(pk=place.pk).update(state=WaitingState.OVER)
            continue
        until = min(now + timedelta(minutes=settings.TICKET_OFFER_MINUTES), offer.sales_end_at)
        order = _order_for(offer, place.user, now, until=until)
        insert(order)
        place.state, place.order, place.offered_until = WaitingState.OFFERED, order, until
        place.save(update_fields=["state", "order", "offered_until"])
        telling.seat_offered(place)
        return order
    return None


def _order_for(offer: Offer, buyer: User, now: datetime, *, until: datetime | None = None) -> Order:
    """Return an order that is not written yet."""
    return Order(
        offer=offer,
        buyer=buyer,
        amount=offer.amount,
        currency=offer.currency,
        held_until=until or now + timedelta(minutes=settings.TICKET_HOLD_MINUTES),
    )


def _held_for(offer: Offer, buyer: User) -> Order | None:
    order = Order.objects.filter(offer=offer, buyer=buyer, takes_seat=True).first()
    if order is not None and order.state == OrderState.PAID:
        raise TicketHeldError
    return order


def _is_selling(offer: Offer, now: datetime) -> bool:
    return offer.closed_at is None and offer.room.state not in OVER and offer.sales_begin_at <= now < offer.sales_end_at
