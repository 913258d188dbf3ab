"""Reads about offers, orders, tickets and the waiting line, and who may see what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Coalesce

from config.lib.errors import NotFoundError
from config.lib.money import Money
from config.lib.public_id import is_public_id
from rooms.entering import is_banned
from rooms.enums import OVER
from rooms.selectors import room_for
from ticketing.enums import OrderState, WaitingState
from ticketing.models import Offer, Order, Ticket, WaitingPlace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.contrib.auth.models import AnonymousUser
    from django.db.models import QuerySet

    from accounts.models import User


def offer_for(user: User, room_id: str) -> Offer:
    """Return what a room sells, to somebody who may know of it and whom it does not keep out. Raises NotFoundError."""
    room = room_for(user, room_id)
    offer = Offer.objects.select_related("room__host").filter(room=room).first()
    if offer is None or is_banned(room, user):
        raise NotFoundError
    return offer


def orders_for(user: User | AnonymousUser) -> QuerySet[Order]:
    """Return somebody's own orders, with all that their pages say of the room."""
    if not user.is_authenticated:
        return Order.objects.none()
    return Order.objects.filter(buyer=user).select_related("offer__room__host", "ticket")


def order_for(user: User | AnonymousUser, public_id: str) -> Order:
    """Return one's own order. Raises NotFoundError, also if it is somebody else's."""
    found = orders_for(user).filter(public_id=public_id).first() if is_public_id(public_id) else None
    if found is None:
        raise NotFoundError
    return found


def held_order_of(offer: Offer, user: User) -> Order | None:
    """Return the order for which a seat is held for somebody."""
    return Order.objects.filter(offer=offer, buyer=user, state=OrderState.HELD).first()


def ticket_of(offer: Offer, user: User) -> Ticket | None:
    """Return somebody's good ticket for the room."""
    return Ticket.objects.select_related("order").filter(room=offer.room_id, holder=user, voided_at=None).first()


def waiting_place_of(offer: Offer, user: User) -> WaitingPlace | None:
    """Return where somebody waits for a seat, if they do."""
    return WaitingPlace.objects.filter(offer=offer, user=user, state=WaitingState.WAITING).first()


def number_in_line(place: WaitingPlace) -> int:
    """Return 1 for whoever is asked first. Closed accounts are passed over."""
    line = WaitingPlace.objects.filter(offer=place.offer_id, state=WaitingState.WAITING, pk__lt=place.pk)
    return line.filter(user__is_active=True).count() + 1


def prices_of(room_keys: Iterable[int]) -> dict[int, Money]:
    """Return what a seat costs in those of the rooms (by row number) that sell any; the hook settings.ROOM_PRICES."""
    offers = Offer.objects.filter(room__in=list(room_keys))
    return {
        room: Money(amount, currency) for room, amount, currency in offers.values_list("room", "amount", "currency")
    }


def coming_tickets(user: User) -> QuerySet[Ticket]:
    """Return somebody's good tickets for rooms that are to come or live, the next first."""
    began = Coalesce("room__starts_at", "room__created_at")
    return _tickets(user).filter(voided_at=None).exclude(room__state__in=OVER).order_by(began, "pk")


def past_tickets(user: User) -> QuerySet[Ticket]:
    """Return somebody's good tickets for rooms that are over, the latest first."""
    return _tickets(user).filter(voided_at=None, room__state__in=OVER).order_by("-room__ended_at", "-pk")


def open_orders(user: User) -> QuerySet[Order]:
    """Return the orders for which a seat is held, the one that ends first at the top."""
    return orders_for(user).filter(state=OrderState.HELD).order_by("held_until", "pk")


def returned_orders(user: User) -> QuerySet[Order]:
    """Return the paid orders that have no good ticket: their money went back or is on its way. The latest first."""
    good = Ticket.objects.filter(order=OuterRef("pk"), voided_at=None)
    paid = Q(state__in=[OrderState.PAID, OrderState.REFUNDED])
    return orders_for(user).filter(paid, ~Exists(good)).order_by("-paid_at", "-pk")


def waiting_places(user: User) -> QuerySet[WaitingPlace]:
    """Return where somebody waits for a seat, the next room first."""
    places = WaitingPlace.objects.filter(user=user, state=WaitingState.WAITING)
    return places.select_related("offer__room__host").order_by("offer__room__starts_at", "pk")


def _tickets(user: User) -> QuerySet[Ticket]:
    return Ticket.objects.filter(holder=user).select_related("room__host", "order")
