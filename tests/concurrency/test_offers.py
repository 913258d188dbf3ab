"""Races between a host who changes what is sold and those who buy, and between two who change it."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

import pytest
from django.db import IntegrityError

from rooms.enums import EntryRule
from rooms.services.entry import set_entry
from tests.concurrency.test_seats import counted, in_threads
from tests.factories.people import UserFactory
from tests.factories.rooms import RoomFactory
from tests.rooms.planned import planned
from tests.ticketing.test_offers import terms
from ticketing.models import Offer, Ticket
from ticketing.services import offers
from ticketing.services.guests import add_guest
from ticketing.services.offers import change_offer, make_offer
from ticketing.services.seats import hold_seat

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_django.fixtures import Settings

    from rooms.models import Room

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

SEATS = 30


def on_sale() -> tuple[Room, Offer]:
    host = UserFactory.create()
    room = planned(host)
    return room, make_offer(room.public_id, by=host, terms=terms(seats=SEATS))


def shrinking(room: Room, seats: int) -> Callable[[], object]:
    """Return the act of a host who looks, and then offers so few seats."""

    def act() -> object:
        revision = Offer.objects.values_list("revision", flat=True).get(room=room)
        return change_offer(room.public_id, by=room.host, revision=revision, terms=terms(seats=seats))

    return act


def crowd(room: Room, offer: Offer) -> list[object]:
    """Let people buy while the host takes away one seat after the other; return what each answered."""
    buyers = UserFactory.create_batch(24)
    acts: list[Callable[[], object]] = []
    for number, buyer in enumerate(buyers):
        acts += [partial(hold_seat, offer.pk, buyer), shrinking(room, SEATS - number - 1)]
    return in_threads(acts)


def test_there_are_never_fewer_seats_than_are_taken() -> None:
    room, offer = on_sale()
    answers = crowd(room, offer)
    offer.refresh_from_db()
    assert offer.taken == counted(offer) <= offer.capacity
    assert not [answer for answer in answers if isinstance(answer, IntegrityError)]


def test_control_without_the_lock_only_the_database_keeps_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The host's change is measured by what was taken a moment ago: the constraint stops it, and nobody says why."""
    monkeypatch.setattr(offers, "locked_offer", lambda room: Offer.objects.get(room=room))

    def unguarded(offer: Offer, **fields: object) -> None:
        # Meanwhile others buy.
        time.sleep(0.3)
        Offer.objects.filter(pk=offer.pk).update(**fields)

    monkeypatch.setattr(offers, "_write", unguarded)
    for _ in range(10):
        answers = crowd(*on_sale())
        if any(isinstance(answer, IntegrityError) for answer in answers):
            return
    pytest.fail("Nothing went wrong without the lock.")


def test_of_editors_who_looked_at_the_same_one_wins() -> None:
    room, offer = on_sale()
    acts = [
        partial(change_offer, room.public_id, by=room.host, revision=0, terms=terms(seats=seats))
        for seats in range(31, 43)
    ]
    answers = in_threads(acts)
    assert sorted(type(answer).__name__ for answer in answers) == ["Offer"] + ["OfferChangedError"] * 11
    offer.refresh_from_db()
    assert offer.revision == 1


def test_guest_list_keeps_its_limit_whoever_adds_at_once(settings: Settings) -> None:
    settings.TICKET_MAX_GUESTS = 4
    room, offer = on_sale()
    people = UserFactory.create_batch(16)
    answers = in_threads([partial(add_guest, room.public_id, by=room.host, person=person) for person in people])
    assert sorted(type(answer).__name__ for answer in answers) == ["GuestListFullError"] * 12 + ["Ticket"] * 4
    offer.refresh_from_db()
    assert (offer.taken, Ticket.objects.count()) == (4, 4)


def test_guests_and_buyers_share_the_seats() -> None:
    room, offer = on_sale()
    Offer.objects.filter(pk=offer.pk).update(capacity=6)
    people = UserFactory.create_batch(20)
    acts: list[Callable[[], object]] = []
    for number, person in enumerate(people):
        if number % 2:
            acts.append(partial(add_guest, room.public_id, by=room.host, person=person))
        else:
            acts.append(partial(hold_seat, offer.pk, person))
    in_threads(acts)
    offer.refresh_from_db()
    assert offer.taken == counted(offer) + Ticket.objects.count() == 6


def doors_and_buyers() -> tuple[Room, Offer]:
    """Let people buy while the host opens the room to everybody; return both as they are then."""
    room = RoomFactory.create()
    offer = make_offer(room.public_id, by=room.host, terms=terms(seats=SEATS))
    acts: list[Callable[[], object]] = [partial(hold_seat, offer.pk, buyer) for buyer in UserFactory.create_batch(12)]
    acts.insert(3, partial(set_entry, room.public_id, by=room.host, rule=EntryRule.EVERYONE, guests_listen=True))
    in_threads(acts)
    room.refresh_from_db()
    offer.refresh_from_db()
    return room, offer


def test_nobody_pays_for_a_room_that_is_open_to_all() -> None:
    for _ in range(5):
        room, offer = doors_and_buyers()
        if room.entry_rule == EntryRule.EVERYONE:
            assert (offer.taken, offer.closed_at is None) == (0, False)
        else:
            assert (offer.taken, offer.closed_at) == (12, None)


def test_control_without_the_check_somebody_does(settings: Settings) -> None:
    settings.ROOM_ENTRY_CHECKS = []
    room, offer = doors_and_buyers()
    assert (room.entry_rule, offer.taken) == (EntryRule.EVERYONE, 12)
