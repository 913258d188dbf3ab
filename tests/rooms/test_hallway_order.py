"""The order of the hallway, its pages, and what never counts in it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from accounts.models import Block, Follow
from rooms.enums import EntryRule
from rooms.models import Room
from rooms.selectors import live_page
from rooms.services.alarms import remind_me
from rooms.services.featuring import put_forward
from rooms.services.topics import follow_topic
from rooms.upcoming import upcoming_for
from tests.factories.people import UserFactory
from tests.factories.rooms import RoomFactory
from tests.factories.topics import topic
from tests.rooms.planned import planned, soon

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import User

pytestmark = pytest.mark.django_db


def opened(title: str, minutes: int, **fields: object) -> Room:
    """Return a room that has been open for so long."""
    room: Room = RoomFactory.create(title=title, **fields)
    Room.objects.filter(pk=room.pk).update(created_at=timezone.now() - timedelta(minutes=minutes))
    return room


def titles(user: User | None, **asked: object) -> list[str]:
    return [card["title"] for card in live_page(user, **asked).cards]  # type: ignore[arg-type]


def test_order_is_host_then_stage_then_topic_then_the_rest(oliver: User, yara: User) -> None:
    topic("sea")
    follow_topic("sea", by=oliver)
    opened("rest", 1)
    opened("about", 2, topics=["sea"])
    staged = opened("staged", 3)
    staged.stage.create(user=yara, role="speaker")
    opened("hosted", 4, host=yara)
    Follow.objects.create(follower=oliver, followed=yara)
    assert titles(oliver) == ["hosted", "staged", "about", "rest"]
    assert titles(None) == ["rest", "about", "staged", "hosted"]


def test_staff_lift_a_room_within_its_kind_only(oliver: User, yara: User) -> None:
    opened("new", 1)
    old = opened("old", 60)
    opened("hosted", 90, host=yara)
    Follow.objects.create(follower=oliver, followed=yara)
    assert (put_forward(old.public_id, forward=True), put_forward(old.public_id, forward=True)) == (True, False)
    assert titles(oliver) == ["hosted", "old", "new"]
    put_forward(old.public_id, forward=False)
    assert titles(oliver) == ["hosted", "new", "old"]


def test_a_crowd_lifts_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    opened("quiet", 1)
    crowded = opened("crowded", 2)
    counts = {crowded.public_id: {"people": 9000, "guests": 5000}}
    nobody = {"people": 0, "guests": 0}
    monkeypatch.setattr("rooms.presence.counts_of", lambda ids: {one: counts.get(one, nobody) for one in ids})
    page = live_page(None).cards
    assert [(card["title"], card["people"]) for card in page] == [("quiet", 0), ("crowded", 9000)]


def test_pages_have_each_room_once_while_rooms_open_and_end() -> None:
    for minutes in range(1, 8):
        opened(str(minutes), minutes)
    first = live_page(None, limit=3)
    opened("just now", 0)
    Room.objects.filter(title="2").update(state="ended", ended_at=timezone.now())
    second = live_page(None, limit=3, after=first.next_cursor)
    third = live_page(None, limit=3, after=second.next_cursor)
    found = [[card["title"] for card in page.cards] for page in (first, second, third)]
    assert (found, third.next_cursor) == ([["1", "2", "3"], ["4", "5", "6"], ["7"]], "")


def test_rooms_of_one_moment_have_a_fixed_order() -> None:
    now = timezone.now()
    for number in range(4):
        RoomFactory.create(title=str(number))
    Room.objects.update(created_at=now)
    first = live_page(None, limit=2)
    rest = live_page(None, limit=2, after=first.next_cursor)
    assert [card["title"] for card in [*first.cards, *rest.cards]] == ["3", "2", "1", "0"]


@pytest.mark.parametrize("cursor", ["x", "1", "1.x", "-1.AAAA", "٣.AAAA", "12.AAAA", "%00"])
def test_cursor_from_elsewhere_is_a_bad_request(client: Client, cursor: str) -> None:
    assert client.get("/", {"after": cursor}).status_code == 400


def test_only_rooms_that_one_may_enter_are_listed(oliver: User, yara: User, malo: User) -> None:
    opened("of a blocker", 1, host=yara)
    Block.objects.create(blocker=yara, blocked=oliver)
    opened("for followers", 2, host=malo, entry_rule=EntryRule.FOLLOWERS)
    opened("for all", 3)
    assert titles(oliver) == ["for all"]


def test_own_and_awaited_rooms_come_first_of_those_to_come(oliver: User) -> None:
    others = [planned(UserFactory.create(), title=f"in {days}", starts_at=soon(days=days)) for days in (1, 2, 3)]
    planned(oliver, title="mine", starts_at=soon(days=9))
    remind_me(others[2].public_id, by=oliver)
    assert [card["title"] for card in upcoming_for(oliver)] == ["in 3", "mine", "in 1", "in 2"]
    assert [card["title"] for card in upcoming_for(None)] == ["in 1", "in 2", "in 3", "mine"]


def test_page_that_says_why_is_linked(client: Client) -> None:
    assert 'href="/hallway/order/"' in client.get("/").text
    assert "How many people are in a room never counts" in client.get("/hallway/order/").text
