"""`media.gone`: who is told that a media session has ended, and why, over the wire with a real relay."""

from __future__ import annotations

import json
import signal
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from channels.layers import get_channel_layer

from config.lib.db import in_pool
from config.lib.redis_clients import async_client
from media.models import MediaSession
from rooms import consumers
from rooms.consumers import BURST_OFFERS
from rooms.hub import hub as hub_module
from rooms.hub.hub import RoomHub
from rooms.hub.media import ENDS_REMEMBERED, MediaHolders
from rooms.hub.room import HubRoom
from rooms.services import hands, lifecycle, sound, stage
from tests.media.relays import RelayProcess
from tests.relay.peers import peer, use_loopback
from tests.rooms.sockets import MemorySocket, eventually
from tests.rooms.test_consumers import Connection, connection
from tests.rooms.test_web_processes import path_of
from tests.rooms.web import Wire, cookie_of, wire

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from accounts.models import User
    from rooms.models import Room
    from tests.rooms.web import Web

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
__all__ = ["connection"]


@pytest.fixture
def relay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RelayProcess]:
    use_loopback(monkeypatch)
    one = RelayProcess("relay-1", tmp_path / "relay.log")
    one.start()
    yield one
    one.end()


@asynccontextmanager
async def greeted(web: Web, room: Room, person: User | None = None) -> AsyncIterator[Wire]:
    cookie = await in_pool(cookie_of)(person) if person else ""
    async with wire(web, path_of(room), cookie) as one:
        await one.hello()
        yield one


async def offered(one: Wire, sdp: str, kind: str = "listen") -> str:
    """Offer and return the id of the session that was opened."""
    await one.send("media.offer", id="c9", kind=kind, sdp=sdp)
    answer = await one.hear("ok", lambda frame: frame["id"] == "c9")
    media_session: str = answer["media_session"]
    return media_session


def gone(media_session: str, reason: str) -> dict[str, str]:
    return {"type": "media.gone", "media_session": media_session, "reason": reason}


def told(one: Wire) -> list[dict[str, Any]]:
    return [frame for frame in one.frames if frame["type"] == "media.gone"]


async def test_killed_relay_is_told_to_its_sockets_only(
    web: Web, other_web: Web, room: Room, ines: User, relay: RelayProcess
) -> None:
    async with (
        peer("publish") as speaking,
        peer("listen") as listening,
        greeted(web, room, ines) as host,
        greeted(other_web, room) as guest,
        greeted(web, room) as deaf,
    ):
        published = await offered(host, await speaking.offer(), "publish")
        heard = await offered(guest, await listening.offer())
        killed = time.monotonic()
        relay.send(signal.SIGKILL)
        assert await host.hear("media.gone") == gone(published, "relay_lost")
        assert await guest.hear("media.gone") == gone(heard, "relay_lost")
        assert time.monotonic() - killed < 3
        # Their room goes on, and nobody else heard of it.
        await deaf.send("resync", last_seq=0)
        await deaf.hear("snapshot")
        assert told(deaf) == []


async def test_newer_session_replaces_the_older_on_this_and_on_another_socket(
    web: Web, other_web: Web, room: Room, oliver: User, relay: RelayProcess
) -> None:
    async with (
        peer("listen") as first,
        peer("listen") as second,
        peer("listen") as third,
        greeted(web, room, oliver) as tab,
        greeted(other_web, room, oliver) as other_tab,
    ):
        one = await offered(tab, await first.offer())
        await tab.send("media.offer", id="c2", kind="listen", sdp=await second.offer())
        assert await tab.hear("media.gone") == gone(one, "replaced")
        answer = await tab.hear("ok")
        three = await offered(other_tab, await third.offer())
        assert await tab.hear("media.gone") == gone(answer["media_session"], "replaced")
        assert told(other_tab) == []
        assert await other_tab.ask("media.close", media_session=three) == {"type": "ok", "id": "c1"}
        if not told(other_tab):
            await other_tab.hear("media.gone")
        assert told(other_tab) == [gone(three, "closed")]


async def test_speaker_who_is_moved_down_is_told_and_the_end_of_the_room_to_all(
    web: Web, room: Room, ines: User, oliver: User, relay: RelayProcess
) -> None:
    await in_pool(hands.raise_hand)(room.public_id, by=oliver)
    await in_pool(hands.accept_hand)(room.public_id, by=ines, person_id=oliver.public_id)
    async with (
        peer("publish") as speaking,
        peer("listen") as listening,
        greeted(web, room, oliver) as speaker,
    ):
        published = await offered(speaker, await speaking.offer(), "publish")
        heard = await offered(speaker, await listening.offer())
        await in_pool(stage.remove_from_stage)(room.public_id, by=ines, person_id=oliver.public_id)
        assert await speaker.hear("media.gone") == gone(published, "revoked")
        await in_pool(lifecycle.end_room)(room.public_id, by=ines)
        assert await speaker.hear("media.gone") == gone(heard, "room_closed")


async def test_browser_that_leaves_by_itself_is_told_so(web: Web, room: Room, relay: RelayProcess) -> None:
    async with greeted(web, room) as guest:
        async with peer("listen") as one:
            await guest.send("media.offer", id="c1", kind="listen", sdp=await one.offer())
            answer = await guest.hear("ok")
            await one.accept(answer["sdp"])
            await one.reaches("connected")
        assert await guest.hear("media.gone") == gone(answer["media_session"], "left")


# --- the hub's part ---


@pytest.fixture
async def hub() -> AsyncIterator[RoomHub]:
    one = RoomHub()
    yield one
    await one.close()
    layer: Any = get_channel_layer()
    await layer.flush()
    await async_client().aclose()


async def joined(hub: RoomHub, room: Room) -> tuple[MemorySocket, HubRoom]:
    socket = MemorySocket()
    found = await hub.join(socket, room.public_id)
    found.greet(socket)
    return socket, found


def session(room: Room, number: int = 0, **fields: Any) -> MediaSession:
    defaults: dict[str, Any] = {"kind": "listen", "relay": "r", "relay_incarnation": "i", "epoch": 0}
    return MediaSession.objects.create(room_key=room.public_id, guest_key=f"g{number}", **(defaults | fields))


def ended(room: Room, number: int = 0) -> MediaSession:
    return session(room, number, state="gone", gone_at="2100-01-01T00:00Z", gone_reason="left")


async def test_handler_tells_the_room_in_one_message(hub: RoomHub, room: Room) -> None:
    socket, found = await joined(hub, room)
    sessions = [await in_pool(ended)(room, number) for number in range(3)]
    for one in sessions[:2]:
        await found.hold_media(socket, one.public_id, listens=True)
    await in_pool(sound.media_gone)(sessions)
    await eventually(lambda: len(socket.of_type("media.gone")) == 2)
    assert socket.of_type("media.gone") == [gone(one.public_id, "left") for one in sessions[:2]]


async def test_end_that_pubsub_lost_is_found_in_the_rows(
    hub: RoomHub, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "SEQ_CHECK_SECONDS", 0.05)
    socket, found = await joined(hub, room)
    over, going_on = await in_pool(ended)(room), await in_pool(session)(room, 1)
    for one in (over, going_on):
        await found.hold_media(socket, one.public_id, listens=True)
    await eventually(lambda: socket.of_type("media.gone") == [gone(over.public_id, "left")])
    assert found.media.sessions == [going_on.public_id]


async def test_session_that_ended_before_its_socket_knew_of_it_is_told() -> None:
    room, socket = HubRoom("r1"), MemorySocket()
    room.sockets.add(socket)
    await room.end_media([("m1", "relay_lost")])
    await room.hold_media(socket, "m1", listens=True)
    assert (socket.frames, room.media.sessions) == ([gone("m1", "relay_lost")], [])


async def test_socket_that_is_gone_holds_nothing() -> None:
    room, socket = HubRoom("r1"), MemorySocket()
    room.sockets.add(socket)
    await room.hold_media(socket, "m1", listens=True)
    room.remove(socket)
    # The relay's answer comes after the socket went.
    await room.hold_media(socket, "m2", listens=True)
    await room.end_media([("m1", "left"), ("m2", "left")])
    assert (socket.frames, room.media.sessions) == ([], [])


@pytest.mark.parametrize(("later", "reason"), [(-1, "left"), (0, None), (1, None)])
def test_ends_are_remembered_below_at_and_above_the_limit(later: int, reason: str | None) -> None:
    holders = MediaHolders()
    holders.end("m", "left")
    for number in range(ENDS_REMEMBERED + later):
        holders.end(str(number), "left")
    assert holders.hold(MemorySocket(), "m", listens=True) == reason


@pytest.mark.parametrize(("number", "refused"), [(-1, 0), (0, 0), (1, 1)])
async def test_offers_below_at_and_above_the_burst(
    connection: Connection, monkeypatch: pytest.MonkeyPatch, number: int, refused: int
) -> None:
    async def answer(*_: object) -> dict[str, Any]:
        return {"media_session": "m1", "sdp": "v=0"}

    monkeypatch.setattr(consumers, "answer_command", answer)
    before = len(connection.sent)
    for each in range(BURST_OFFERS + number):
        connection.put("receive", type="media.offer", id=str(each), kind="listen", sdp="v=0")
    await eventually(lambda: len(connection.sent) == before + BURST_OFFERS + number)
    frames = [json.loads(message["text"]) for message in connection.sent[before:]]
    assert [frame["type"] for frame in frames] == ["ok"] * (BURST_OFFERS + min(number, 0)) + ["error"] * refused
    assert [frame["code"] for frame in frames if frame["type"] == "error"] == ["too_fast"] * refused
    # Other commands go on.
    connection.put("receive", type="media.close", id="c", media_session="m1")
    await eventually(lambda: json.loads(connection.sent[-1]["text"])["id"] == "c")
    assert json.loads(connection.sent[-1]["text"])["type"] == "ok"
