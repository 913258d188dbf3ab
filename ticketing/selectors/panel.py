"""What a room's page says of its tickets to whoever looks: the hook settings.ROOM_OFFER.

Whoever asks has looked already whether the person may know of the room.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import timezone

from rooms.enums import OVER, RoomState
from ticketing.enums import OrderState
from ticketing.models import Offer, Order, Ticket
from ticketing.selectors.selling import held_order_of, number_in_line, ticket_of, waiting_place_of

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User
    from rooms.models import Room


class Stand(StrEnum):
    """How somebody stands to a room's tickets. What comes first in the list is what is shown."""

    HOST = "host"
    TICKET = "ticket"
    # The bank asks for the money back: the ticket opens no door.
    FROZEN = "frozen"
    HELD = "held"
    # The room did not take place, and they had paid.
    RETURNING = "returning"
    OVER = "over"
    SOON = "soon"
    WAITING = "waiting"
    SOLD_OUT = "sold_out"
    SALE = "sale"


@dataclass(frozen=True, slots=True)
class OfferPanel:
    """The panel: `template` shows it, whoever includes it."""

    offer: Offer
    room: Room
    stand: Stand
    you: bool
    now: datetime
    ticket: Ticket | None = None
    order: Order | None = None
    # The place in the waiting line.
    number: int = 0

    template = "ticketing/partials/_offer.html"

    @property
    def price(self) -> str:
        return self.offer.price.written()

    @property
    def left(self) -> int:
        return max(0, self.offer.capacity - self.offer.taken)

    @property
    def few(self) -> bool:
        """Say whether so few seats are left that their number is told."""
        return 0 < self.left <= settings.TICKET_FEW_SEATS

    @property
    def leads(self) -> bool:
        """Say whether the page's one thing to do is in the panel."""
        return self.stand in {Stand.HELD, Stand.SALE, Stand.SOLD_OUT}


def offer_panel(user: User | AnonymousUser, room: Room) -> OfferPanel | None:
    """Return what a room's page says of its tickets; None if there is nothing to say."""
    offer = Offer.objects.filter(room=room).first() if room.pk else None
    if offer is None:
        return None
    now = timezone.now()
    you = user if user.is_authenticated else None
    about = _of_person(offer, room, you) if you else {}
    stand = about.pop("stand", None) or _of_sale(offer, room, now)
    if room.state == RoomState.CANCELLED and stand not in {Stand.RETURNING, Stand.HOST}:
        return None
    return OfferPanel(offer=offer, room=room, stand=stand, you=you is not None, now=now, **about)


def _of_person(offer: Offer, room: Room, user: User) -> dict[str, Any]:
    """Return how somebody stands by what they have, with that; nothing if they have nothing."""
    if room.host_id == user.pk:
        return {"stand": Stand.HOST}
    if ticket := ticket_of(offer, user):
        stand = Stand.FROZEN if ticket.frozen_at else Stand.TICKET
        return {"stand": Stand.RETURNING if _is_cancelled(room) else stand, "ticket": ticket, "order": ticket.order}
    if order := held_order_of(offer, user):
        return {"stand": Stand.HELD, "order": order}
    if _is_cancelled(room):
        paid = Order.objects.filter(offer=offer, buyer=user, state__in=[OrderState.PAID, OrderState.REFUNDED]).last()
        return {"stand": Stand.RETURNING, "order": paid} if paid else {}
    place = waiting_place_of(offer, user)
    if place and room.state not in OVER:
        return {"stand": Stand.WAITING, "number": number_in_line(place)}
    return {}


def _of_sale(offer: Offer, room: Room, now: datetime) -> Stand:
    """Return how the sale stands; ticketing.services.seats asks the same before it holds a seat."""
    if offer.closed_at is not None or room.state in OVER or now >= offer.sales_end_at:
        return Stand.OVER
    if now < offer.sales_begin_at:
        return Stand.SOON
    return Stand.SALE if offer.taken < offer.capacity else Stand.SOLD_OUT


def _is_cancelled(room: Room) -> bool:
    return room.state == RoomState.CANCELLED
