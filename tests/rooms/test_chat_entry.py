"""The chat and the board behind the room's door: whoever may not enter reads and writes nothing there."""

from __future__ import annotations

import contextlib
import io
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from websockets.exceptions import ConnectionClosed

from accounts.models import Block
from accounts.services.block import block, unblock
from config.lib.db import in_pool
from config.lib.errors import DomainError, LoginRequiredError
from rooms.blocks import hidden_for
from rooms.enums import EntryRule, StageRole
from rooms.errors import EntryRefusedError
from rooms.events import change_room
from rooms.link_pictures import keep_picture
from rooms.models import BoardItem, ChatMessage
from rooms.selectors import enter
from rooms.services.board import put_link, put_note
from rooms.services.chat import remove_message, say
from rooms.services.removal import ban_person, lift_ban, remove_person
from rooms.services.stage import bring_up
from tests.rooms.test_entry import LETS_IN, RULES, client_of, stand, with_rule
from tests.rooms.web import cookie_of, wire

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_django.fixtures import Settings

    from accounts.models import User
    from rooms.models import Room
    from tests.rooms.web import Web

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _folders(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "uploads"
    settings.ROOM_CHAT_PER_SECOND = 1000


@pytest.fixture
def picture(room: Room) -> str:
    """Return the address of a picture on the board."""
    drawn = io.BytesIO()
    Image.new("RGB", (600, 400), "teal").save(drawn, "PNG")
    put_link(room.public_id, by=room.host, url="https://example.org")
    item = BoardItem.objects.get()
    item.picture = keep_picture(drawn.getvalue())
    item.save()
    return f"/rooms/{room.public_id}/board/{item.public_id}/{item.picture}.webp"


def reads_chat(room: Room, person: User | None) -> bool:
    answer = client_of(person).get(f"/rooms/{room.public_id}/chat/?before=999")
    assert ("Only for us" in answer.text) == (answer.status_code == 200)
    return answer.status_code == 200


def writes(room: Room, person: User | None) -> bool:
    before = ChatMessage.objects.count()
    try:
        say(room.public_id, by=person, text="Bonsoir", key=f"k{before}")
    except (EntryRefusedError, LoginRequiredError):
        assert ChatMessage.objects.count() == before
        return False
    return True


@pytest.mark.parametrize("relation", LETS_IN)
def test_chat_and_board_keep_every_rule(room: Room, oliver: User, picture: str, relation: str) -> None:
    say(room.public_id, by=room.host, text="Only for us", key="first")
    person = stand(relation, room.host, oliver, room)
    for rule in RULES:
        with_rule(room, rule)
        may = rule in LETS_IN[relation]
        found = (reads_chat(room, person), client_of(person).get(picture).status_code == 200, writes(room, person))
        # A guest whom the room lets listen reads, and writes nothing.
        assert found == (may, may, may and person is not None), rule


def test_guest_reads_only_where_guests_listen(room: Room, picture: str) -> None:
    say(room.public_id, by=room.host, text="Only for us", key="first")
    assert (reads_chat(room, None), client_of(None).get(picture).status_code) == (True, 200)
    room.guests_listen = False
    room.save()
    assert (reads_chat(room, None), client_of(None).get(picture).status_code) == (False, 403)


def test_whoever_is_banned_writes_and_removes_nothing(room: Room, oliver: User) -> None:
    mine = say(room.public_id, by=oliver, text="Bonsoir", key="a")
    ban_person(room.public_id, by=room.host, person_id=oliver.public_id)
    assert (writes(room, oliver), reads_chat(room, oliver)) == (False, False)
    with pytest.raises(EntryRefusedError):
        remove_message(room.public_id, by=oliver, message_id=mine)
    lift_ban(room.public_id, by=room.host, person_id=oliver.public_id)
    assert writes(room, oliver)


def test_cohost_who_is_sent_out_hangs_nothing_up(room: Room, malo: User) -> None:
    with change_room(room.public_id, by=malo) as change:
        bring_up(change, malo, role=StageRole.COHOST)
    put_note(room.public_id, by=malo, text="A note")
    remove_person(room.public_id, by=room.host, person_id=malo.public_id)
    with pytest.raises(DomainError) as refused:
        put_note(room.public_id, by=malo, text="Another")
    assert refused.value.code == "forbidden"


def test_connection_that_is_about_to_be_closed_writes_nothing(room: Room, oliver: User) -> None:
    knows = enter(oliver, room.public_id)
    say(room.public_id, by=oliver, text="Bonsoir", key="a", removal=knows)
    remove_person(room.public_id, by=room.host, person_id=oliver.public_id)
    with pytest.raises(EntryRefusedError):
        say(room.public_id, by=oliver, text="Encore", key="b", removal=knows)
    # Nothing keeps them from coming back.
    say(room.public_id, by=oliver, text="Pardon", key="c", removal=enter(oliver, room.public_id))
    assert list(ChatMessage.objects.order_by("seq").values_list("text", flat=True)) == ["Bonsoir", "Pardon"]


def test_whoever_was_inside_when_the_rule_changed_writes_until_they_are_sent_out(room: Room, oliver: User) -> None:
    stand("invited", room.host, oliver, room)
    with_rule(room, EntryRule.INVITED)
    assert writes(room, oliver)


# --- blocks ---


def test_neither_of_two_who_are_apart_sees_what_the_other_wrote(room: Room, oliver: User, yara: User) -> None:
    block(oliver, yara)
    # Who has been blocked learns nothing of it before there is something to hide.
    assert (hidden_for(room.public_id, oliver), hidden_for(room.public_id, yara)) == ([yara.public_id], [])
    say(room.public_id, by=oliver, text="Bonsoir", key="a")
    assert hidden_for(room.public_id, yara) == [oliver.public_id]
    assert hidden_for("another", yara) == []
    unblock(oliver, yara)
    assert (hidden_for(room.public_id, oliver), hidden_for(room.public_id, yara)) == ([], [])


@pytest.mark.postgres
async def test_who_must_not_see_a_message_is_told_so_before_it_comes(
    web: Web, room: Room, oliver: User, yara: User
) -> None:
    await in_pool(Block.objects.create)(blocker=oliver, blocked=yara)
    path, cookie = f"/ws/rooms/{room.public_id}/", await in_pool(cookie_of)(yara)
    async with wire(web, path, cookie) as blocked, wire(web, path) as guest:
        for socket in (blocked, guest):
            await socket.hello()
        for key in "ab":
            await in_pool(say)(room.public_id, by=oliver, text=f"Bonsoir {key}", key=key)
        while len(blocked.seqs) < 2:
            await blocked.hear("events")
        kinds = [frame["type"] for frame in blocked.frames if frame["type"] in ("blocks.changed", "events")]
        assert kinds[0] == "blocks.changed"
        assert kinds.count("blocks.changed") == 1
        answer = await blocked.ask("blocks.list")
        assert (answer["hidden"], answer["unheard"], answer["unheard_by"]) == ([oliver.public_id], [], [])
        while len(guest.seqs) < 2:
            await guest.hear("events")
    assert not [frame for frame in guest.frames if frame["type"] == "blocks.changed"]


@pytest.mark.postgres
async def test_removed_person_is_refused_over_the_wire_and_closed(web: Web, room: Room, oliver: User) -> None:
    cookie = await in_pool(cookie_of)(oliver)
    async with wire(web, f"/ws/rooms/{room.public_id}/", cookie) as socket:
        await socket.hello()
        await in_pool(remove_person)(room.public_id, by=room.host, person_id=oliver.public_id)
        # The server may have closed it already.
        with contextlib.suppress(ConnectionClosed):
            await socket.send("chat.say", id="c9", key="a", text="Still here?")
        assert await socket.closed() == 4403
    assert not await in_pool(ChatMessage.objects.exists)()
