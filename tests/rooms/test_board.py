"""What hosts put up beside the stage."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone
from PIL import Image

from accounts.exports import parts_of
from accounts.services.block import block
from accounts.tasks import tidy_up
from config.lib.errors import ForbiddenError, LoginRequiredError, NotFoundError
from rooms.enums import LinkState, StageRole
from rooms.errors import BadLinkError, BadNoteError, BoardFullError, WordsRefusedError
from rooms.link_pictures import keep_picture, picture_bytes
from rooms.models import BoardItem, Room, RoomEvent, StageMember
from rooms.selectors import room_snapshot
from rooms.services.board import pin_item, put_link, put_note, remove_item, restore_item
from rooms.services.lifecycle import end_room
from rooms.services.words import refuse_words
from tests.factories.rooms import RoomFactory

if TYPE_CHECKING:
    from pathlib import Path

    from django.test import Client
    from pytest_django.fixtures import DjangoAssertNumQueries, Settings

    from accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _uploads(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def board(room: Room) -> list[Any]:
    return list(room_snapshot(room.public_id)[1]["board"])


def notes(room: Room) -> list[str]:
    return [entry["text"] for entry in board(room)]


def picture(colour: str = "teal") -> bytes:
    made = BytesIO()
    Image.new("RGB", (900, 600), colour).save(made, "PNG")
    return made.getvalue()


def test_link_hangs_on_the_board_and_waits_to_be_read(room: Room, ines: User) -> None:
    item = put_link(room.public_id, by=ines, url=" https://example.org/rue?n=1#bas ")
    (entry,) = board(room)
    assert {key: entry[key] for key in ("id", "kind", "url", "state", "pinned", "title", "picture")} == {
        "id": item,
        "kind": "link",
        "url": "https://example.org/rue?n=1#bas",
        "state": "loading",
        "pinned": False,
        "title": "",
        "picture": "",
    }
    assert entry["seq"] == Room.objects.get(pk=room.pk).seq


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("example.org", "https://example.org"),
        ("http://example.org/a b", "http://example.org/a%20b"),
        ("https://exämple.org/straße", "https://xn--exmple-cua.org/stra%C3%9Fe"),
        ("https://example.org/\nHost: other", "https://example.org/Host:%20other"),
        ("HTTPS://Example.org/", "https://Example.org/"),
        ("https://[2606:4700::1111]/", "https://[2606:4700::1111]/"),
    ],
)
def test_link_is_taken_as_people_type_it(room: Room, ines: User, typed: str, kept: str) -> None:
    put_link(room.public_id, by=ines, url=typed)
    assert [entry["url"] for entry in board(room)] == [kept]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "   ",
        "hello",
        "javascript:alert(1)",
        "javascript://example.org/%0aalert(1)",
        "data:text/html,hello",
        "mailto:ines@example.org",
        "ftp://example.org/",
        "file:///etc/passwd",
        "https://ines:secret@example.org/",
        "https://example.org:8443/",
        "http://127.0.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.1/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::127.0.0.1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[fe80::1]/",
        "http://[fd00::1]/",
        "http://localhost/",
        "https://exa mple.org/",
        "https://" + "ü" * 64 + ".org/",
        "http://[fe80::1%25eth0]/",
        "https://example.org/" + "x" * 1000,
        "http://[::1",
        "https://example.org:99999/",
    ],
)
def test_what_is_no_page_of_the_public_net_is_refused(room: Room, ines: User, url: str) -> None:
    with pytest.raises(BadLinkError):
        put_link(room.public_id, by=ines, url=url)
    assert board(room) == []


@pytest.mark.parametrize(("length", "fits"), [(0, False), (1, True), (500, True), (501, False)])
def test_note_has_a_length(room: Room, ines: User, length: int, fits: bool) -> None:
    if fits:
        put_note(room.public_id, by=ines, text="é" * length)
        assert notes(room) == ["é" * length]
    else:
        with pytest.raises(BadNoteError):
            put_note(room.public_id, by=ines, text="é" * length)


def test_same_thing_hangs_once(room: Room, ines: User) -> None:
    assert put_note(room.public_id, by=ines, text="Read this") == put_note(room.public_id, by=ines, text=" Read this ")
    link = put_link(room.public_id, by=ines, url="https://example.org/a")
    assert put_link(room.public_id, by=ines, url="https://example.org/a") == link
    assert len(board(room)) == 2


def test_refused_words_are_not_hung_up(room: Room, ines: User) -> None:
    refuse_words(ines, ["zut"])
    with pytest.raises(WordsRefusedError):
        put_note(room.public_id, by=ines, text="Zut alors")


@pytest.mark.parametrize("role", [None, StageRole.SPEAKER])
def test_only_hosts_use_the_board(room: Room, ines: User, maiwenn: User, role: StageRole | None) -> None:
    if role is not None:
        StageMember.objects.create(room=room, user=maiwenn, role=role)
    item = put_note(room.public_id, by=ines, text="Read this")
    for refused in (
        lambda: put_note(room.public_id, by=maiwenn, text="No"),
        lambda: put_link(room.public_id, by=maiwenn, url="https://example.org"),
        lambda: pin_item(room.public_id, by=maiwenn, item_id=item),
        lambda: remove_item(room.public_id, by=maiwenn, item_id=item),
        lambda: restore_item(room.public_id, by=maiwenn, item_id=item),
    ):
        with pytest.raises(ForbiddenError):
            refused()
    with pytest.raises(LoginRequiredError):
        put_note(room.public_id, by=None, text="No")


@pytest.mark.parametrize(("there", "fits"), [(2, True), (3, False)])
def test_board_has_room_for_so_much(room: Room, ines: User, settings: Settings, there: int, fits: bool) -> None:
    settings.ROOM_BOARD_LIMIT = 3
    items = [put_note(room.public_id, by=ines, text=f"n{number}") for number in range(there)]
    if fits:
        put_note(room.public_id, by=ines, text="last")
    else:
        with pytest.raises(BoardFullError):
            put_note(room.public_id, by=ines, text="last")
        remove_item(room.public_id, by=ines, item_id=items[0])
        put_note(room.public_id, by=ines, text="last")
        with pytest.raises(BoardFullError):
            restore_item(room.public_id, by=ines, item_id=items[0])


def test_one_item_is_pinned_and_no_other(room: Room, ines: User) -> None:
    one, other = (put_note(room.public_id, by=ines, text=text) for text in ("one", "other"))
    pin_item(room.public_id, by=ines, item_id=one)
    pin_item(room.public_id, by=ines, item_id=other)
    pin_item(room.public_id, by=ines, item_id=other)
    assert [entry["pinned"] for entry in board(room)] == [False, True]
    pin_item(room.public_id, by=ines, item_id=None)
    assert [entry["pinned"] for entry in board(room)] == [False, False]
    assert RoomEvent.objects.filter(room=room, type="board.pinned").count() == 3


def test_removed_item_comes_back_where_it_was(room: Room, ines: User) -> None:
    first = put_note(room.public_id, by=ines, text="first")
    put_note(room.public_id, by=ines, text="second")
    pin_item(room.public_id, by=ines, item_id=first)
    for _ in range(2):
        remove_item(room.public_id, by=ines, item_id=first)
    assert notes(room) == ["second"]
    with pytest.raises(NotFoundError):
        pin_item(room.public_id, by=ines, item_id=first)
    for _ in range(2):
        restore_item(room.public_id, by=ines, item_id=first)
    assert (notes(room), [entry["pinned"] for entry in board(room)]) == (["first", "second"], [False, False])
    assert Room.objects.get(pk=room.pk).seq == 6


def test_item_of_another_room_is_not_found(room: Room, ines: User, oliver: User) -> None:
    item = put_note(RoomFactory(host=oliver).public_id, by=oliver, text="elsewhere")
    for wrong in (item, "x" * 14, "nonsense"):
        with pytest.raises(NotFoundError):
            remove_item(room.public_id, by=ines, item_id=wrong)


@pytest.mark.parametrize("number", [1, 3])
def test_state_costs_the_same_however_much_hangs_there(
    room: Room, ines: User, number: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for index in range(number):
        put_note(room.public_id, by=ines, text=f"n{index}")
    with django_assert_num_queries(9):
        room_snapshot(room.public_id)


# --- the picture of a link ---


@pytest.fixture
def pictured(room: Room, ines: User) -> BoardItem:
    put_link(room.public_id, by=ines, url="https://example.org")
    item = BoardItem.objects.get()
    item.state, item.title, item.picture = LinkState.READY, "Example", keep_picture(picture())
    item.save()
    return item


def test_picture_is_made_anew_in_our_form(room: Room, pictured: BoardItem, client: Client) -> None:
    response = client.get(board(room)[0]["picture"])
    assert (response.status_code, response["Content-Type"]) == (200, "image/webp")
    assert response["Cache-Control"] == "private, max-age=86400, immutable"
    assert Image.open(BytesIO(response.content)).size == (640, 336)


def test_picture_is_for_whoever_may_see_the_room(
    room: Room, pictured: BoardItem, client: Client, ines: User, oliver: User
) -> None:
    address = board(room)[0]["picture"]
    block(ines, oliver)
    client.force_login(oliver)
    assert client.get(address).status_code == 404
    client.logout()
    assert client.get(f"/uploads/link-pictures/{pictured.picture}.webp").status_code == 404
    assert client.get(address.replace(pictured.picture, "0" * 32)).status_code == 404
    remove_item(room.public_id, by=ines, item_id=pictured.public_id)
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("data", [b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a" + b"\0" * 20])
def test_what_is_no_picture_is_not_kept(data: bytes) -> None:
    assert keep_picture(data) == ""


# --- what is kept ---


@pytest.mark.parametrize(("hours", "kept"), [(23, True), (25, False)])
def test_what_was_taken_down_is_forgotten_after_a_day(
    room: Room, ines: User, pictured: BoardItem, hours: int, kept: bool
) -> None:
    put_note(room.public_id, by=ines, text="stays")
    remove_item(room.public_id, by=ines, item_id=pictured.public_id)
    BoardItem.objects.filter(pk=pictured.pk).update(removed_at=timezone.now() - timedelta(hours=hours))
    tidy_up()
    assert BoardItem.objects.filter(pk=pictured.pk).exists() is kept
    assert (notes(room)[-1], len(board(room))) == ("stays", 1)


@pytest.mark.parametrize(("days", "kept"), [(29, True), (31, False)])
def test_board_is_forgotten_with_the_chat(
    room: Room, ines: User, pictured: BoardItem, django_capture_on_commit_callbacks: Any, days: int, kept: bool
) -> None:
    end_room(room.public_id, by=ines)
    ended_at = timezone.now() - timedelta(days=days)
    Room.objects.filter(pk=room.pk).update(created_at=ended_at, ended_at=ended_at)
    with django_capture_on_commit_callbacks(execute=True):
        tidy_up()
    assert BoardItem.objects.exists() is kept
    assert (picture_bytes(pictured.picture) is not None) is kept


def test_copy_holds_what_one_put_up(room: Room, ines: User) -> None:
    put_note(room.public_id, by=ines, text="Read this")
    found: dict[str, Any] = {part.path: part.data for part in parts_of(ines)}["rooms.json"]
    assert [entry["text"] for entry in found["put_on_boards"]] == ["Read this"]
