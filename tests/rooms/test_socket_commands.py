"""Every command of docs/protocol.md once over the wire, and each refusal that a service may give."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.db import connection

from config.lib.db import in_pool
from rooms.protocol import FRAME_TYPES
from rooms.selectors import events_after, room_snapshot
from rooms.services import hands, lifecycle, stage
from tests.factories.people import UserFactory
from tests.rooms.web import Wire, cookie_of, wire

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from accounts.models import User
    from rooms.models import Room
    from tests.rooms.web import Web

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
SDP = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\n"
OK = {"type": "ok", "id": "c1"}


def refusal(code: str) -> dict[str, Any]:
    return {"type": "error", "id": "c1", "code": code}


@pytest.fixture
async def cast(web: Web, room: Room, ines: User, oliver: User, yara: User) -> AsyncIterator[dict[str, Wire]]:
    """Return the sockets of the host, of two listeners and of a guest."""
    found: dict[str, Wire] = {}
    async with AsyncExitStack() as stack:
        for name, person in {"ines": ines, "oliver": oliver, "yara": yara, "guest": None}.items():
            cookie = await in_pool(cookie_of)(person) if person else ""
            found[name] = await stack.enter_async_context(wire(web, f"/ws/rooms/{room.public_id}/", cookie))
            await found[name].hello()
        yield found


# Who sends what; a name in braces stands for that person's id. Each command is one event.
SCRIPTS: list[list[tuple[str, str, dict[str, Any]]]] = [
    [
        ("oliver", "hand.raise", {}),
        ("oliver", "hand.lower", {}),
        ("oliver", "hand.raise", {}),
        ("ines", "hand.accept", {"person": "{oliver}"}),
        ("oliver", "mic.unmute", {}),
        ("ines", "mic.mute", {"person": "{oliver}"}),
        ("ines", "stage.role", {"person": "{oliver}", "role": "cohost"}),
        ("oliver", "stage.leave", {}),
        ("ines", "stage.invite", {"person": "{oliver}"}),
        ("ines", "stage.uninvite", {"person": "{oliver}"}),
        ("ines", "stage.invite", {"person": "{oliver}"}),
        ("oliver", "invitation.decline", {}),
        ("ines", "stage.invite", {"person": "{oliver}"}),
        ("oliver", "invitation.accept", {}),
        ("ines", "stage.remove", {"person": "{oliver}"}),
        ("ines", "recording.start", {}),
        ("ines", "recording.stop", {}),
        ("yara", "hand.raise", {}),
        ("ines", "hand.lower", {"person": "{yara}"}),
        ("ines", "room.end", {}),
    ],
    [
        ("oliver", "hand.raise", {"reason": "Vans"}),
        ("yara", "hand.raise", {}),
        ("ines", "hand.move", {"person": "{yara}", "place": 1}),
        ("ines", "hand.pin", {"person": "{oliver}"}),
        ("ines", "hands.clear", {}),
        ("ines", "hands.restore", {}),
        ("ines", "hands.lock", {}),
        ("ines", "stage.lock", {}),
        ("ines", "stage.lock", {"locked": False}),
        ("ines", "stage.rule", {"rule": "followed"}),
        ("ines", "hand.accept", {"person": "{oliver}"}),
        ("oliver", "mic.unmute", {}),
        ("ines", "mic.mute_all", {}),
        ("ines", "handover.offer", {"person": "{oliver}"}),
        ("ines", "handover.withdraw", {}),
        ("ines", "handover.offer", {"person": "{oliver}"}),
        ("oliver", "handover.decline", {}),
        ("ines", "room.end", {}),
    ],
]


def test_every_command_is_sent_somewhere() -> None:
    # test_sound.py, test_reactions.py, test_blocks.py, test_handover.py and test_removal.py have the rest.
    others = {"hello", "resync", "media.offer", "media.close", "react", "blocks.list", "handover.accept"}
    others |= {"person.remove", "person.ban", "person.unban", "person.ping", "admission.withdraw", "room.entry"}
    # test_beside_sockets.py has all of chat and board, test_convergence.py has tips.
    others |= {"tip.remove"}
    others |= {name for name in FRAME_TYPES if name.startswith(("chat.", "board."))}
    assert {command for script in SCRIPTS for _, command, _ in script} == set(FRAME_TYPES) - others


@pytest.mark.parametrize("script", SCRIPTS, ids=["roles", "order"])
async def test_every_command_is_done_and_told_to_everybody(
    cast: dict[str, Wire], room: Room, oliver: User, yara: User, script: list[tuple[str, str, dict[str, Any]]]
) -> None:
    ids = {"{oliver}": oliver.public_id, "{yara}": yara.public_id}
    for who, command, keys in script:
        said = {key: ids.get(value, value) if isinstance(value, str) else value for key, value in keys.items()}
        assert (who, command, await cast[who].ask(command, **said)) == (who, command, OK)
    told = await in_pool(events_after)(room.public_id, 1)
    assert len(told) == len(script)
    for socket in cast.values():
        while len(socket.seqs) < len(told):
            await socket.hear("events")
        assert [event for frame in socket.frames if frame["type"] == "events" for event in frame["events"]] == told
        assert await socket.closed() == 1000


@pytest.mark.parametrize(
    ("deed", "keys", "code"),
    [
        ("guest hand.raise", {}, "login_required"),
        ("guest media.offer", {"kind": "publish", "sdp": SDP}, "login_required"),
        ("guest room.end", {}, "login_required"),
        ("oliver room.end", {}, "forbidden"),
        ("oliver hand.accept", {"person": "{yara}"}, "forbidden"),
        ("oliver media.offer", {"kind": "publish", "sdp": SDP}, "forbidden"),
        ("ines stage.invite", {"person": "nobody"}, "not_found"),
        ("oliver media.close", {"media_session": "nothing"}, "not_found"),
        ("guest media.close", {"media_session": "nothing"}, "not_found"),
        ("ines hand.accept", {"person": "{yara}"}, "not_raised"),
        ("oliver invitation.accept", {}, "not_invited"),
        ("ines stage.remove", {"person": "{yara}"}, "not_on_stage"),
        ("ines stage.invite", {"person": "{ines}"}, "already_on_stage"),
        ("ines media.offer", {"kind": "publish", "sdp": SDP}, "relay_unavailable"),
        ("guest media.offer", {"kind": "listen", "sdp": SDP}, "relay_unavailable"),
    ],
)
async def test_command_is_refused_and_the_room_goes_on(
    cast: dict[str, Wire], ines: User, yara: User, deed: str, keys: dict[str, str], code: str
) -> None:
    who, command = deed.split()
    said = {name: value.format(ines=ines.public_id, yara=yara.public_id) for name, value in keys.items()}
    assert await cast[who].ask(command, **said) == refusal(code)
    assert await cast["yara"].ask("hand.raise") == OK
    for socket in cast.values():
        if not socket.seqs:
            await socket.hear("events")
        assert socket.seqs == [2]


async def test_full_stage_is_refused(cast: dict[str, Wire], room: Room, ines: User, oliver: User) -> None:
    def fill() -> None:
        for person in UserFactory.create_batch(settings.ROOM_STAGE_LIMIT - 1):
            hands.raise_hand(room.public_id, by=person)
            hands.accept_hand(room.public_id, by=ines, person_id=person.public_id)

    await in_pool(fill)()
    assert await cast["oliver"].ask("hand.raise") == OK
    assert await cast["ines"].ask("hand.accept", person=oliver.public_id) == refusal("stage_full")


async def test_third_cohost_is_refused(cast: dict[str, Wire], room: Room, ines: User, oliver: User) -> None:
    from rooms.enums import StageRole

    def promote() -> None:
        people = UserFactory.create_batch(2)
        for person in [*people, oliver]:
            hands.raise_hand(room.public_id, by=person)
            hands.accept_hand(room.public_id, by=ines, person_id=person.public_id)
        for person in people:
            stage.change_role(room.public_id, by=ines, person_id=person.public_id, role=StageRole.COHOST)

    await in_pool(promote)()
    answer = await cast["ines"].ask("stage.role", person=oliver.public_id, role="cohost")
    assert answer == refusal("cohosts_full")


async def test_ended_room_refuses(web: Web, room: Room, ines: User, oliver: User) -> None:
    await in_pool(lifecycle.end_room)(room.public_id, by=ines)
    async with wire(web, f"/ws/rooms/{room.public_id}/", await in_pool(cookie_of)(oliver)) as socket:
        frame = await socket.hello()
        assert (frame["seq"], frame["state"]) == await in_pool(room_snapshot)(room.public_id)
        assert await socket.ask("hand.raise") == refusal("room_ended")


async def test_commands_of_one_socket_are_done_in_order(cast: dict[str, Wire], room: Room) -> None:
    for number in range(16):
        await cast["oliver"].send("hand.lower" if number % 2 else "hand.raise", id=str(number))
    answers = [await cast["oliver"].hear("ok") for _ in range(16)]
    assert [answer["id"] for answer in answers] == [str(number) for number in range(16)]
    told = await in_pool(events_after)(room.public_id, 1)
    assert [event["type"] for event in told] == ["hand.raised", "hand.lowered"] * 8


async def test_what_nobody_thought_of_is_an_answer_too(cast: dict[str, Wire]) -> None:
    def rename(before: str, after: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {before} RENAME TO {after}")

    await in_pool(rename)("rooms_raisedhand", "rooms_elsewhere")
    try:
        assert await cast["oliver"].ask("hand.raise") == refusal("unavailable")
    finally:
        await in_pool(rename)("rooms_elsewhere", "rooms_raisedhand")
    assert await cast["oliver"].ask("hand.raise") == OK
