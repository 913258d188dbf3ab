"""Clients that send without end and read nothing: they are closed, and cost neither memory nor the others' time."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest
from websockets.frames import Frame, Opcode

from config.lib.daphne_sockets import MAX_FRAGMENTS, MAX_WAITING
from config.lib.db import in_pool
from config.lib.publish import publish
from rooms.events import group_of
from tests.rooms.sockets import PATIENCE_SECONDS
from tests.rooms.test_web_processes import counts, path_of, silent_client
from tests.rooms.web import wire

if TYPE_CHECKING:
    import socket

    from rooms.models import Room
    from tests.rooms.web import Web, Wire

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def frame(opcode: Opcode = Opcode.TEXT, data: bytes = b"nonsense", *, last: bool = True) -> bytes:
    return Frame(opcode, data, fin=last).serialize(mask=True)


def flood(raw: socket.socket, data: bytes) -> float:
    """Send without reading until the connection is gone; return after how many seconds it was."""
    began = time.monotonic()
    raw.settimeout(PATIENCE_SECONDS)
    try:
        while time.monotonic() - began < PATIENCE_SECONDS:
            raw.sendall(data * 500)
    except ConnectionError:
        return time.monotonic() - began
    msg = "It was sent to as long as it wanted to send."
    raise AssertionError(msg)


@pytest.mark.parametrize(
    "data",
    [
        frame(),
        frame(data=b""),
        frame(data=b'{"type":"resync","last_seq":0}'),
        frame(data=b"x" * 60_000),
        frame(last=False) + frame(Opcode.CONT, b"", last=False) * 100,
    ],
    # The masks are random, and would be in the names.
    ids=["words", "nothing", "resync", "large", "pieces"],
)
async def test_flood_is_dropped_and_costs_others_nothing(web: Web, room: Room, data: bytes) -> None:
    async with wire(web, path_of(room)) as watching:
        await watching.hello()
        # With a full buffer a kernel drops acknowledgements as well, and the flood stops by itself.
        with silent_client(web, room, buffer=262_144) as raw:
            await watching.hear("pulse", counts(0, 2))
            before = web.resident_kb
            flooding = asyncio.create_task(asyncio.to_thread(flood, raw, data))
            slowest = 0.0
            while not flooding.done():
                slowest = max(slowest, await asked(watching))
            assert await flooding < 5
            await watching.hear("pulse", counts(0, 1))
    assert slowest < 1
    assert web.resident_kb - before < 20_000


async def asked(watching: Wire) -> float:
    """Ask for something and return after how many seconds the answer was there."""
    began = time.monotonic()
    await watching.send("resync", last_seq=1)
    await watching.hear("events")
    await asyncio.sleep(0.2)
    return time.monotonic() - began - 0.2


@pytest.mark.parametrize("ending", [frame(Opcode.CLOSE, b"\x03\xe8"), b"\xff\xff" * 2000], ids=["polite", "rude"])
async def test_client_that_ends_and_does_not_read_is_dropped(web: Web, room: Room, ending: bytes) -> None:
    # More than the kernel takes for a client that does not read.
    event = {"seq": 2, "type": "from.the.future", "at": "", "padding": "x" * 8_000_000}
    async with wire(web, path_of(room), max_size=None) as watching:
        await watching.hello()
        with silent_client(web, room) as raw:
            await watching.hear("pulse", counts(0, 2))
            message = {"type": "room.events", "room": room.public_id, "events": [event]}
            await in_pool(publish)(group_of(room.public_id), message)
            await watching.hear("events")
            raw.sendall(ending)
            assert await asyncio.to_thread(flood, raw, ending) < 5
            await watching.hear("pulse", counts(0, 1))


@pytest.mark.parametrize(
    ("number", "code"), [(MAX_FRAGMENTS - 1, 1000), (MAX_FRAGMENTS, 1000), (MAX_FRAGMENTS + 1, 1009)]
)
async def test_message_comes_in_so_many_pieces(web: Web, room: Room, number: int, code: int) -> None:
    async with wire(web, path_of(room)) as socket:
        await socket.hello()
        # Twice, as each message counts for itself.
        for _ in range(2):
            await socket.link.send(["x"] * (number - 1))
            if code == 1000:
                assert (await socket.hear("error"))["code"] == "bad_frame"
        if code != 1000:
            assert await socket.closed() == code
    assert socket.link.close_code == code


async def test_message_of_empty_pieces_without_end_is_closed(web: Web, room: Room) -> None:
    async with wire(web, path_of(room)) as socket:
        await socket.hello()
        pieces = frame(data=b"", last=False) + frame(Opcode.CONT, b"", last=False) * MAX_FRAGMENTS
        socket.link.transport.write(pieces)
        assert await socket.closed() == 1009


@pytest.mark.parametrize(("number", "code"), [(100, 1000), (MAX_WAITING * 4, 1008)])
async def test_more_messages_at_once_than_can_wait_close_with_1008(
    web: Web, room: Room, number: int, code: int
) -> None:
    async with wire(web, path_of(room)) as socket:
        await socket.hello()
        # All of them in one segment.
        socket.link.transport.write(frame(data=b"") * number)
        if code == 1000:
            for _ in range(number):
                await socket.hear("error")
        else:
            assert await socket.closed() == code
    assert socket.link.close_code == code
