"""The ways in which people act in a campaign: here through the services that the pages call."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from rooms.services.planning import cancel_room, reschedule_room
from ticketing.services import checkout
from ticketing.services.guests import add_guest, remove_guest
from ticketing.services.offer_terms import OfferTerms
from ticketing.services.offers import change_offer
from ticketing.services.refunds import ask_refund
from ticketing.services.seats import hold_seat, join_line

if TYPE_CHECKING:
    from accounts.models import User
    from config.lib.money import Money
    from rooms.models import Room
    from ticketing.enums import RefundReason
    from ticketing.models import Offer, Order, Ticket

LATER = timedelta(minutes=30)


class Way(Protocol):
    """How somebody does something to the site; what they are told instead is a DomainError."""

    def hold(self, offer: int, person: User) -> Order:
        """Take a seat. Raises SoldOutError, NotForSaleError, TicketHeldError among others."""

    def page(self, order: Order) -> str:
        """Open Stripe's page and return its session."""

    def look(self, order: Order) -> None:
        """Come back from Stripe's page."""

    def give_up(self, order: Order) -> None: ...

    def join_line(self, offer: int, person: User) -> None: ...

    def refund(self, order: Order, reason: RefundReason, *, by: User | None = None, part: Money | None = None) -> None:
        """Give a ticket back, as its buyer or, with another reason, for them."""

    def move(self, room: Room) -> None:
        """Let a room begin half an hour later."""

    def invite(self, room: Room, person: User) -> None: ...

    def take_off(self, room: Room, guest: Ticket) -> None: ...

    def offer_seats(self, offer: Offer, seats: int) -> None: ...

    def call_off(self, room: Room) -> None: ...


class Services:
    """People who call services, in their own process."""

    def hold(self, offer: int, person: User) -> Order:
        return hold_seat(offer, person)

    def page(self, order: Order) -> str:
        address = checkout.begin(order, language="en", origin="https://causerie.example.org")
        return session_at(address)

    def look(self, order: Order) -> None:
        checkout.look(order.pk)

    def give_up(self, order: Order) -> None:
        checkout.give_up(order.pk)

    def join_line(self, offer: int, person: User) -> None:
        join_line(offer, person)

    def refund(self, order: Order, reason: RefundReason, *, by: User | None = None, part: Money | None = None) -> None:
        ask_refund(order.pk, reason=reason, by=by, amount=part)

    def move(self, room: Room) -> None:
        if room.starts_at is not None:
            reschedule_room(room.public_id, by=room.host, starts_at=room.starts_at + LATER)

    def invite(self, room: Room, person: User) -> None:
        add_guest(room.public_id, by=room.host, person=person)

    def take_off(self, room: Room, guest: Ticket) -> None:
        remove_guest(room.public_id, by=room.host, ticket_id=guest.public_id)

    def offer_seats(self, offer: Offer, seats: int) -> None:
        terms = OfferTerms(offer.price, seats, offer.sales_begin_at, offer.sales_end_at)
        change_offer(offer.room.public_id, by=offer.room.host, revision=offer.revision, terms=terms)

    def call_off(self, room: Room) -> None:
        cancel_room(room.public_id, by=None, staff=True)


def session_at(address: str) -> str:
    """Return whose page it is at Stripe."""
    return address.rstrip("/").rpartition("/")[2]
