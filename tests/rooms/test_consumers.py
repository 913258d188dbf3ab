"""What a consumer does when its server cancels it or something breaks: driven as the ASGI application that it is."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
from channels.layers import get_channel_layer

from config.lib.errors import NotFoundError
from config.lib.redis_clients import async_client
from config.lib.token_bucket import TokenBucket
from rooms import consumers
from rooms.consumers import RoomConsumer
from rooms.hub.audience import AudienceKeeper
from rooms.hub.hub import hub
from rooms.protocol import Hello
from rooms.services import sound
from tests.rooms.sockets import eventually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from rooms.models import Room

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


class Connection:
    """One consumer between two queues."""

    def __init__(self, room: Room) -> None:
        self.consumer = RoomConsumer()
        self.sent: list[dict[str, Any]] = []
        self._queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        scope = {
            "type": "websocket",
            "headers": [(b"host", b"localhost"), (b"origin", b"http://localhost")],
            "url_route": {"kwargs": {"room_id": room.public_id}},
        }
        self.app = asyncio.create_task(self.consumer(scope, self._queue.get, self._send))
        self.put("connect")

    async def _send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)

    def put(self, kind: str, /, **frame: Any) -> None:
        self._queue.put_nowait({"type": f"websocket.{kind}", "text": json.dumps(frame)})

    def disconnect(self, code: int) -> None:
        self._queue.put_nowait({"type": "websocket.disconnect", "code": code})

    async def greeted(self) -> None:
        self.put("receive", type="hello", last_seq=0)
        await eventually(lambda: len(self.sent) == 3)


@pytest.fixture
async def connection(room: Room) -> AsyncIterator[Connection]:
    one = Connection(room)
    await one.greeted()
    yield one
    one.app.cancel()
    await asyncio.gather(one.app, return_exceptions=True)
    await hub().close()
    layer: Any = get_channel_layer()
    await layer.flush()
    await async_client().aclose()


async def test_command_that_was_begun_is_finished_even_if_the_server_loses_patience(
    connection: Connection, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on, done = asyncio.Event(), asyncio.Event(), []
    ended: list[str] = []

    async def slow(*_: object) -> dict[str, Any]:
        begun.set()
        await go_on.wait()
        done.append("command")
        return {}

    def end_media(media_session: str, **_: object) -> None:
        ended.append(media_session)
        if media_session == "m1":
            raise NotFoundError

    monkeypatch.setattr(consumers, "answer_command", slow)
    monkeypatch.setattr(sound, "end_media", end_media)
    connection.consumer.media_sessions = {"m1", "m2"}
    connection.put("receive", type="hand.raise", id="c1")
    await begun.wait()
    connection.put("disconnect")
    await eventually(lambda: not hub().rooms[room.public_id].sockets)
    connection.app.cancel()
    await asyncio.wait([connection.app])
    assert (connection.app.cancelled(), done, ended) == (True, [], [])
    go_on.set()
    await eventually(lambda: len(ended) == 2)
    assert (done, sorted(ended)) == (["command"], ["m1", "m2"])
    await eventually(lambda: not consumers._goodbyes)


async def test_consumer_that_breaks_leaves_its_room(
    connection: Connection, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError

    assert hub().rooms[room.public_id].guests == 1
    monkeypatch.setattr(connection.consumer, "_refuse", broken)
    for _ in range(21):
        connection.put("receive", type="nonsense")
    await asyncio.wait([connection.app])
    assert isinstance(connection.app.exception(), RuntimeError)
    assert (hub().rooms[room.public_id].guests, hub().rooms[room.public_id].sockets) == (0, set())


async def test_hello_that_comes_too_late_to_be_greeted_counts_nobody(connection: Connection, room: Room) -> None:
    connection.put("disconnect")
    await asyncio.wait([connection.app])
    one = hub().rooms[room.public_id]
    await connection.consumer._greet(one, Hello(last_seq=0))
    assert (one.guests, one.sockets, len(connection.sent)) == (0, set(), 3)


async def test_stopping_server_may_cancel_before_the_goodbye(connection: Connection) -> None:
    """Daphne cancels all consumers on SIGTERM; their sockets still have to be told."""
    connection.app.cancel()
    await asyncio.wait([connection.app])
    await hub().drain()
    assert json.loads(connection.sent[-1]["text"])["type"] == "reconnect"


@pytest.mark.parametrize(("draining", "code", "left"), [(False, 1000, True), (False, 1006, False), (True, 1000, False)])
async def test_who_was_told_to_come_back_has_not_left(
    connection: Connection, monkeypatch: pytest.MonkeyPatch, draining: bool, code: int, left: bool
) -> None:
    """Their microphone would be closed at once, while they are on their way to the next process."""
    goodbyes: list[bool] = []

    async def say_goodbye(*, left: bool) -> None:
        goodbyes.append(left)

    monkeypatch.setattr(connection.consumer, "_say_goodbye", say_goodbye)
    if draining:
        await hub().drain()
    connection.disconnect(code)
    await asyncio.wait([connection.app])
    assert goodbyes == [left]


async def test_frames_without_end_are_not_kept(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """However fast the bucket would let them in, only so many wait for a command that takes long."""
    never = asyncio.Event()

    async def stuck(*_: object) -> dict[str, Any]:
        await never.wait()
        return {}

    monkeypatch.setattr(consumers, "answer_command", stuck)
    connection.consumer._bucket = TokenBucket(1000, 1000)
    for number in range(60):
        connection.put("receive", type="hand.raise", id=str(number))
    await eventually(lambda: len(connection.sent) == 3 + 60 - 21)
    assert len(connection.consumer._waiting) == 20
    never.set()


async def test_newcomer_is_told_of_the_audience_at_once(
    connection: Connection, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second tab changes no count, hence no pulse would come of its arrival."""

    async def nothing(*_: object) -> None: ...

    monkeypatch.setattr(AudienceKeeper, "tick", nothing)
    hub().rooms[room.public_id].audience = {"people": 7, "guests": 2, "away": [], "sample": []}
    before = len(connection.sent)
    connection.put("receive", type="hello", last_seq=1)
    await eventually(lambda: len(connection.sent) == before + 3)
    frames = [json.loads(message["text"]) for message in connection.sent[before:]]
    assert [frame["type"] for frame in frames] == ["welcome", "events", "pulse"]
    assert frames[-1]["audience"]["people"] == 7
