"""Rooms that several web processes serve: what one does reaches the others, and none of them is needed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import threading
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import redis as driver
from django.db import connection, transaction
from django.utils import timezone

from config.embedded.redis_server import find_redis, redis_command
from config.lib.db import in_pool
from config.lib.publish import publish
from config.lib.redis_clients import key
from rooms.enums import StageRole
from rooms.events import group_of
from rooms.models import Absence, Room, StageMember
from rooms.selectors import events_after, room_snapshot
from rooms.services import hands
from rooms.services.keeping import SETTLING_SECONDS
from rooms.tasks import keep_rooms
from tests.factories.rooms import RoomFactory
from tests.rooms.sockets import PATIENCE_SECONDS
from tests.rooms.web import Wire, cookie_of, wire
from tests.servers.leashed import start_leashed, stop_leashed
from tests.servers.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from accounts.models import User
    from tests.rooms.web import Web

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def path_of(room: Room) -> str:
    return f"/ws/rooms/{room.public_id}/"


def counts(people: int, guests: int) -> Callable[[dict[str, Any]], bool]:
    return lambda frame: (frame["audience"]["people"], frame["audience"]["guests"]) == (people, guests)


async def test_event_of_one_process_reaches_the_sockets_of_the_other(
    web: Web, other_web: Web, room: Room, oliver: User
) -> None:
    async with (
        wire(web, path_of(room), await in_pool(cookie_of)(oliver)) as here,
        wire(other_web, path_of(room)) as there,
    ):
        await here.hello()
        await there.hello()
        assert await here.ask("hand.raise") == {"type": "ok", "id": "c1"}
        told = await there.hear("events")
        assert told["events"] == await in_pool(events_after)(room.public_id, 1)


async def test_pulse_counts_the_people_of_both(web: Web, other_web: Web, room: Room, ines: User, oliver: User) -> None:
    async with wire(web, path_of(room), await in_pool(cookie_of)(ines)) as here, wire(web, path_of(room)) as guest:
        await here.hello()
        await guest.hello()
        # Inès again: on her telephone.
        async with (
            wire(other_web, path_of(room), await in_pool(cookie_of)(oliver)) as there,
            wire(other_web, path_of(room), await in_pool(cookie_of)(ines)) as again,
        ):
            await there.hello()
            await again.hello()
            for one in (here, guest, there, again):
                pulse = await one.hear("pulse", counts(2, 1))
                assert pulse["audience"]["away"] == []
        await here.hear("pulse", counts(1, 1))


async def test_stopping_process_sends_everybody_elsewhere(
    make_web: Callable[..., Web], other_web: Web, room: Room, oliver: User
) -> None:
    stopping = make_web()
    async with (
        wire(other_web, path_of(room)) as watching,
        wire(stopping, path_of(room), await in_pool(cookie_of)(oliver)) as person,
        wire(stopping, path_of(room)) as guest,
        wire(stopping, path_of(room)) as silent,
    ):
        for one in (watching, person, guest):
            await one.hello()
        await watching.hear("pulse", counts(1, 2))
        began = time.monotonic()
        stopping.send(signal.SIGTERM)
        told = [await one.hear("reconnect") for one in (person, guest, silent)]
        assert [sorted(frame) for frame in told] == [["after_ms", "type"]] * 3
        assert all(0 <= frame["after_ms"] <= 4000 for frame in told)
        assert await asyncio.to_thread(stopping.wait, 10) == 0
        assert time.monotonic() - began < 3
        # It gave its lease back, so nobody has to wait for that to run out.
        await watching.hear("pulse", counts(0, 1))
    assert "Traceback" not in stopping.log()


async def test_killed_process_is_noticed_and_its_people_miss_nothing(
    make_web: Callable[..., Web], other_web: Web, room: Room, oliver: User, yara: User, redis_client: driver.Redis
) -> None:
    killed = make_web()
    async with (
        wire(other_web, path_of(room)) as watching,
        wire(killed, path_of(room), await in_pool(cookie_of)(oliver)) as person,
    ):
        await watching.hello()
        await person.hello()
        await in_pool(hands.raise_hand)(room.public_id, by=oliver)
        await person.hear("events")
        await watching.hear("pulse", counts(1, 1))
        killed.send(signal.SIGKILL)
        assert await person.closed() in {None, 1006}
    await in_pool(hands.raise_hand)(room.public_id, by=yara)
    await in_pool(hands.lower_hand)(room.public_id, by=yara)
    async with wire(other_web, path_of(room)) as back:
        first = await back.hello(last_seq=2)
        back.frames.append(first)
        await reached(back, 4)
        assert (first["type"], back.seqs) == ("events", [3, 4])
        # The lease lasts for twelve seconds; here they are over.
        expire_lease(redis_client, killed)
        await back.hear("pulse", counts(0, 1))


async def test_room_goes_on_with_its_cohost_when_the_process_of_the_host_is_killed(
    make_web: Callable[..., Web], other_web: Web, room: Room, ines: User, malo: User, redis_client: driver.Redis
) -> None:
    await in_pool(StageMember.objects.create)(room=room, user=malo, role=StageRole.COHOST)
    killed = make_web()
    async with (
        wire(killed, path_of(room), await in_pool(cookie_of)(ines)) as host,
        wire(other_web, path_of(room), await in_pool(cookie_of)(malo)) as cohost,
    ):
        await host.hello()
        await cohost.hello()
        await cohost.hear("pulse", counts(2, 0))
        killed.send(signal.SIGKILL)
        assert await host.closed() in {None, 1006}
        expire_lease(redis_client, killed)
        await cohost.hear("pulse", lambda frame: frame["audience"]["away"] == [ines.public_id])
        # Redis has been looked at for long enough to be believed.
        redis_client.set(key("rooms", "kept"), time.time() - SETTLING_SECONDS)
        await in_pool(keep_rooms)()
        # The grace is a minute; here it is over.
        before = timezone.now() - timedelta(minutes=2)
        assert await in_pool(Absence.objects.filter(user=ines).update)(since=before) == 1
        await in_pool(keep_rooms)()
        await cohost.hear("events", lambda frame: any(one["type"] == "stage.host" for one in frame["events"]))
        assert await cohost.ask("stage.lock", locked=True) == {"type": "ok", "id": "c1"}
        async with wire(other_web, path_of(room), await in_pool(cookie_of)(ines)) as back:
            state = (await back.hello())["state"]
            roles = {one["person"]["id"]: one["role"] for one in state["stage"]}
            assert roles == {malo.public_id: "host", ines.public_id: "cohost"}


def expire_lease(redis_client: driver.Redis, web: Web) -> None:
    leases: Any = redis_client.zrange(key("processes"), 0, -1)
    (lease,) = [found for found in leases if found.startswith(f"web-{web.pid}-".encode())]
    redis_client.zadd(key("processes"), {lease: 1})


async def test_client_that_does_not_answer_is_noticed(make_web: Callable[..., Web], room: Room) -> None:
    # In the Procfile these are 5 and 10.
    quick = make_web("--ping-interval", "1", "--ping-timeout", "2")
    async with wire(quick, path_of(room)) as watching:
        await watching.hello()
        with silent_client(quick, room):
            await watching.hear("pulse", counts(0, 2))
            await watching.hear("pulse", counts(0, 1))


def silent_client(web: Web, room: Room, buffer: int = 4096) -> socket.socket:
    """Return a greeted guest's connection whose other end nobody reads."""
    from websockets.client import ClientProtocol
    from websockets.uri import parse_uri

    raw = socket.socket()
    # Small, so that what is not read soon stays with the server.
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    raw.connect(("127.0.0.1", web.port))
    site = f"127.0.0.1:{web.port}"
    protocol = ClientProtocol(parse_uri(f"ws://{site}{path_of(room)}"), origin=f"http://{site}")  # type: ignore[arg-type]
    protocol.send_request(protocol.connect())
    raw.sendall(b"".join(protocol.data_to_send()))
    protocol.receive_data(raw.recv(4096))
    protocol.send_text(b'{"type":"hello","last_seq":0}')
    raw.sendall(b"".join(protocol.data_to_send()))
    return raw


async def test_client_that_does_not_read_is_closed_and_costs_no_memory(web: Web, room: Room) -> None:
    """Ten megabytes are sent; one client reads them all, the other none."""
    padding = "x" * 16_000
    last = 1
    async with wire(web, path_of(room)) as reading:
        await reading.hello()
        before = web.resident_kb
        with silent_client(web, room) as silent:
            await reading.hear("pulse", counts(0, 2))
            for _ in range(50):
                told = [
                    {"seq": last + n, "type": "from.the.future", "at": "", "padding": padding} for n in range(1, 13)
                ]
                last += len(told)
                message = {"type": "room.events", "room": room.public_id, "events": told}
                await in_pool(publish)(group_of(room.public_id), message)
                while not reading.seqs or reading.seqs[-1] < last:
                    await reading.hear("events")
                reading.frames = reading.frames[-1:]
            await reading.hear("pulse", counts(0, 1))
            silent.settimeout(PATIENCE_SECONDS)
            assert 0 < await asyncio.to_thread(drain, silent) < 8_000_000
        # What the room itself remembers of this, its last 256 events, is 4 MB.
        assert web.resident_kb - before < 10_000


def drain(raw: socket.socket) -> int:
    """Read to the end; return how many bytes came."""
    total = 0
    with contextlib.suppress(ConnectionResetError):
        while data := raw.recv(65_536):
            total += len(data)
    return total


@pytest.fixture
def held_room(ines: User) -> Iterator[tuple[Room, threading.Event]]:
    """Return a room whose row somebody keeps locked until the event is set."""
    room = RoomFactory.create()
    locked, over = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                Room.objects.select_for_update().get(pk=room.pk)
                locked.set()
                over.wait(30)
        finally:
            connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    assert locked.wait(10)
    yield room, over
    over.set()
    holder.join()


async def test_room_whose_row_is_locked_does_not_hold_up_another(
    web: Web, room: Room, held_room: tuple[Room, threading.Event], oliver: User, yara: User
) -> None:
    async with (
        wire(web, path_of(held_room[0]), await in_pool(cookie_of)(yara)) as stuck,
        wire(web, path_of(room), await in_pool(cookie_of)(oliver)) as person,
        wire(web, path_of(room)) as guest,
    ):
        for one in (stuck, person, guest):
            await one.hello()
        await stuck.send("hand.raise", id="stuck")
        began = time.monotonic()
        for number in range(5):
            answer = await person.ask("hand.lower" if number % 2 else "hand.raise")
            assert answer == {"type": "ok", "id": "c1"}
            await reached(guest, number + 2)
        assert time.monotonic() - began < 2
        assert [frame for frame in stuck.frames if frame.get("id") == "stuck"] == []
        held_room[1].set()
        await stuck.hear("ok", lambda frame: frame["id"] == "stuck")


class OwnRedis:
    """A Redis of the test's own that can be killed and comes back at the same address."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self.url = f"redis://127.0.0.1:{self._port}/0"
        self.start()

    def start(self) -> None:
        command = redis_command(find_redis(), port=self._port, directory=self._folder)
        self.server = start_leashed(command, log=self._folder / "redis.log")
        give_up = time.monotonic() + PATIENCE_SECONDS
        with driver.Redis(port=self._port) as client:
            while time.monotonic() < give_up:
                with contextlib.suppress(driver.ConnectionError):
                    self._pid = client.info("server")["process_id"]
                    return
                time.sleep(0.02)
        raise AssertionError((self._folder / "redis.log").read_text())

    def kill(self) -> None:
        os.kill(self._pid, signal.SIGKILL)
        self.server.wait(timeout=15)


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[OwnRedis]:
    one = OwnRedis(tmp_path)
    yield one
    stop_leashed(one.server)


async def test_redis_that_is_killed_and_comes_back_loses_nothing_numbered(
    make_web: Callable[..., Web], room: Room, oliver: User, own_redis: OwnRedis
) -> None:
    webs = [make_web(REDIS_URL=own_redis.url) for _ in range(2)]
    cookie = await in_pool(cookie_of)(oliver)
    async with (
        wire(webs[0], path_of(room), cookie) as person,
        wire(webs[0], path_of(room)) as near,
        wire(webs[1], path_of(room)) as far,
    ):
        for one in (person, near, far):
            await one.hello()
        await far.hear("pulse", counts(1, 2))
        own_redis.kill()
        assert await person.ask("hand.raise") == {"type": "ok", "id": "c1"}
        began = time.monotonic()
        for one in (person, near, far):
            await reached(one, 2)
        assert time.monotonic() - began < 6
        own_redis.start()
        assert await person.ask("hand.lower") == {"type": "ok", "id": "c1"}
        for one in (person, near, far):
            await reached(one, 3)
            await one.hear("pulse", counts(1, 2))
        # The line between the processes is there again: this takes no comparing of numbers.
        began = time.monotonic()
        assert await person.ask("hand.raise") == {"type": "ok", "id": "c1"}
        for one in (person, near, far):
            await reached(one, 4)
        assert time.monotonic() - began < 2
        assert [one.seqs for one in (person, near, far)] == [[2, 3, 4]] * 3
        async with wire(webs[1], path_of(room)) as late:
            frame = await late.hello()
            assert (frame["seq"], frame["state"]) == await in_pool(room_snapshot)(room.public_id)


async def reached(one: Wire, seq: int) -> None:
    while seq not in one.seqs:
        await one.hear("events")
