"""Tickets once they are there: void, frozen while a bank decides, and good again. The order is locked by the caller."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from django.db import transaction
from django.utils import timezone

from config.lib.errors import DomainError
from config.lib.inserting import inserting_new
from config.lib.statements import write
from rooms.enums import AdmissionKind
from rooms.models import RoomReminder
from rooms.services.entry import admitting, withdraw
from rooms.services.removal import remove_person
from ticketing.models import Ticket
from ticketing.services.seats import free_seat

if TYPE_CHECKING:
    from accounts.models import User
    from config.lib.statements import Write
    from rooms.models import Room
    from ticketing.models import Order

log = structlog.get_logger(__name__)


def void_ticket(order: Order) -> None:
    """End what an order gave: the ticket is void, the door shut, the seat free for whoever waits."""
    ticket = Ticket.objects.filter(order=order, voided_at=None).first()
    if ticket is not None:
        ticket.voided_at = timezone.now()
        ticket.save(update_fields=["voided_at"])
        _shut(order)
    if order.takes_seat:
        order.takes_seat = False
        order.save(update_fields=["takes_seat"])
        free_seat(order.offer_id)


def freeze_ticket(order: Order) -> None:
    """Shut the door while a bank asks for the money back; the seat stays taken."""
    if Ticket.objects.filter(order=order, voided_at=None, frozen_at=None).update(frozen_at=timezone.now()):
        _shut(order)


def thaw_ticket(order: Order) -> None:
    """Open the door again: the money stays."""
    thawed = Ticket.objects.filter(order=order, voided_at=None, frozen_at__isnull=False).update(frozen_at=None)
    if thawed and order.buyer is not None:
        open_door(order.offer.room, order.buyer)


def open_door(room: Room, holder: User, *, by: User | None = None) -> None:
    """Let a ticket's holder into the room, and tell them of its time, and that it changes."""
    write(*opening_door(room, holder, by=by))


def opening_door(room: Room, holder: User, *, by: User | None = None) -> list[Write]:
    """Return what `open_door` would do, to be done together with other writes."""
    door = admitting(room, holder, kind=AdmissionKind.TICKET, granted_by=by)
    return [door, inserting_new([RoomReminder(room=room, user=holder)])] if room.is_coming else [door]


def _shut(order: Order) -> None:
    room, buyer = order.offer.room, order.buyer
    if buyer is None:
        return
    withdraw(room, buyer, kind=AdmissionKind.TICKET)
    if room.is_coming:
        # Of a room that was cancelled they are still told so.
        RoomReminder.objects.filter(room=room, user=buyer).delete()
    if room.is_live:
        # It takes the room's lock, which comes before all others.
        transaction.on_commit(lambda: _send_out(room, buyer), robust=True)


def _send_out(room: Room, buyer: User) -> None:
    try:
        remove_person(room.public_id, by=None, person_id=buyer.public_id, staff=True)
    except DomainError as error:
        log.info("holder_not_sent_out", room=room.public_id, error=error.code)
