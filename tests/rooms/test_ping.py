"""Asking people in: whom one follows, once each, and never past the door without somebody who may open it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Block, Notification
from accounts.notices.kinds import kind_named, words_of
from accounts.services.follow import follow
from config.lib.errors import ForbiddenError, LoginRequiredError
from rooms.enums import EntryRule, StageRole
from rooms.errors import CannotEnterError, EntryRefusedError, TooManyPingsError
from rooms.events import change_room
from rooms.models import Admission, Room
from rooms.selectors import room_to_enter
from rooms.services.entry import set_entry, take_invitation_back
from rooms.services.ping import ping
from rooms.services.removal import ban_person
from rooms.services.stage import bring_up
from tests.factories.people import UserFactory

if TYPE_CHECKING:
    from accounts.models import User

pytestmark = pytest.mark.django_db(transaction=True)


def rule(room: Room, wanted: EntryRule) -> None:
    set_entry(room.public_id, by=room.host, rule=wanted, guests_listen=False)


def told() -> list[tuple[str, str, str]]:
    rows = Notification.objects.filter(kind="pinged").select_related("user", "actor").order_by("pk")
    return [(row.user.handle, words_of(row).title, words_of(row).text) for row in rows]


def test_ping_tells_somebody_one_follows_once_for_each_room(room: Room, ines: User, oliver: User, yara: User) -> None:
    for person in (ines, oliver):
        follow(person, yara)
        ping(room.public_id, by=person, person_id=yara.public_id)
        ping(room.public_id, by=person, person_id=yara.public_id)
    assert told() == [("yara", "Inès Moreau asks you into a room", room.title)]


def test_nobody_pings_whom_they_do_not_follow_or_without_an_account(room: Room, oliver: User, yara: User) -> None:
    with pytest.raises(ForbiddenError):
        ping(room.public_id, by=oliver, person_id=yara.public_id)
    with pytest.raises(LoginRequiredError):
        ping(room.public_id, by=None, person_id=yara.public_id)
    assert told() == []


@pytest.mark.parametrize("by", ["host", "cohost", "listener"])
def test_ping_into_an_invited_room_lets_in_only_by_who_may_open_the_door(
    room: Room, oliver: User, yara: User, by: str
) -> None:
    asker = room.host if by == "host" else oliver
    follow(asker, yara)
    if by == "cohost":
        with change_room(room.public_id, by=oliver) as change:
            bring_up(change, oliver, role=StageRole.COHOST)
    rule(room, EntryRule.INVITED)
    if by == "listener":
        Admission.objects.create(room=room, user=oliver, kind="invited")
        with pytest.raises(CannotEnterError):
            ping(room.public_id, by=asker, person_id=yara.public_id)
        assert told() == []
        return
    ping(room.public_id, by=asker, person_id=yara.public_id)
    assert room_to_enter(yara, room.public_id) == room
    assert Admission.objects.get().granted_by == asker
    take_invitation_back(room.public_id, by=asker, person_id=yara.public_id)
    with pytest.raises(EntryRefusedError):
        room_to_enter(yara, room.public_id)


def test_nobody_is_asked_past_a_ban_a_block_or_for_a_ticket(room: Room, ines: User, oliver: User, yara: User) -> None:
    for person in (ines, oliver):
        follow(person, yara)
    rule(room, EntryRule.TICKET)
    with pytest.raises(CannotEnterError):
        ping(room.public_id, by=ines, person_id=yara.public_id)
    rule(room, EntryRule.EVERYONE)
    ban_person(room.public_id, by=ines, person_id=yara.public_id)
    with pytest.raises(CannotEnterError):
        ping(room.public_id, by=oliver, person_id=yara.public_id)
    Block.objects.create(blocker=yara, blocked=room.host)
    with pytest.raises(CannotEnterError):
        ping(room.public_id, by=oliver, person_id=yara.public_id)
    assert told() == []


@pytest.mark.parametrize(("limit", "asked"), [(1, 1), (2, 2), (3, 2)])
def test_pings_are_counted_for_each_person(room: Room, ines: User, settings: Any, limit: int, asked: int) -> None:
    settings.ROOM_PINGS_PER_HOUR = limit
    for person in UserFactory.create_batch(2):
        follow(ines, person)
        try:
            ping(room.public_id, by=ines, person_id=person.public_id)
        except TooManyPingsError:
            assert limit == 1
    assert len(told()) == asked


def test_ping_holds_while_the_room_is_open_to_them(room: Room, ines: User, yara: User) -> None:
    follow(ines, yara)
    ping(room.public_id, by=ines, person_id=yara.public_id)
    row = Notification.objects.get(kind="pinged")
    assert kind_named("pinged").holds(row) is True
    rule(room, EntryRule.MUTUALS)
    assert kind_named("pinged").holds(row) is False
    assert kind_named("pinged").lifetime == timedelta(minutes=45)
    assert row.created_at <= timezone.now()


def test_list_has_whom_one_follows_and_may_ask(
    room: Room, ines: User, oliver: User, yara: User, malo: User, client: Client
) -> None:
    for person in (yara, malo):
        follow(ines, person)
        follow(oliver, person)
    ban_person(room.public_id, by=ines, person_id=malo.public_id)
    ping(room.public_id, by=ines, person_id=yara.public_id)
    address = f"/rooms/{room.public_id}/ping/"

    def seen(person: User, **query: str) -> list[tuple[str, str, bool]]:
        client.force_login(person)
        rows = client.get(address, query).json()["people"]
        return [(row["person"]["handle"], row["state"], row["invited"]) for row in rows]

    assert seen(ines) == seen(oliver) == [("yara", "asked", False)]
    assert (seen(ines, q="YAR"), seen(ines, q="nobody")) == ([("yara", "asked", False)], [])
    rule(room, EntryRule.INVITED)
    ping(room.public_id, by=ines, person_id=yara.public_id)
    assert seen(ines) == [("yara", "asked", True)]
    client.force_login(ines)
    assert [one["handle"] for one in client.get(address).json()["invited"]] == ["yara"]
    client.force_login(oliver)
    assert client.get(address).status_code == 403
    assert Client().get(address, headers={"Accept": "application/json"}).status_code == 401


def test_list_costs_as_many_queries_for_three_as_for_one(room: Room, ines: User, client: Client) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.force_login(ines)

    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            client.get(f"/rooms/{room.public_id}/ping/")
        return len(found)

    def add(number: int) -> None:
        for person in UserFactory.create_batch(number):
            follow(ines, person)

    add(1)
    queries()
    one = queries()
    add(2)
    assert queries() == one
