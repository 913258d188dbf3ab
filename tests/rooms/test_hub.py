"""The hub of one process: follows rooms through real Redis, repairs what gets lost, forgets what nobody is in."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

import pytest
from channels.layers import get_channel_layer
from channels_redis.pubsub import RedisSingleShardConnection
from django.conf import settings
from redis.exceptions import ConnectionError as RedisConnectionError

from accounts.selectors.people import person_card
from config.lib.db import in_pool
from config.lib.errors import NotFoundError
from config.lib.publish import publish
from config.lib.redis_clients import async_client, key
from rooms import events
from rooms.events import ALL_ROOMS, group_of
from rooms.hub import audience
from rooms.hub import hub as hub_module
from rooms.hub.hub import RoomHub
from rooms.hub.room import HubRoom
from rooms.presence import counts_of
from rooms.selectors import current_seqs
from rooms.services import hands
from tests.factories.rooms import RoomFactory
from tests.rooms.sockets import MemorySocket, eventually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import redis

    from accounts.models import User
    from config.lib.daphne_sockets import Frame
    from rooms.models import Room

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
async def hub() -> AsyncIterator[RoomHub]:
    one = RoomHub()
    yield one
    await one.close()
    layer: Any = get_channel_layer()
    await layer.flush()
    await async_client().aclose()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the hub's clocks run fast."""
    monkeypatch.setattr(hub_module, "TICK_SECONDS", 0.02)
    monkeypatch.setattr(hub_module, "SEQ_CHECK_SECONDS", 0.05)
    monkeypatch.setattr(hub_module, "LINGER_SECONDS", 0.1)


async def greeted(hub: RoomHub, room: Room, person: User | None = None) -> MemorySocket:
    socket = MemorySocket(person_card(person) if person else None)
    joined = await hub.join(socket, room.public_id)
    joined.greet(socket)
    return socket


def groups() -> set[str]:
    """Return the groups of rooms that this loop's channel layer follows, beside the one of them all."""
    layer: Any = get_channel_layer()
    return set(layer.groups) - {f"{settings.CHANNEL_LAYER_PREFIX}__group__{ALL_ROOMS}"}


def group_channel(room: Room) -> str:
    return f"{settings.CHANNEL_LAYER_PREFIX}__group__{group_of(room.public_id)}"


async def test_event_reaches_the_sockets_of_its_room_only(hub: RoomHub, room: Room, oliver: User) -> None:
    other = await in_pool(RoomFactory.create)()
    here = [await greeted(hub, room), await greeted(hub, room, oliver)]
    there = await greeted(hub, other)
    await in_pool(hands.raise_hand)(room.public_id, by=oliver)
    await in_pool(hands.raise_hand)(other.public_id, by=oliver)
    await eventually(lambda: there.seqs == [[2]])
    await eventually(lambda: [socket.seqs for socket in here] == [[[2]]] * 2)


async def test_lost_last_event_is_noticed(
    hub: RoomHub, room: Room, oliver: User, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "publish", lambda *_: None)
    socket = await greeted(hub, room)
    await in_pool(hands.raise_hand)(room.public_id, by=oliver)
    await eventually(lambda: socket.seqs == [[2]])


async def test_message_that_makes_no_sense_is_survived(hub: RoomHub, room: Room, oliver: User, quick: None) -> None:
    socket = await greeted(hub, room)
    for nonsense in ({"type": "room.events", "room": room.public_id, "events": [{}]}, {}, {"type": "x", "room": 7}):
        await in_pool(publish)(group_of(room.public_id), nonsense)
    await in_pool(hands.raise_hand)(room.public_id, by=oliver)
    await eventually(lambda: socket.seqs == [[2]])
    assert [task.done() for task in hub._tasks] == [False] * 7


async def test_step_that_fails_is_taken_again(
    hub: RoomHub, room: Room, oliver: User, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = iter([RuntimeError("once"), RuntimeError("twice")])
    real = current_seqs

    def failing(room_ids: list[str]) -> dict[str, int]:
        for failure in failures:
            raise failure
        return real(room_ids)

    monkeypatch.setattr(events, "publish", lambda *_: None)
    monkeypatch.setattr(hub_module, "current_seqs", failing)
    socket = await greeted(hub, room)
    await in_pool(hands.raise_hand)(room.public_id, by=oliver)
    await eventually(lambda: socket.seqs == [[2]])
    assert next(failures, None) is None


async def test_room_is_read_once_for_all_who_come_together(
    hub: RoomHub, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads: list[str] = []
    real = HubRoom.load

    async def counted(self: HubRoom) -> None:
        loads.append(self.id)
        await real(self)

    monkeypatch.setattr(HubRoom, "load", counted)
    joined = await asyncio.gather(*(hub.join(MemorySocket(), room.public_id) for _ in range(20)))
    assert loads == [room.public_id]
    assert {id(found) for found in joined} == {id(hub.rooms[room.public_id])}
    assert len(joined[0].sockets) == 20


async def test_unknown_room_is_not_found_and_forgotten(hub: RoomHub, quick: None) -> None:
    socket = MemorySocket()
    with pytest.raises(NotFoundError):
        await hub.join(socket, "nothing")
    assert hub.rooms["nothing"].sockets == set()
    await eventually(lambda: not hub.rooms)
    assert groups() == set()


async def test_room_that_nobody_comes_back_to_is_forgotten(
    hub: RoomHub, room: Room, oliver: User, quick: None, redis_client: redis.Redis
) -> None:
    socket = await greeted(hub, room, oliver)
    assert groups() == {group_channel(room)}
    await eventually(lambda: counts_of([room.public_id])[room.public_id]["people"] == 1)
    hub.leave(socket, hub.rooms[room.public_id])
    await eventually(lambda: not hub.rooms)
    await eventually(lambda: not groups())
    assert counts_of([room.public_id]) == {room.public_id: {"people": 0, "guests": 0}}
    assert redis_client.exists(key("process", hub.process, "rooms")) == 0


async def test_room_that_was_forgotten_is_followed_anew(hub: RoomHub, room: Room, oliver: User, quick: None) -> None:
    hub.leave(await greeted(hub, room), hub.rooms[room.public_id])
    await eventually(lambda: not hub.rooms)
    await in_pool(hands.raise_hand)(room.public_id, by=oliver)
    socket = await greeted(hub, room)
    assert hub.rooms[room.public_id].seq == 2
    await in_pool(hands.lower_hand)(room.public_id, by=oliver)
    await eventually(lambda: socket.seqs == [[3]])


async def test_room_lingers_for_who_comes_back(
    hub: RoomHub, room: Room, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "LINGER_SECONDS", 60.0)
    hub.leave(await greeted(hub, room), hub.rooms[room.public_id])
    lingering = hub.rooms[room.public_id]
    await hub._keep_audiences()
    await greeted(hub, room)
    assert hub.rooms == {room.public_id: lingering}
    # However long ago the room was empty, with somebody in it it stays.
    lingering.emptied_at = float("-inf")
    await hub._keep_audiences()
    assert hub.rooms == {room.public_id: lingering}


async def test_somebody_who_comes_while_a_room_is_forgotten_is_kept(
    hub: RoomHub, room: Room, oliver: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.leave(await greeted(hub, room), hub.rooms[room.public_id])
    back = MemorySocket()
    real = hub._audiences.abandon

    async def meanwhile(found: HubRoom) -> None:
        await real(found)
        (await hub.join(back, room.public_id)).greet(back)

    monkeypatch.setattr(hub._audiences, "abandon", meanwhile)
    await hub._forget(hub.rooms[room.public_id])
    await in_pool(hands.raise_hand)(room.public_id, by=oliver)
    await eventually(lambda: back.seqs == [[2]])


async def test_room_is_kept_until_redis_knows_who_left(
    hub: RoomHub, room: Room, oliver: User, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    socket = await greeted(hub, room, oliver)
    await eventually(lambda: counts_of([room.public_id])[room.public_id]["people"] == 1)
    asked: list[object] = []

    async def away(*_: object) -> None:
        asked.append(None)
        raise RedisConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(hub._audiences._presence, "leave", away)
        hub.leave(socket, hub.rooms[room.public_id])
        hub.rooms[room.public_id].emptied_at = float("-inf")
        await eventually(lambda: len(asked) > 2)
        assert list(hub.rooms) == [room.public_id]
    await eventually(lambda: not hub.rooms)
    assert counts_of([room.public_id]) == {room.public_id: {"people": 0, "guests": 0}}


async def test_room_is_followed_as_soon_as_redis_is_back(
    hub: RoomHub, room: Room, oliver: User, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise RedisConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(RedisSingleShardConnection, "subscribe", away)
        socket = await greeted(hub, room)
        assert hub.rooms[room.public_id].followed is False
        # Even so nothing is lost: the numbers are compared.
        await in_pool(hands.raise_hand)(room.public_id, by=oliver)
        await eventually(lambda: socket.seqs == [[2]])
    await eventually(lambda: hub.rooms[room.public_id].followed)
    await in_pool(hands.lower_hand)(room.public_id, by=oliver)
    await eventually(lambda: socket.seqs == [[2], [3]])


async def test_redis_that_hangs_does_not_keep_people_out(
    hub: RoomHub, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(hub_module, "FOLLOW_SECONDS", 0.05)
    monkeypatch.setattr(RedisSingleShardConnection, "subscribe", hang)
    await greeted(hub, room)
    assert (hub.rooms[room.public_id].seq, hub.rooms[room.public_id].followed) == (1, False)


async def test_sockets_are_told_to_come_back_and_the_lease_is_given_back(
    hub: RoomHub, room: Room, oliver: User, quick: None, redis_client: redis.Redis, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(MemorySocket):
        async def write(self, frame: Frame) -> None:
            raise RuntimeError(frame.text)

    silent, broken, person = MemorySocket(), Broken(), await greeted(hub, room, oliver)
    await hub.join(broken, room.public_id)
    await hub.join(silent, room.public_id)
    await eventually(lambda: counts_of([room.public_id])[room.public_id]["people"] == 1)
    with caplog.at_level(logging.CRITICAL):
        await hub.drain()
    told = [frame for socket in (person, silent) for frame in socket.of_type("reconnect")]
    assert [sorted(frame) for frame in told] == [["after_ms", "type"]] * 2
    assert all(0 <= frame["after_ms"] <= 4000 for frame in told)
    hub.rooms[room.public_id].kept_at = float("-inf")
    await hub._keep_audiences()
    assert redis_client.zscore(key("processes"), hub.process) == 0.0
    await audience.AudienceKeeper("another").tick({})
    assert counts_of([room.public_id]) == {room.public_id: {"people": 0, "guests": 0}}


async def test_closed_hub_can_begin_again(hub: RoomHub, room: Room, oliver: User) -> None:
    await greeted(hub, room)
    await hub.close()
    assert (hub.rooms, hub._tasks) == ({}, [])
    socket = await greeted(hub, room)
    await in_pool(hands.raise_hand)(room.public_id, by=oliver)
    await eventually(lambda: socket.seqs == [[2]])


async def test_each_loop_has_one_hub() -> None:
    assert hub_module.hub() is hub_module.hub()
