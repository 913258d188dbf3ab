"""The hallway of somebody who follows hosts: their rooms come first and are marked."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from accounts.models import Follow
from rooms.models import Room
from rooms.selectors import hallway_for
from tests.factories.people import UserFactory
from tests.factories.rooms import RoomFactory

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import User

pytestmark = pytest.mark.django_db


def test_rooms_of_followed_hosts_come_first_then_the_newest(oliver: User, yara: User) -> None:
    now = timezone.now()
    rooms = [RoomFactory.create(title=f"{age}") for age in range(5)]
    for age, room in enumerate(rooms):
        Room.objects.filter(pk=room.pk).update(created_at=now - timedelta(minutes=age))
    for place in (4, 2):
        Follow.objects.create(follower=oliver, followed=rooms[place].host)
    # Whom others follow counts for them.
    Follow.objects.create(follower=yara, followed=rooms[3].host)
    shown = [(card["title"], card["followed"]) for card in hallway_for(oliver)]
    assert shown == [("2", True), ("4", True), ("0", False), ("1", False), ("3", False)]
    for somebody in (None, UserFactory.create()):
        assert [card["title"] for card in hallway_for(somebody)] == ["0", "1", "2", "3", "4"]


def test_page_marks_the_followed_host(client: Client, oliver: User) -> None:
    client.force_login(oliver)
    room = RoomFactory.create()
    RoomFactory.create()
    assert "room-card__followed" not in client.get("/").text
    Follow.objects.create(follower=oliver, followed=room.host)
    page = client.get("/").text
    assert page.count("room-card__followed") == 1
    assert f"You follow {room.host.shown_name}" in page


@pytest.mark.parametrize("count", [1, 3])
def test_hallway_asks_the_database_the_same_for_one_followed_room_and_three(
    client: Client, oliver: User, count: int, django_assert_num_queries: Any
) -> None:
    client.force_login(oliver)
    for _ in range(count):
        Follow.objects.create(follower=oliver, followed=RoomFactory.create().host)
    # Session and person, rooms, their stages and the people on them, what they are about, the replays.
    with django_assert_num_queries(9):
        client.get("/")
