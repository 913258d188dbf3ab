"""Rooms that sell tickets are announced to everybody who may know of them; what goes on behind the door is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from rooms.enums import AdmissionKind
from rooms.models import Ban
from rooms.services.entry import admit
from rooms.services.planning import open_lobby
from rooms.upcoming import upcoming_for
from tests.factories.payments import planned_offer
from tests.factories.people import UserFactory

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import User
    from ticketing.models import Offer

pytestmark = pytest.mark.django_db


@pytest.fixture
def offer() -> Offer:
    """Return an offer of a room whose doors are open."""
    made = planned_offer(hours=1)
    open_lobby(made.room.public_id, by=made.room.host)
    return made


def shown(user: User | None) -> list[tuple[str, bool, bool]]:
    """Return price, whether the doors are said to be open, and whether a ticket is missing."""
    return [(card["price"], card["open"], card["closed"]) for card in upcoming_for(user)]


def test_room_with_tickets_is_announced_without_what_goes_on_inside(offer: Offer) -> None:
    assert shown(None) == shown(UserFactory.create()) == [(offer.price.written(), False, True)]


def test_holder_and_host_see_that_the_doors_are_open(offer: Offer) -> None:
    holder = UserFactory.create()
    admit(offer.room, holder, kind=AdmissionKind.TICKET)
    assert shown(holder) == shown(offer.room.host) == [(offer.price.written(), True, False)]


def test_banned_person_is_told_of_nothing(offer: Offer) -> None:
    banned = UserFactory.create()
    Ban.objects.create(host=offer.room.host, room=offer.room, user=banned)
    assert shown(banned) == []


def test_reminder_is_offered_with_a_ticket_only(client: Client, offer: Offer) -> None:
    person = UserFactory.create()
    client.force_login(person)
    remind = reverse("rooms:remind", args=[offer.room.public_id])
    assert remind not in client.get("/").content.decode()
    admit(offer.room, person, kind=AdmissionKind.TICKET)
    assert remind in client.get("/").content.decode()
