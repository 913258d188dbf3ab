"""The commands of the chat and the board over the wire."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import pytest

from config.lib.db import in_pool
from rooms.selectors import events_after, room_snapshot
from rooms.services.words import refuse_words
from tests.rooms.web import Wire, cookie_of, wire

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from accounts.models import User
    from rooms.models import Room
    from tests.rooms.web import Web

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
OK = {"type": "ok", "id": "c1"}


@pytest.fixture
async def cast(web: Web, room: Room, ines: User, oliver: User) -> AsyncIterator[dict[str, Wire]]:
    """Return the sockets of the host, of a listener and of a guest."""
    found: dict[str, Wire] = {}
    async with AsyncExitStack() as stack:
        for name, person in {"ines": ines, "oliver": oliver, "guest": None}.items():
            cookie = await in_pool(cookie_of)(person) if person else ""
            found[name] = await stack.enter_async_context(wire(web, f"/ws/rooms/{room.public_id}/", cookie))
            await found[name].hello()
        yield found


async def test_every_command_is_done_and_told_to_everybody(cast: dict[str, Wire], room: Room) -> None:
    said = await cast["oliver"].ask("chat.say", key="a", text="Bonsoir")
    message = said.pop("said")
    link = await cast["ines"].ask("board.link", url="https://example.org")
    item = link.pop("item")
    note = await cast["ines"].ask("board.note", text="Read this")
    other = note.pop("item")
    assert [said, link, note] == [OK, OK, OK]
    for command, keys in (
        ("chat.set", {"open": False, "slow": 30}),
        ("chat.remove", {"message": message}),
        ("board.pin", {"item": other}),
        ("board.pin", {"item": None}),
        ("board.remove", {"item": item}),
        ("board.restore", {"item": item}),
    ):
        assert (command, await cast["ines"].ask(command, **keys)) == (command, OK)
    told = await in_pool(events_after)(room.public_id, 1)
    assert [event["type"] for event in told] == [
        "chat.said",
        "board.put",
        "board.put",
        "room.changed",
        "chat.removed",
        "board.pinned",
        "board.pinned",
        "board.removed",
        "board.put",
    ]
    for socket in cast.values():
        while len(socket.seqs) < len(told):
            await socket.hear("events")
    _seq, state = await in_pool(room_snapshot)(room.public_id)
    assert [entry["id"] for entry in state["board"]] == [item, other]


@pytest.mark.parametrize(
    ("deed", "keys", "code"),
    [
        ("guest chat.say", {"key": "a", "text": "Hello"}, "login_required"),
        ("oliver chat.say", {"key": "a", "text": " \u200b "}, "bad_message"),
        ("oliver chat.say", {"key": "a", "text": "x" * 501}, "bad_message"),
        ("oliver chat.say", {"key": "", "text": "Hello"}, "bad_frame"),
        ("oliver chat.say", {"key": "k" * 33, "text": "Hello"}, "bad_frame"),
        ("oliver chat.say", {"text": "Hello"}, "bad_frame"),
        ("oliver chat.say", {"key": "a", "text": "Zut"}, "words_refused"),
        ("oliver chat.set", {"open": False, "slow": 0}, "forbidden"),
        ("ines chat.set", {"open": True, "slow": 7}, "bad_frame"),
        ("ines chat.remove", {"message": "nothing"}, "not_found"),
        ("oliver board.note", {"text": "Hello"}, "forbidden"),
        ("ines board.note", {"text": ""}, "bad_note"),
        ("ines board.link", {"url": "http://127.0.0.1/"}, "bad_link"),
        ("ines board.pin", {"item": "nothing"}, "not_found"),
        ("guest board.remove", {"item": "nothing"}, "login_required"),
    ],
)
async def test_command_is_refused_and_nothing_is_told(
    cast: dict[str, Wire], room: Room, ines: User, deed: str, keys: dict[str, Any], code: str
) -> None:
    await in_pool(refuse_words)(ines, ["zut"])
    who, command = deed.split()
    assert (await cast[who].ask(command, **keys))["code"] == code
    assert await in_pool(events_after)(room.public_id, 1) == []


async def test_chat_that_is_busy_or_slow_says_so(cast: dict[str, Wire]) -> None:
    answers = [await cast["oliver"].ask("chat.say", key=str(number), text="Quick") for number in range(14)]
    kinds = {answer.get("code", "ok") for answer in answers[:10]}, {answer.get("code", "ok") for answer in answers}
    assert kinds[0] == {"ok"}
    assert kinds[1] <= {"ok", "chat_busy"}
    await cast["ines"].ask("chat.set", open=True, slow=60)
    assert (await cast["oliver"].ask("chat.say", key="late", text="Late"))["code"] == "chat_slow"
