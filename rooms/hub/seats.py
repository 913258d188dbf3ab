"""One seat for each person in a room: a second device takes it over, and both are told.

A page names its visit in `hello`. Whoever comes on purpose takes the seat; whoever only comes back after a broken line
asks whether another device has it meanwhile. No state is kept: those who sit answer for themselves. Should Redis lose
the question, two devices stay for once, and the newer media session still replaces the older one.

Each claim has the moment of its `hello`: one that arrives late unseats nobody who came after. Web servers' clocks agree
well enough for that, as nobody changes devices within milliseconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from config.lib.publish import publish_async
from rooms.events import group_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rooms.hub.room import HubRoom, Socket


async def claim_seat(room: HubRoom, socket: Socket, *, take: bool) -> None:
    """Let every process know that somebody sits here now, or would like to know whether they still do."""
    if socket.person is None or not socket.device:
        return
    claim = {
        "person": socket.person["id"],
        "device": socket.device,
        "session": socket.session,
        "take": take,
        "at": socket.seated_at,
    }
    await publish_async(group_of(room.id), {"type": "room.seat_claimed", "room": room.id, **claim})


async def hear_seat(room: HubRoom, message: Mapping[str, Any]) -> None:
    """Act on what a process says of a seat."""
    if message["type"] == "room.seat_claimed":
        await _hear_claim(room, message)
    elif message["moved"]:
        await room.tell_moved(message["session"])
    else:
        await room.unseat_session(message["session"])


async def _hear_claim(room: HubRoom, claim: Mapping[str, Any]) -> None:
    others = room.seated_elsewhere(claim["person"], claim["device"], before=claim["at"])
    if not others:
        return
    if claim["take"]:
        await room.unseat(others)
    answer = {"room": room.id, "session": claim["session"], "moved": claim["take"]}
    await publish_async(group_of(room.id), {"type": "room.seat_answered", **answer})
