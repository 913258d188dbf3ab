"""One room of the hub: numbers, gaps, frames, who is here. Events are rows; publishing is in the test's hands."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
from django.db import OperationalError

from accounts.selectors.people import person_card
from config.lib.db import in_pool
from config.lib.errors import NotFoundError
from rooms import events
from rooms.hub import room as hub_room
from rooms.hub import stream
from rooms.hub.room import HubRoom
from rooms.models import Room, RoomEvent
from rooms.protocol import encode
from rooms.selectors import events_after, room_snapshot
from rooms.services import hands, lifecycle
from tests.rooms.sockets import MemorySocket, eventually

if TYPE_CHECKING:
    from collections.abc import Mapping

    from accounts.models import User
    from config.lib.daphne_sockets import Frame

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def published(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Return what services would have published after the room's first event."""
    found: list[dict[str, Any]] = []

    def keep(_: str, message: Mapping[str, Any]) -> None:
        found.extend(event for event in message["events"] if event["seq"] > 1)

    monkeypatch.setattr(events, "publish", keep)
    return found


def up_and_down(room: Room, person: User, times: int) -> None:
    for _ in range(times):
        hands.raise_hand(room.public_id, by=person)
        hands.lower_hand(room.public_id, by=person)


def write_many(room: Room, last: int) -> None:
    """Give the room all events up to `last` at once."""
    host = room.host.public_id
    RoomEvent.objects.bulk_create(
        RoomEvent(room=room, seq=seq, type="stage.muted", body={"id": host, "muted": True})
        for seq in range(2, last + 1)
    )
    Room.objects.filter(pk=room.pk).update(seq=last)


async def loaded(room: Room) -> HubRoom:
    one = HubRoom(room.public_id)
    await one.load()
    return one


def connect(room: HubRoom, person: User | None = None) -> MemorySocket:
    socket = MemorySocket(person_card(person) if person else None)
    room.sockets.add(socket)
    room.greet(socket)
    return socket


async def at_rest(room: HubRoom) -> None:
    """Wait until nothing is left to write."""
    async with asyncio.timeout(5):
        while room._flushing is not None and not room._flushing.done():
            await asyncio.wait([room._flushing])


def read(frame: Frame) -> Any:
    return json.loads(frame.text)


async def test_first_event_goes_at_once_and_the_next_share_a_frame(
    room: Room, oliver: User, published: list[dict[str, Any]]
) -> None:
    await in_pool(up_and_down)(room, oliver, 2)
    one = HubRoom(room.public_id)
    one.seq, one.state = 1, (await in_pool(room_snapshot)(room.public_id))[1]
    socket = connect(one)
    loop = asyncio.get_running_loop()
    one.take(published[:1])
    await eventually(lambda: socket.seqs == [[2]])
    first = loop.time()
    for event in published[1:]:
        one.take([event])
    await at_rest(one)
    assert socket.seqs == [[2], [3, 4, 5]]
    assert loop.time() - first > 0.03


async def test_events_are_written_in_order_and_once(room: Room, oliver: User, published: list[dict[str, Any]]) -> None:
    one = await loaded(room)
    socket = connect(one)
    await in_pool(up_and_down)(room, oliver, 2)
    one.take([*reversed(published), *published])
    await at_rest(one)
    one.take(published)
    await at_rest(one)
    assert socket.frames == [{"type": "events", "events": published}]
    assert (one.seq, one.state) == await in_pool(room_snapshot)(room.public_id)


async def test_gap_is_filled_from_the_database(room: Room, oliver: User, published: list[dict[str, Any]]) -> None:
    one = await loaded(room)
    socket = connect(one)
    await in_pool(up_and_down)(room, oliver, 2)
    one.take([published[0], published[3]])
    await at_rest(one)
    assert socket.frames == [{"type": "events", "events": published}]


@pytest.mark.parametrize(("heard", "seqs"), [(0, []), (1, []), (2, [[2, 3]]), (3, [[2, 3]]), (4, [[2, 3]])])
async def test_number_that_was_heard_of_is_fetched(room: Room, oliver: User, heard: int, seqs: list[list[int]]) -> None:
    one = await loaded(room)
    socket = connect(one)
    await in_pool(up_and_down)(room, oliver, 1)
    one.hear_of(heard)
    await at_rest(one)
    assert socket.seqs == seqs


async def test_number_that_the_database_does_not_know_is_given_up(
    room: Room, oliver: User, published: list[dict[str, Any]]
) -> None:
    one = await loaded(room)
    socket = connect(one)
    one.take([{"seq": 99, "type": "hand.lowered", "at": "", "id": "x"}])
    await at_rest(one)
    await in_pool(up_and_down)(room, oliver, 1)
    one.take(published)
    await at_rest(one)
    assert socket.seqs == [[2, 3]]


async def test_event_that_came_before_the_room_was_read_is_not_asked_for_again(
    room: Room, oliver: User, published: list[dict[str, Any]]
) -> None:
    await in_pool(up_and_down)(room, oliver, 1)
    one = HubRoom(room.public_id)
    one.take(published)
    await one.load()
    await at_rest(one)
    assert (one.seq, one._waiting) == (3, {})


async def test_room_that_is_not_there_cannot_be_read() -> None:
    with pytest.raises(NotFoundError):
        await HubRoom("nothing").load()


@pytest.mark.parametrize("last", [501, 502, 1200])
async def test_room_far_behind_catches_up_in_one_go(room: Room, last: int) -> None:
    one = await loaded(room)
    socket = connect(one)
    await in_pool(write_many)(room, last)
    one.hear_of(last)
    await at_rest(one)
    assert [seq for seqs in socket.seqs for seq in seqs] == list(range(2, last + 1))


async def test_database_that_fails_is_asked_again(room: Room, oliver: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(room_id: str, seq: int) -> list[dict[str, Any]]:
        raise OperationalError

    one = await loaded(room)
    socket = connect(one)
    await in_pool(up_and_down)(room, oliver, 1)
    with monkeypatch.context() as patch:
        patch.setattr(stream, "events_after", failing)
        one.hear_of(3)
        await at_rest(one)
    assert (one.seq, socket.seqs) == (1, [])
    one.hear_of(3)
    await at_rest(one)
    assert socket.seqs == [[2, 3]]


async def test_snapshot_is_encoded_once_until_something_happens(
    room: Room, oliver: User, published: list[dict[str, Any]]
) -> None:
    one = await loaded(room)
    first = one.catch_up(0)
    assert one.catch_up(0) is first
    assert read(first) == {"type": "snapshot", "seq": 1, "state": one.state}
    await in_pool(up_and_down)(room, oliver, 1)
    one.take(published)
    await at_rest(one)
    assert read(one.catch_up(0)) == {"type": "snapshot", "seq": 3, "state": one.state}


@pytest.mark.parametrize(
    ("behind", "kind"),
    [(-1, "snapshot"), (0, "events"), (1, "events"), (255, "events"), (256, "events"), (257, "snapshot")],
)
async def test_whoever_comes_back_gets_up_to_256_events(room: Room, behind: int, kind: str) -> None:
    one = await loaded(room)
    await in_pool(write_many)(room, 300)
    one.hear_of(300)
    await at_rest(one)
    frame = read(one.catch_up(300 - behind))
    assert frame["type"] == kind
    if kind == "events":
        assert frame["events"] == await in_pool(events_after)(room.public_id, 300 - behind)


async def test_socket_that_comes_while_others_are_written_to_misses_nothing(
    room: Room, oliver: User, published: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_room, "CHUNK", 1)
    one = await loaded(room)
    late: list[MemorySocket] = []

    class Inviting(MemorySocket):
        async def write(self, frame: Frame) -> None:
            await super().write(frame)
            socket = MemorySocket()
            one.sockets.add(socket)
            await socket.write(one.catch_up(0))
            one.greet(socket)
            late.append(socket)

    early = [Inviting() for _ in range(4)]
    for socket in early:
        one.sockets.add(socket)
        one.greet(socket)
    await in_pool(up_and_down)(room, oliver, 1)
    one.take(published)
    await at_rest(one)
    assert [socket.seqs for socket in early] == [[[2, 3]]] * 4
    assert [(socket.frames[0]["seq"], socket.seqs) for socket in late] == [(3, [])] * 4


async def test_frames_do_not_overtake_each_other(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_room, "CHUNK", 1)
    one = await loaded(room)
    sockets = [connect(one) for _ in range(20)]
    in_order = list(one.sockets)
    first = asyncio.create_task(one.write_to_all(encode({"type": "events", "events": []})))
    await asyncio.sleep(0)
    # A set that changed may be walked in any order, at worst the other way round.
    one.sockets = dict.fromkeys(reversed(in_order))  # type: ignore[assignment]
    await asyncio.gather(first, one.write_to_all(one.pulse()))
    assert [[frame["type"] for frame in socket.frames] for socket in sockets] == [["events", "pulse"]] * 20


async def test_broken_socket_keeps_nothing_from_the_others(room: Room, oliver: User) -> None:
    class Broken(MemorySocket):
        async def write(self, frame: Frame) -> None:
            raise RuntimeError(frame.text)

    one = await loaded(room)
    broken = Broken(person_card(oliver))
    one.sockets.add(broken)
    one.greet(broken)
    whole = [connect(one) for _ in range(5)]
    await one.write_to_all(one.pulse())
    assert [len(socket.frames) for socket in whole] == [1] * 5
    assert (len(one.sockets), one.people) == (5, {})


async def test_sockets_of_an_ended_room_are_closed_after_a_moment(
    room: Room, ines: User, published: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_room, "CLOSE_AFTER_END_SECONDS", 0.05)
    one = await loaded(room)
    greeted, silent = connect(one), MemorySocket()
    one.sockets.add(silent)
    await in_pool(lifecycle.end_room)(room.public_id, by=ines)
    one.take(published)
    await eventually(lambda: greeted.seqs == [[2]])
    assert greeted.closed is None
    await eventually(lambda: (greeted.closed, silent.closed) == (1000, 1000))
    late = connect(one)
    assert late.closed is None
    await eventually(lambda: late.closed == 1000)


async def test_socket_that_cannot_be_closed_does_not_hold_up_the_others(
    room: Room, ines: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken(MemorySocket):
        async def close(self, code: int) -> None:
            raise RuntimeError(code)

    monkeypatch.setattr(hub_room, "CLOSE_AFTER_END_SECONDS", 0.01)
    await in_pool(lifecycle.end_room)(room.public_id, by=ines)
    one = await loaded(room)
    one.sockets.update(Broken() for _ in range(5))
    sockets = [connect(one) for _ in range(5)]
    await eventually(lambda: [socket.closed for socket in sockets] == [1000] * 5)


async def test_forgotten_room_closes_nobody(room: Room, ines: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_room, "CLOSE_AFTER_END_SECONDS", 0.01)
    await in_pool(lifecycle.end_room)(room.public_id, by=ines)
    one = await loaded(room)
    connect(one)
    closing = one._closing
    assert closing is not None
    one.close()
    await asyncio.wait([closing])
    assert closing.cancelled()


async def test_two_tabs_are_one_person(room: Room, oliver: User) -> None:
    one = await loaded(room)
    card = person_card(oliver)
    first, second = connect(one, oliver), connect(one, oliver)
    assert (one.people, one.arrived) == ({card["id"]: (2, card)}, {card["id"]: card})
    one.arrived.clear()
    one.remove(first)
    one.remove(first)
    assert (one.people, one.departed, one.untold) == ({card["id"]: (1, card)}, set(), False)
    one.remove(second)
    assert (one.people, one.departed, one.untold) == ({}, {card["id"]}, True)
    third = connect(one, oliver)
    assert (one.departed, one.arrived) == (set(), {card["id"]: card})
    one.remove(third)
    assert (one.departed, one.arrived) == ({card["id"]}, {})


async def test_guests_are_only_counted(room: Room) -> None:
    one = await loaded(room)
    first, second = connect(one), connect(one)
    one.guests_changed = False
    one.remove(first)
    assert (one.guests, one.people, one.untold) == (1, {}, True)
    assert read(one.pulse()) == {
        "type": "pulse",
        "seq": 1,
        "audience": {"people": 0, "guests": 1, "away": [], "sample": []},
    }
    one.remove(second)
    assert one.guests == 0


async def test_socket_without_hello_is_nobody_and_hears_nothing(room: Room, oliver: User) -> None:
    one = await loaded(room)
    silent = MemorySocket(person_card(oliver))
    one.sockets.add(silent)
    await one.write_to_all(one.pulse())
    one.remove(silent)
    assert (silent.frames, one.people, one.guests, one.untold) == ([], {}, 0, False)
