"""What the clock does to rooms: absent people, absent hosts, empty halls. The test says who is here, and when."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone
from redis.exceptions import RedisError

from accounts.selectors.people import person_card
from accounts.services.block import block
from config.lib.redis_clients import async_client, key, sync_client
from rooms import presence, tasks
from rooms.enums import RoomState, StageRole
from rooms.models import Absence, RaisedHand, Room
from rooms.presence import Presence
from rooms.selectors import events_after, iso, room_snapshot
from rooms.services import hands, keeping, stage
from tests.factories.people import UserFactory
from tests.factories.rooms import RoomFactory

if TYPE_CHECKING:
    import redis
    from pytest_django.fixtures import Settings

    from accounts.models import User

pytestmark = [pytest.mark.postgres, pytest.mark.django_db]


class House:
    """Who is in the room as presence has it, and a clock."""

    def __init__(self, room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
        self.room = room
        self.patch = monkeypatch
        self.now = timezone.now()
        monkeypatch.setattr(timezone, "now", lambda: self.now)
        sync_client().set(key("rooms", "kept"), time.time() - keeping.SETTLING_SECONDS, ex=keeping.GAP_SECONDS)

    def let_in(self, *people: User, guests: int = 0) -> None:
        """Let exactly these be here."""

        async def keep() -> None:
            one = Presence("web-1")
            await async_client().delete(*(key("room", self.room.public_id, what) for what in ("people", "cards")))
            await one.keep(self.room.public_id, {user.public_id: person_card(user) for user in people}, guests)
            await async_client().aclose()

        asyncio.run(keep())

    def look(self, after: float = 0) -> None:
        self.now += timedelta(seconds=after)
        tasks.keep_rooms()

    @property
    def state(self) -> Any:
        return room_snapshot(self.room.public_id)[1]

    @property
    def stage(self) -> list[tuple[str, str, bool]]:
        return [(entry["person"]["handle"], entry["role"], entry["muted"]) for entry in self.state["stage"]]

    def notices(self) -> tuple[str | None, str | None]:
        return self.state["room"]["host_awaited_until"], self.state["room"]["closing_at"]

    def later(self, seconds: float) -> str:
        return iso(self.now + timedelta(seconds=seconds))


@pytest.fixture
def house(room: Room, monkeypatch: pytest.MonkeyPatch) -> House:
    return House(room, monkeypatch)


def seat(room: Room, person: User, role: StageRole = StageRole.SPEAKER) -> None:
    hands.raise_hand(room.public_id, by=person)
    hands.accept_hand(room.public_id, by=room.host, person_id=person.public_id)
    if role is not StageRole.SPEAKER:
        stage.change_role(room.public_id, by=room.host, person_id=person.public_id, role=role)


def test_nothing_happens_while_everybody_is_here(house: House, ines: User, oliver: User, yara: User) -> None:
    seat(house.room, oliver)
    hands.raise_hand(house.room.public_id, by=yara)
    house.let_in(ines, oliver, yara)
    before = room_snapshot(house.room.public_id)
    for _ in range(3):
        house.look(after=400)
    assert (room_snapshot(house.room.public_id), Absence.objects.count()) == (before, 0)


def test_hand_and_place_last_through_sixty_seconds(house: House, ines: User, oliver: User, yara: User) -> None:
    seat(house.room, oliver)
    hands.raise_hand(house.room.public_id, by=yara)
    house.let_in(ines)
    house.look()
    house.look(after=59.9)
    assert house.stage == [("ines", "host", True), ("oliver", "speaker", True)]
    assert RaisedHand.objects.count() == 1
    house.look(after=0.1)
    assert house.stage == [("ines", "host", True)]
    assert RaisedHand.objects.count() == 0
    house.look()
    assert Absence.objects.count() == 0


def test_whoever_comes_back_in_time_keeps_the_place_and_the_whole_time(house: House, ines: User, oliver: User) -> None:
    seat(house.room, oliver)
    house.let_in(ines)
    house.look()
    house.look(after=59)
    house.let_in(ines, oliver)
    house.look()
    assert Absence.objects.count() == 0
    house.let_in(ines)
    house.look()
    house.look(after=59)
    assert house.stage == [("ines", "host", True), ("oliver", "speaker", True)]


def test_absent_speaker_is_muted_but_not_for_a_page_that_is_loaded_anew(house: House, ines: User, oliver: User) -> None:
    seat(house.room, oliver)
    stage.unmute(house.room.public_id, by=oliver)
    house.let_in(ines)
    house.look()
    house.look(after=keeping.UNTOLD_SECONDS - 0.1)
    assert house.stage[1] == ("oliver", "speaker", False)
    house.look(after=0.1)
    assert house.stage[1] == ("oliver", "speaker", True)


def test_absence_as_long_as_the_setting_says(house: House, ines: User, oliver: User, settings: Settings) -> None:
    settings.ROOM_ABSENCE_SECONDS = 5
    seat(house.room, oliver)
    house.let_in(ines)
    house.look()
    house.look(after=5)
    assert house.stage == [("ines", "host", True)]


def test_room_is_told_until_when_it_waits_for_its_host(house: House, ines: User, oliver: User) -> None:
    house.let_in(oliver)
    house.look()
    until = house.later(60)
    assert house.notices() == (None, None)
    house.look(after=4)
    assert house.notices() == (until, None)
    seq = house.room.seq
    house.look(after=50)
    house.let_in(ines, oliver)
    house.look()
    assert house.notices() == (None, None)
    told = [event["type"] for event in events_after(house.room.public_id, seq)]
    assert told == ["room.changed", "room.changed"]


def test_longest_standing_cohost_who_is_here_takes_over(
    house: House, ines: User, malo: User, maiwenn: User, oliver: User
) -> None:
    seat(house.room, oliver)
    seat(house.room, malo, StageRole.COHOST)
    seat(house.room, maiwenn, StageRole.COHOST)
    house.let_in(maiwenn, oliver)
    house.look()
    house.look(after=59)
    assert house.stage[0] == ("ines", "host", True)
    house.look(after=1)
    # Malo, who has been co-host for longer, is away himself and loses the place with the same look.
    assert house.stage == [("ines", "cohost", True), ("oliver", "speaker", True), ("maiwenn", "host", True)]
    assert house.notices() == (None, None)
    house.room.refresh_from_db()
    assert house.room.host == maiwenn
    told = [event for event in events_after(house.room.public_id, 0) if event["type"] == "stage.host"]
    assert [(event["id"], event["former"]) for event in told] == [(maiwenn.public_id, "cohost")]


def test_former_host_has_the_time_of_anybody_to_come_back(house: House, ines: User, malo: User) -> None:
    seat(house.room, malo, StageRole.COHOST)
    house.let_in(malo)
    house.look()
    house.look(after=60)
    house.look(after=59)
    assert house.stage == [("ines", "cohost", True), ("malo", "host", True)]
    house.let_in(ines, malo)
    house.look(after=1)
    house.look(after=300)
    assert house.stage == [("ines", "cohost", True), ("malo", "host", True)]


def test_former_host_who_stays_away_loses_the_seat(house: House, ines: User, malo: User) -> None:
    seat(house.room, malo, StageRole.COHOST)
    house.let_in(malo)
    for after in (0, 60, 60):
        house.look(after=after)
    assert house.stage == [("malo", "host", True)]


def test_room_without_a_cohost_is_told_when_it_closes_and_then_ends(house: House, oliver: User) -> None:
    house.let_in(oliver)
    for after in (0, 4, 56):
        house.look(after=after)
    closing = house.later(300)
    assert house.notices() == (house.later(0), closing)
    house.look(after=299)
    assert Room.objects.get(pk=house.room.pk).state == RoomState.LIVE
    assert house.notices()[1] == closing
    house.look(after=1)
    assert Room.objects.get(pk=house.room.pk).state == RoomState.ENDED
    house.look()
    assert Absence.objects.count() == 0


def test_host_who_comes_back_during_the_notice_keeps_the_room(house: House, ines: User, oliver: User) -> None:
    house.let_in(oliver)
    for after in (0, 60, 299):
        house.look(after=after)
    house.let_in(ines, oliver)
    house.look()
    assert (house.notices(), house.stage) == ((None, None), [("ines", "host", True)])
    house.look(after=1000)
    assert Room.objects.get(pk=house.room.pk).state == RoomState.LIVE


def test_cohost_who_comes_during_the_notice_takes_over(house: House, ines: User, malo: User) -> None:
    seat(house.room, malo, StageRole.COHOST)
    house.let_in(guests=1)
    house.look()
    house.look(after=59)
    house.let_in(malo, guests=1)
    house.look(after=1)
    assert house.stage == [("ines", "cohost", True), ("malo", "host", True)]


def test_whom_the_new_host_has_blocked_is_sent_out(house: House, malo: User, oliver: User, yara: User) -> None:
    seat(house.room, malo, StageRole.COHOST)
    seat(house.room, oliver)
    block(malo, oliver)
    house.let_in(malo, oliver, yara)
    house.look()
    house.look(after=60)
    assert house.stage == [("ines", "cohost", True), ("malo", "host", True)]


def test_empty_room_closes_by_itself(house: House, settings: Settings) -> None:
    settings.ROOM_HOST_GRACE_SECONDS = 10_000
    house.let_in()
    house.look()
    house.look(after=299)
    house.let_in(guests=1)
    house.look()
    house.let_in()
    house.look()
    house.look(after=299.9)
    assert Room.objects.get(pk=house.room.pk).state == RoomState.LIVE
    house.look(after=0.1)
    assert Room.objects.get(pk=house.room.pk).state == RoomState.ENDED


def test_room_that_stays_open_is_left_alone(house: House, oliver: User) -> None:
    seat(house.room, oliver)
    Room.objects.update(stays_open=True)
    house.let_in()
    before = room_snapshot(house.room.public_id)
    for _ in range(5):
        house.look(after=1000)
    assert room_snapshot(house.room.public_id) == before
    assert Absence.objects.count() == 0


def test_nothing_happens_while_redis_is_away(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_: object) -> None:
        raise RedisError

    house.let_in()
    before = room_snapshot(house.room.public_id)
    monkeypatch.setattr(presence, "connected_of", away)
    for _ in range(3):
        house.look(after=1000)
    assert room_snapshot(house.room.public_id) == before


def test_redis_that_forgot_everybody_is_not_believed_at_once(
    house: House, redis_client: redis.Redis, oliver: User
) -> None:
    seat(house.room, oliver)
    house.let_in(oliver)
    for after in (0, 60):
        house.look(after=after)
    assert house.notices()[1] is not None
    redis_client.delete(
        key("rooms", "kept"), *(key("room", house.room.public_id, what) for what in ("people", "cards"))
    )
    # Nobody looked for an hour, and nobody is known to be here.
    house.look(after=3600)
    assert house.notices()[1] == house.later(60)
    assert {absence.since for absence in Absence.objects.all()} == {house.now}
    house.look(after=10)
    assert Room.objects.get(pk=house.room.pk).state == RoomState.LIVE
    assert [handle for handle, _, _ in house.stage] == ["ines", "oliver"]


def test_look_costs_as_many_questions_for_three_rooms_as_for_one(
    house: House, django_assert_num_queries: Any, ines: User
) -> None:
    house.let_in(ines)
    with django_assert_num_queries(5):
        house.look()
    for room in RoomFactory.create_batch(2):
        others = House(room, house.patch)
        seat(room, person := UserFactory())
        others.let_in(room.host, person)
    with django_assert_num_queries(5):
        house.look()
