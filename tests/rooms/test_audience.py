"""How a process tells Redis and its sockets who is here, with a clock that the test turns."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from channels.layers import get_channel_layer
from django.db import OperationalError
from redis.exceptions import ResponseError

from accounts.selectors.people import person_card
from accounts.services.profile import change_profile
from config.lib.db import in_pool
from config.lib.redis_clients import async_client, key
from rooms.hub import audience
from rooms.hub.audience import AudienceKeeper
from rooms.hub.room import HubRoom
from rooms.models import Attendance
from rooms.presence import Presence, counts_of, people_of
from rooms.services.hands import raise_hand
from tests.rooms.sockets import MemorySocket, eventually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from pytest_django.fixtures import Settings

    from accounts.models import User
    from accounts.selectors.people import PersonCard
    from rooms.models import Room

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(audience, "time", made)
    return made


@pytest.fixture
async def keeper(clock: Clock) -> AsyncIterator[AudienceKeeper]:
    yield AudienceKeeper("web-1")
    await async_client().aclose()


async def loaded(room: Room) -> HubRoom:
    one = HubRoom(room.public_id)
    await one.load()
    return one


def connect(room: HubRoom, person: PersonCard | None = None) -> MemorySocket:
    socket = MemorySocket(person)
    room.sockets.add(socket)
    room.greet(socket)
    return socket


async def pulses(keeper: AudienceKeeper, room: HubRoom, clock: Clock, seconds: float, *, changing: bool) -> list[float]:
    """Tick for so long; return when the first socket got a pulse."""
    listener = connect(room)
    found = []
    for _ in range(int(seconds / 0.25)):
        clock.now += 0.25
        if changing:
            connect(room)
            # What the hub does when Redis tells it of the change.
            room.audience_stale = True
        await keeper.tick({room.id: room})
        found += [clock.now] * len(listener.of_type("pulse"))
        listener.frames.clear()
    return found


async def test_pulse_says_who_is_here_everywhere(keeper: AudienceKeeper, room: Room, ines: User, oliver: User) -> None:
    one = await loaded(room)
    await Presence("web-2").keep(room.public_id, {"x": {"id": "x", "handle": "x", "name": "X", "portrait": ""}}, 4)
    # Who came in the same millisecond has no order.
    await async_client().zadd(key("room", one.id, "people"), {"x": 1})
    socket, _ = connect(one, person_card(oliver)), connect(one)
    await keeper.tick({one.id: one})
    assert socket.frames == [
        {
            "type": "pulse",
            "seq": 1,
            "audience": {
                "people": 2,
                "guests": 5,
                "away": [ines.public_id],
                "sample": [{"id": "x", "handle": "x", "name": "X", "portrait": ""}, person_card(oliver)],
            },
        }
    ]


async def test_pulses_come_at_most_four_times_a_second(keeper: AudienceKeeper, room: Room, clock: Clock) -> None:
    one = await loaded(room)
    found = await pulses(keeper, one, clock, 4, changing=True)
    assert len(found) == 16
    listener = connect(one)
    for _ in range(10):
        clock.now += 0.02
        connect(one)
        one.audience_stale = True
        await keeper.tick({one.id: one})
    assert listener.of_type("pulse") == []


async def test_pulse_comes_at_least_every_five_seconds(keeper: AudienceKeeper, room: Room, clock: Clock) -> None:
    found = await pulses(keeper, await loaded(room), clock, 30, changing=False)
    gaps = [after - before for before, after in pairwise(found)]
    assert (len(found), max(gaps)) == (7, 4.5)


@pytest.mark.parametrize(("sockets", "rate"), [(100, 4), (800, 2), (3300, 0.5)])
async def test_bigger_room_pulses_less_often(
    keeper: AudienceKeeper, room: Room, clock: Clock, sockets: int, rate: float
) -> None:
    one = await loaded(room)
    one.sockets.update(MemorySocket() for _ in range(sockets))
    found = await pulses(keeper, one, clock, 8, changing=True)
    assert len(found) == pytest.approx(8 * rate, abs=1)


async def test_pulse_carries_the_rooms_number(keeper: AudienceKeeper, room: Room) -> None:
    one = await loaded(room)
    one.seq = 41
    socket = connect(one)
    await keeper.tick({one.id: one})
    assert [frame["seq"] for frame in socket.frames] == [41]


async def test_pulses_go_on_without_redis(
    keeper: AudienceKeeper, room: Room, oliver: User, settings: Settings, clock: Clock
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    one = await loaded(room)
    socket = connect(one, person_card(oliver))
    for _ in range(2):
        await keeper.tick({one.id: one})
        clock.now += 5
    alone = {"people": 1, "guests": 0, "away": [], "sample": []}
    assert [frame["audience"] for frame in socket.frames] == [alone, alone]


async def test_room_that_redis_refuses_does_not_hold_up_the_next(
    keeper: AudienceKeeper, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused, other = HubRoom("refused"), await loaded(room)
    real = keeper._presence.keep

    async def keep(room_id: str, people: Any, guests: int) -> None:
        if room_id == "refused":
            raise ResponseError
        await real(room_id, people, guests)

    monkeypatch.setattr(keeper._presence, "keep", keep)
    connect(other)
    connect(refused)
    await keeper.tick({"refused": refused, other.id: other})
    assert counts_of([other.id]) == {other.id: {"people": 0, "guests": 1}}
    assert refused.untold


async def test_who_left_while_redis_was_away_is_taken_out_later(
    keeper: AudienceKeeper, room: Room, oliver: User, yara: User, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = await loaded(room)
    leaving, _ = connect(one, person_card(oliver)), connect(one, person_card(yara))
    guest = connect(one)
    await keeper.tick({one.id: one})
    assert counts_of([one.id]) == {one.id: {"people": 2, "guests": 1}}

    async def refused(*_: object) -> None:
        raise ResponseError

    with monkeypatch.context() as patch:
        patch.setattr(keeper._presence, "leave", refused)
        one.remove(leaving)
        one.remove(guest)
        await keeper.tick({one.id: one})
        assert one.untold
    await keeper.tick({one.id: one})
    assert counts_of([one.id]) == {one.id: {"people": 1, "guests": 0}}
    assert one.untold is False


async def test_everybody_is_written_anew_in_time(
    keeper: AudienceKeeper, room: Room, oliver: User, clock: Clock
) -> None:
    one = await loaded(room)
    connect(one, person_card(oliver))
    connect(one)
    await keeper.tick({one.id: one})
    await async_client().delete(*[found async for found in async_client().scan_iter(f"*room:{one.id}:*")])
    clock.now += 3.9
    await keeper.tick({one.id: one})
    assert counts_of([one.id]) == {one.id: {"people": 0, "guests": 0}}
    clock.now += 0.1
    await keeper.tick({one.id: one})
    assert counts_of([one.id]) == {one.id: {"people": 1, "guests": 1}}


async def test_whoever_is_renamed_is_so_in_the_audience_at_once(
    keeper: AudienceKeeper, room: Room, oliver: User, yara: User
) -> None:
    await in_pool(raise_hand)(room.public_id, by=oliver)
    one = await loaded(room)
    sockets = [connect(one, person_card(user)) for user in (oliver, oliver, yara)]
    await keeper.tick({one.id: one})
    renamed = await in_pool(change_profile)(oliver, display_name="Ollie", handle="ollie", language="en", time_zone="")
    one.hear_of(3)
    await eventually(lambda: one.seq == 3)
    await keeper.tick({one.id: one})
    cards = [person_card(renamed), person_card(yara)]
    assert sorted(people_of(room.public_id, offset=0, limit=9), key=lambda card: card["handle"]) == cards
    assert [socket.person for socket in sockets] == [cards[0], *cards]
    one.remove(sockets[0])
    one.remove(sockets[1])
    assert (one.departed, one.arrived, list(one.people)) == ({oliver.public_id}, {}, [yara.public_id])


async def test_other_processes_are_told_who_came(keeper: AudienceKeeper, room: Room, oliver: User) -> None:
    layer: Any = get_channel_layer()
    channel = await layer.new_channel()
    await layer.group_add(f"room.{room.public_id}", channel)
    one = await loaded(room)
    connect(one, person_card(oliver))
    await keeper.tick({one.id: one})
    assert await layer.receive(channel) == {"type": "room.audience", "room": room.public_id}
    await layer.flush()


async def test_dead_process_is_noticed_also_without_a_room(keeper: AudienceKeeper, clock: Clock) -> None:
    dead = Presence("web-2")
    await dead.keep("r1", {}, 3)
    await dead.retire()
    await keeper.tick({})
    assert counts_of(["r1"]) == {"r1": {"people": 0, "guests": 0}}


def attended() -> list[tuple[str, str, bool]]:
    """Return who was where, and whether they were seen more than once."""
    rows = Attendance.objects.order_by("user__handle").select_related("user", "room")
    return [(row.room.public_id, row.user.handle, row.last_seen_at > row.first_seen_at) for row in rows]


async def test_attendance_is_written_in_batches_and_the_first_time_stays(
    keeper: AudienceKeeper, room: Room, oliver: User, yara: User
) -> None:
    one = await loaded(room)
    socket, _, _ = connect(one, person_card(oliver)), connect(one, person_card(yara)), connect(one)
    await keeper.tick({one.id: one})
    assert await in_pool(attended)() == []
    await keeper.write_attendance()
    assert await in_pool(attended)() == [(one.id, "oliver", False), (one.id, "yara", False)]
    one.remove(socket)
    await keeper.tick({one.id: one})
    await keeper.write_attendance()
    assert await in_pool(attended)() == [(one.id, "oliver", True), (one.id, "yara", False)]
    await keeper.tick({one.id: one})
    assert keeper._seen == {}


async def test_attendance_waits_for_a_database_that_is_away(
    keeper: AudienceKeeper, room: Room, oliver: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object) -> None:
        raise OperationalError

    one = await loaded(room)
    connect(one, person_card(oliver))
    await keeper.tick({one.id: one})
    with monkeypatch.context() as patch:
        patch.setattr(audience, "note_attendance", failing)
        await keeper.write_attendance()
    assert keeper._seen == {one.id: {oliver.public_id}}
    await keeper.write_attendance()
    assert await in_pool(attended)() == [(one.id, "oliver", False)]
