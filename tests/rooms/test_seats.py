"""One seat for each person: a second device takes it over, over two web processes, and both are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from config.lib.db import in_pool
from rooms.hub.room import HubRoom
from rooms.hub.seats import hear_seat
from tests.rooms.sockets import MemorySocket
from tests.rooms.web import cookie_of, wire

if TYPE_CHECKING:
    from accounts.models import User
    from rooms.models import Room
    from tests.rooms.web import Web, Wire

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


async def sit(one: Wire, device: str, *, take: bool) -> None:
    await one.send("hello", last_seq=0, device=device, take=take)
    await one.hear("snapshot")


async def test_second_device_takes_the_seat_over_and_both_are_told(
    web: Web, other_web: Web, room: Room, oliver: User
) -> None:
    path, cookie = f"/ws/rooms/{room.public_id}/", await in_pool(cookie_of)(oliver)
    async with wire(web, path, cookie) as first, wire(other_web, path, cookie) as second:
        await sit(first, "phone", take=True)
        await sit(second, "laptop", take=True)
        assert await first.closed() == 4409
        await second.hear("seat.moved")
        async with wire(web, path, cookie) as again:
            await sit(again, "phone", take=True)
            assert await second.closed() == 4409
            await again.hear("seat.moved")


async def test_device_that_only_comes_back_leaves_the_seat_to_the_other(
    web: Web, other_web: Web, room: Room, oliver: User
) -> None:
    path, cookie = f"/ws/rooms/{room.public_id}/", await in_pool(cookie_of)(oliver)
    async with wire(web, path, cookie) as holder:
        await sit(holder, "laptop", take=True)
        async with wire(other_web, path, cookie) as back:
            await sit(back, "phone", take=False)
            assert await back.closed() == 4409
        assert await holder.ask("hand.raise") == {"type": "ok", "id": "c1"}


async def test_same_visit_that_comes_back_keeps_the_seat(web: Web, other_web: Web, room: Room, oliver: User) -> None:
    path, cookie = f"/ws/rooms/{room.public_id}/", await in_pool(cookie_of)(oliver)
    # The old line is still open: nobody has noticed yet that it is dead.
    async with wire(web, path, cookie) as dead, wire(other_web, path, cookie) as back:
        await sit(dead, "phone", take=True)
        await sit(back, "phone", take=False)
        assert await back.ask("hand.raise") == {"type": "ok", "id": "c1"}
        assert [frame["type"] for frame in back.frames if frame["type"] == "seat.moved"] == []


async def test_nobody_elses_seat_is_taken(web: Web, room: Room, oliver: User, yara: User) -> None:
    path = f"/ws/rooms/{room.public_id}/"
    one_cookie, other_cookie = [await in_pool(cookie_of)(user) for user in (oliver, yara)]
    async with wire(web, path, one_cookie) as one, wire(web, path, other_cookie) as other, wire(web, path) as guest:
        await sit(one, "phone", take=True)
        await sit(other, "phone", take=True)
        await sit(guest, "phone", take=True)
        assert await one.ask("hand.raise") == {"type": "ok", "id": "c1"}
        assert await other.ask("hand.raise") == {"type": "ok", "id": "c1"}


async def test_line_that_is_silent_or_knows_no_seats_holds_none(room: Room) -> None:
    one = HubRoom(room.public_id)
    await one.load()
    person = {"id": "p", "handle": "p", "name": "P", "portrait": ""}
    silent, bot, living = MemorySocket(person), MemorySocket(person), MemorySocket(person)
    silent.device, living.device = "phone", "tablet"
    silent.seated_at = bot.seated_at = living.seated_at = 1
    for socket in (silent, bot, living):
        one.sockets.add(socket)
        one.greet(socket)
    one.hush(silent)
    assert one.seated_elsewhere("p", "laptop", before=2) == [living]
    assert one.seated_elsewhere("p", "tablet", before=2) == []
    await one.unseat([living])
    assert (living.closed, one.seated_elsewhere("p", "laptop", before=2)) == (4409, [])


async def test_claim_that_arrives_late_unseats_nobody_who_came_after(room: Room) -> None:
    one = HubRoom(room.public_id)
    await one.load()
    person = {"id": "p", "handle": "p", "name": "P", "portrait": ""}
    earlier, later, coming = MemorySocket(person), MemorySocket(person), MemorySocket(person)
    earlier.device, later.device, coming.device = "phone", "laptop", "tablet"
    # The one that has just said hello has not claimed yet: its own claim will unseat the others.
    earlier.seated_at, later.seated_at = 10, 20
    for socket in (earlier, later, coming):
        one.sockets.add(socket)
        one.greet(socket)
    claim = {"type": "room.seat_claimed", "person": "p", "device": "phone", "session": "s", "take": True, "at": 10}
    await hear_seat(one, claim)
    assert [socket.closed for socket in (earlier, later, coming)] == [None, None, None]
    await hear_seat(one, claim | {"device": "tablet", "at": 30})
    assert [socket.closed for socket in (earlier, later, coming)] == [4409, 4409, None]
