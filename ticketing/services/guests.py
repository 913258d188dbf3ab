"""The guest list: people who come in for free. A guest's ticket takes a seat as any other does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import IntegrityError
from django.urls import reverse
from django.utils import timezone

from accounts.selectors.blocking import has_blocked
from accounts.services.notifying import notify
from config.lib.errors import NotFoundError
from config.lib.public_id import is_public_id
from rooms.entering import is_banned
from rooms.enums import Action, AdmissionKind
from rooms.errors import RoomEndedError
from rooms.events import change_room
from rooms.models import RoomReminder
from rooms.services.entry import withdraw
from ticketing.enums import TicketKind, WaitingState
from ticketing.guest_notices import GUEST_LISTED, OFF
from ticketing.models import Order, Ticket, WaitingPlace
from ticketing.offer_errors import (
    GuestHasSeatError,
    GuestIsHostError,
    GuestListFullError,
    GuestNoSeatError,
    GuestRefusedError,
)
from ticketing.services.offers import locked_offer
from ticketing.services.seats import free_seat, take_guest_seat
from ticketing.services.tickets import open_door

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from accounts.models import User
    from rooms.models import Room
    from ticketing.models import Offer


def add_guest(room_id: str, *, by: User | None, person: User) -> Ticket:
    """Put somebody on the guest list and tell them; who is on it already stays.

    Raises ForbiddenError for all but the host, NotFoundError without an offer or for somebody who has blocked the host,
    RoomEndedError, GuestIsHostError, GuestRefusedError, GuestHasSeatError, GuestListFullError, GuestNoSeatError.
    """
    try:
        with change_room(room_id, by=by, live=False) as change:
            change.require(Action.SET_ENTRY)
            if change.room.is_over:
                raise RoomEndedError
            offer = locked_offer(change.room)
            if found := _guest_tickets(change.room).filter(holder=person).first():
                return found
            _check_welcome(change.room, offer, person)
            return _let_in(change.room, offer, person, by)
    except IntegrityError as error:
        # They have bought a ticket this very moment.
        raise GuestHasSeatError from error


def remove_guest(room_id: str, *, by: User | None, ticket_id: str) -> bool:
    """Take somebody off the list, tell them, and give their seat to who waits; who is inside stays.

    Return whether they were on it.

    Raises ForbiddenError for all but the host, NotFoundError for what is no guest's ticket of this room.
    """
    with change_room(room_id, by=by, live=False) as change:
        change.require(Action.SET_ENTRY)
        offer = locked_offer(change.room)
        rows = Ticket.objects.filter(room=change.room, kind=TicketKind.GUEST).select_related("holder")
        ticket = rows.filter(public_id=ticket_id).first() if is_public_id(ticket_id) else None
        if ticket is None:
            raise NotFoundError
        if not rows.filter(pk=ticket.pk, voided_at=None).update(voided_at=timezone.now()):
            return False
        if ticket.holder is not None:
            withdraw(change.room, ticket.holder, kind=AdmissionKind.TICKET)
            RoomReminder.objects.filter(room=change.room, user=ticket.holder).delete()
            if not change.room.is_over:
                _tell(ticket, change.room, by, what=OFF)
        free_seat(offer.pk)
        return True


def _guest_tickets(room: Room) -> QuerySet[Ticket]:
    return Ticket.objects.filter(room=room, kind=TicketKind.GUEST, voided_at=None)


def _check_welcome(room: Room, offer: Offer, person: User) -> None:
    if person.pk == room.host_id:
        raise GuestIsHostError
    if not person.is_active or has_blocked(person, room.host):
        raise NotFoundError
    if has_blocked(room.host, person) or is_banned(room, person):
        raise GuestRefusedError
    if Ticket.objects.filter(room=room, holder=person, voided_at=None).exists():
        raise GuestHasSeatError
    if Order.objects.filter(offer=offer, buyer=person, takes_seat=True).exists():
        raise GuestHasSeatError
    if _guest_tickets(room).count() >= settings.TICKET_MAX_GUESTS:
        raise GuestListFullError


def _let_in(room: Room, offer: Offer, person: User, by: User | None) -> Ticket:
    if not take_guest_seat(offer.pk):
        raise GuestNoSeatError
    ticket = Ticket.objects.create(room=room, holder=person, kind=TicketKind.GUEST)
    open_door(room, person, by=by)
    WaitingPlace.objects.filter(offer=offer, user=person, state=WaitingState.WAITING).update(state=WaitingState.OVER)
    _tell(ticket, room, by)
    return ticket


def _tell(ticket: Ticket, room: Room, by: User | None, *, what: str = "") -> None:
    """Tell a guest of their ticket, once of each."""
    notify(
        [ticket.holder_id] if ticket.holder_id else [],
        kind=GUEST_LISTED,
        key=f"{ticket.public_id}.{what}" if what else ticket.public_id,
        actor=by,
        data={"room": room.public_id, "title": room.title, "ticket": ticket.public_id, "what": what},
        link=reverse("rooms:room", args=[room.public_id]),
    )
