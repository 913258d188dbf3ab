"""A room that has not begun, over the wire: whoever waits sees its doors open and hears nothing before it is live."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from accounts.services.block import block
from accounts.services.profile import change_profile
from config.lib.db import in_pool
from rooms.hub.audience import AudienceKeeper
from rooms.hub.room import HubRoom
from rooms.models import Attendance
from rooms.services.planning import cancel_room, open_lobby, start_room
from tests.rooms.planned import planned
from tests.rooms.sockets import MemorySocket
from tests.rooms.web import cookie_of, wire

if TYPE_CHECKING:
    from accounts.models import User
    from rooms.models import Room
    from tests.rooms.web import Web

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
SDP = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\n"


@pytest.fixture
def later(ines: User) -> Room:
    return planned(ines)


def path_of(room: Room) -> str:
    return f"/ws/rooms/{room.public_id}/"


async def state_told(socket: Any) -> str:
    frame = await socket.hear("events")
    state: str = frame["events"][-1]["room"]["state"]
    return state


async def test_guest_sees_the_doors_open_and_the_room_begin(web: Web, later: Room, ines: User) -> None:
    async with wire(web, path_of(later)) as guest:
        first = await guest.hello()
        assert (first["type"], first["state"]["room"]["state"]) == ("snapshot", "scheduled")
        await in_pool(open_lobby)(later.public_id, by=ines)
        assert await state_told(guest) == "open"
        pulse = await guest.hear("pulse", lambda frame: frame["audience"]["guests"] == 1)
        assert pulse["seq"] == 2
        await in_pool(start_room)(later.public_id, by=ines)
        assert await state_told(guest) == "live"


@pytest.mark.parametrize("lobby", [False, True])
async def test_nothing_can_be_said_before_it_begins(
    web: Web, later: Room, ines: User, oliver: User, lobby: bool
) -> None:
    if lobby:
        await in_pool(open_lobby)(later.public_id, by=ines)
    asked: list[tuple[str, dict[str, str]]] = [
        ("hand.raise", {}),
        ("react", {"name": "clap"}),
        ("media.offer", {"kind": "listen", "sdp": SDP}),
    ]
    async with wire(web, path_of(later), await in_pool(cookie_of)(oliver)) as socket:
        await socket.hello()
        for command, keys in asked:
            answer = await socket.ask(command, **keys)
            assert (command, answer) == (command, {"type": "error", "id": "c1", "code": "room_not_live"})


async def test_sockets_of_a_cancelled_room_are_closed(web: Web, later: Room, ines: User) -> None:
    async with wire(web, path_of(later)) as guest:
        await guest.hello()
        await in_pool(cancel_room)(later.public_id, by=ines)
        assert await state_told(guest) == "cancelled"
        assert await guest.closed() == 1000


async def test_who_is_blocked_no_longer_sees_a_planned_room(web: Web, later: Room, ines: User, oliver: User) -> None:
    async with wire(web, path_of(later), await in_pool(cookie_of)(oliver)) as socket:
        await socket.hello()
        await in_pool(block)(ines, oliver)
        assert await socket.closed() == 4404


async def test_new_name_of_the_host_is_told_before_it_begins(web: Web, later: Room, ines: User) -> None:
    def rename() -> None:
        change_profile(ines, display_name="Inès M.", handle="ines", language="fr", time_zone="")

    async with wire(web, path_of(later)) as guest:
        await guest.hello()
        await in_pool(rename)()
        frame = await guest.hear("events")
        assert frame["events"][0]["person"]["name"] == "Inès M."


async def test_who_waits_was_not_there_yet(later: Room, ines: User, oliver: User) -> None:
    room, keeper = HubRoom(later.public_id), AudienceKeeper("test")
    await room.load()
    socket = MemorySocket({"id": oliver.public_id, "handle": "oliver", "name": "Oliver", "portrait": ""})
    room.sockets.add(socket)
    room.greet(socket)
    await keeper.tick({room.id: room})
    await keeper.write_attendance()
    assert await in_pool(Attendance.objects.count)() == 0
    await in_pool(start_room)(later.public_id, by=ines)
    await room.load()
    room.remove(socket)
    room.sockets.add(socket)
    room.greet(socket)
    await keeper.tick({room.id: room})
    await keeper.write_attendance()
    assert await in_pool(Attendance.objects.count)() == 1
    room.close()
