"""The guest list: who may be on it, how many, and what being put on it and taken off means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from accounts.models import Block, Notification
from accounts.notices.kinds import Words, kind_named
from config.lib.errors import ForbiddenError, LoginRequiredError, NotFoundError
from rooms.entering import decisions_for
from rooms.enums import AdmissionKind, StageRole
from rooms.errors import RoomEndedError
from rooms.models import Admission, Ban, Room, RoomReminder, StageMember
from rooms.services.alarms import ring_next
from rooms.services.attendance import note_attendance
from rooms.services.planning import cancel_room, reschedule_room
from tests.factories.people import UserFactory
from tests.factories.selling_host import guest_ticket, held_order, sold_order
from tests.rooms.planned import planned, soon
from tests.ticketing.test_offers import terms
from ticketing.enums import TicketKind, WaitingState
from ticketing.models import Offer, Ticket, WaitingPlace
from ticketing.offer_errors import (
    GuestHasSeatError,
    GuestIsHostError,
    GuestListFullError,
    GuestNoSeatError,
    GuestRefusedError,
)
from ticketing.services.guests import add_guest, remove_guest
from ticketing.services.offers import close_sales, make_offer
from ticketing.services.seats import join_line

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings

    from accounts.models import User

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def coming(ines: User) -> Room:
    """Return a room that Inès has planned for tomorrow, with five seats on sale."""
    made = planned(ines)
    make_offer(made.public_id, by=ines, terms=terms())
    return Room.objects.get(pk=made.pk)


def taken(room: Room) -> int:
    return Offer.objects.get(room=room).taken


def may_enter(room: Room, person: User) -> bool:
    return decisions_for(room, [person])[person.pk].allowed


def test_guest_has_a_seat_comes_in_and_is_told(coming: Room, ines: User, yara: User) -> None:
    ticket = add_guest(coming.public_id, by=ines, person=yara)
    assert (ticket.kind, ticket.holder, ticket.order, ticket.voided_at) == (TicketKind.GUEST, yara, None, None)
    assert (taken(coming), may_enter(coming, yara)) == (1, True)
    told = Notification.objects.get(user=yara)
    assert (told.kind, told.link) == ("guest_listed", f"/rooms/{coming.public_id}/")
    assert kind_named(told.kind).render(told) == Words(
        "Inès Moreau has put you on the guest list", coming.title, "Look at the room"
    )
    assert kind_named(told.kind).holds(told)


def test_guest_is_put_on_the_list_once(coming: Room, ines: User, yara: User) -> None:
    first = add_guest(coming.public_id, by=ines, person=yara)
    assert add_guest(coming.public_id, by=ines, person=yara) == first
    assert (taken(coming), Notification.objects.count()) == (1, 1)


def test_guest_taken_off_gives_the_seat_back(coming: Room, ines: User, yara: User) -> None:
    ticket = add_guest(coming.public_id, by=ines, person=yara)
    assert remove_guest(coming.public_id, by=ines, ticket_id=ticket.public_id) is True
    assert remove_guest(coming.public_id, by=ines, ticket_id=ticket.public_id) is False
    assert (taken(coming), may_enter(coming, yara)) == (0, False)
    assert list(Admission.objects.filter(revoked_at=None)) == []
    told, off = Notification.objects.order_by("pk")
    assert not kind_named(told.kind).holds(told)
    assert kind_named(off.kind).render(off) == Words(
        "Inès Moreau has taken you off the guest list", coming.title, "Look at the room"
    )
    assert kind_named(off.kind).holds(off)
    assert add_guest(coming.public_id, by=ines, person=yara) != ticket
    # The letter that has not left yet stays here.
    assert not kind_named(off.kind).holds(off)


def test_guest_of_a_room_that_is_over_is_not_told(coming: Room, ines: User, yara: User) -> None:
    ticket = add_guest(coming.public_id, by=ines, person=yara)
    cancel_room(coming.public_id, by=ines)
    assert remove_guest(coming.public_id, by=ines, ticket_id=ticket.public_id) is True
    assert Notification.objects.filter(user=yara, kind="guest_listed").count() == 1


def test_guest_hears_of_the_rooms_time_as_long_as_they_are_on_the_list(coming: Room, ines: User, yara: User) -> None:
    ticket = add_guest(coming.public_id, by=ines, person=yara)
    reschedule_room(coming.public_id, by=ines, starts_at=soon(days=2))
    while ring_next():
        pass
    assert Notification.objects.filter(user=yara).exclude(kind="guest_listed").count() == 1
    remove_guest(coming.public_id, by=ines, ticket_id=ticket.public_id)
    assert not RoomReminder.objects.filter(user=yara).exists()


def test_seat_of_a_guest_goes_to_whoever_waits(coming: Room, ines: User, yara: User, oliver: User) -> None:
    Offer.objects.filter(room=coming).update(capacity=1)
    ticket = add_guest(coming.public_id, by=ines, person=yara)
    join_line(Offer.objects.get().pk, oliver)
    remove_guest(coming.public_id, by=ines, ticket_id=ticket.public_id)
    place = WaitingPlace.objects.select_related("order").get()
    assert (place.state, taken(coming)) == (WaitingState.OFFERED, 1)


def test_who_waits_and_becomes_a_guest_waits_no_longer(coming: Room, ines: User, yara: User) -> None:
    offer = Offer.objects.get()
    Offer.objects.filter(pk=offer.pk).update(capacity=1)
    held_order(offer)
    join_line(offer.pk, yara)
    Offer.objects.filter(pk=offer.pk).update(capacity=2)
    add_guest(coming.public_id, by=ines, person=yara)
    assert WaitingPlace.objects.get().state == WaitingState.OVER


def test_guest_list_ends_at_the_limit(coming: Room, ines: User, settings: Settings) -> None:
    settings.TICKET_MAX_GUESTS = 3
    tickets = [add_guest(coming.public_id, by=ines, person=person) for person in UserFactory.create_batch(3)]
    with pytest.raises(GuestListFullError):
        add_guest(coming.public_id, by=ines, person=UserFactory.create())
    assert taken(coming) == 3
    remove_guest(coming.public_id, by=ines, ticket_id=tickets[0].public_id)
    add_guest(coming.public_id, by=ines, person=UserFactory.create())


def test_guest_needs_a_free_seat_and_no_sale(coming: Room, ines: User, yara: User, oliver: User) -> None:
    Offer.objects.update(capacity=2)
    sold_order(Offer.objects.get())
    close_sales(coming.public_id, by=ines)
    add_guest(coming.public_id, by=ines, person=yara)
    with pytest.raises(GuestNoSeatError):
        add_guest(coming.public_id, by=ines, person=oliver)
    assert (taken(coming), Ticket.objects.filter(holder=oliver).exists()) == (2, False)


def test_those_who_cannot_be_guests(coming: Room, ines: User, yara: User, oliver: User, malo: User) -> None:
    offer = Offer.objects.get()
    sold_order(offer, yara)
    held_order(offer, oliver)
    stranger, friend, away = UserFactory.create_batch(3)
    Block.objects.create(blocker=ines, blocked=malo)
    Block.objects.create(blocker=stranger, blocked=ines)
    Ban.objects.create(host=ines, user=friend)
    away.is_active = False
    away.save(update_fields=["is_active"])
    refused = [
        (ines, GuestIsHostError),
        (yara, GuestHasSeatError),
        (oliver, GuestHasSeatError),
        (malo, GuestRefusedError),
        (friend, GuestRefusedError),
        # Not told apart from nobody at all.
        (stranger, NotFoundError),
        (away, NotFoundError),
    ]
    for person, error in refused:
        with pytest.raises(error):
            add_guest(coming.public_id, by=ines, person=person)
    assert (taken(coming), Ticket.objects.filter(kind=TicketKind.GUEST).count()) == (2, 0)


def test_bought_ticket_is_no_guest_to_take_off(coming: Room, ines: User, yara: User) -> None:
    sold_order(Offer.objects.get(), yara)
    for ticket_id in (Ticket.objects.get().public_id, "nothing"):
        with pytest.raises(NotFoundError):
            remove_guest(coming.public_id, by=ines, ticket_id=ticket_id)
    assert taken(coming) == 1


def test_room_that_is_over_gets_no_guests(coming: Room, ines: User, yara: User) -> None:
    cancel_room(coming.public_id, by=ines)
    with pytest.raises(RoomEndedError):
        add_guest(coming.public_id, by=ines, person=yara)


@pytest.mark.parametrize("role", ["co-host", "guest of the list", "buyer", "stranger", "staff", "guest"])
def test_only_the_host_keeps_the_list(coming: Room, ines: User, malo: User, yara: User, sam: User, role: str) -> None:
    offer, other = Offer.objects.get(), UserFactory.create()
    person: Any = {"co-host": malo, "staff": sam, "guest": None}.get(role, yara)
    if role == "co-host":
        StageMember.objects.create(room=coming, user=malo, role=StageRole.COHOST)
    if role == "buyer":
        sold_order(offer, yara)
    ticket = guest_ticket(offer, yara if role == "guest of the list" else None)
    error = LoginRequiredError if role == "guest" else ForbiddenError
    with pytest.raises(error):
        add_guest(coming.public_id, by=person, person=other)
    with pytest.raises(error):
        remove_guest(coming.public_id, by=person, ticket_id=ticket.public_id)
    ticket.refresh_from_db()
    assert ticket.voided_at is None


def test_holders_check_in_when_they_first_come(coming: Room, yara: User, oliver: User, malo: User) -> None:
    offer = Offer.objects.get()
    sold_order(offer, yara)
    guest_ticket(offer, oliver)
    Ticket.objects.filter(holder=oliver).update(voided_at=timezone.now())
    first = timezone.now()
    seen = {coming.public_id: [person.public_id for person in (yara, oliver, malo)]}
    note_attendance(seen, first)
    note_attendance(seen, timezone.now())
    found = dict(Ticket.objects.values_list("holder__handle", "checked_in_at"))
    assert found == {"yara": first, "oliver": None}


def test_admission_of_a_guest_is_a_ticket(coming: Room, ines: User, yara: User) -> None:
    add_guest(coming.public_id, by=ines, person=yara)
    row = Admission.objects.get()
    assert (row.kind, row.granted_by, row.user) == (AdmissionKind.TICKET, ines, yara)
