"""Reading what a link on the board leads to, from a real server, and telling the room."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone
from PIL import Image

from rooms.link_pictures import keep_picture
from rooms.links import decode, words_of
from rooms.models import BoardItem, Room, RoomEvent
from rooms.selectors import room_snapshot
from rooms.services import links
from rooms.services.board import put_link, put_note, remove_item
from rooms.services.lifecycle import end_room
from rooms.services.links import due_links, read_link
from rooms.tasks import read_links
from tests.servers.pages import Pages, page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_django.fixtures import Settings

    from accounts.models import User


def words(html: str | bytes, charset: str = "utf-8", address: str = "https://www.example.org/a/b") -> tuple[str, ...]:
    body = html.encode() if isinstance(html, str) else html
    return tuple(words_of(body, charset, address, title_most=20, site_most=10))


# --- what a page says of itself ---


@pytest.mark.parametrize(
    ("html", "site"),
    [
        ("", "example.org"),
        ('<meta property="og:site_name" content=" Le  Bruit ">', "Le Bruit"),
        ('<meta property="og:site_name" content="A name far too long">', "A name fa…"),
    ],
)
def test_site_is_named_by_itself_or_its_host(html: str, site: str) -> None:
    assert words(html)[1] == site


@pytest.mark.parametrize(
    ("html", "title"),
    [
        ("<title>\n  Une   rue &amp; la nuit\n</title>", "Une rue & la nuit"),
        ("<TITLE lang=fr>Rue</TITLE>", "Rue"),
        ("<title>one</title><title>two</title>", "one"),
        ("<title>never closed", "never closed"),
        ('<meta property="og:title" content="Card"><title>Page</title>', "Card"),
        ("<meta content='Card' property='og:title'>", "Card"),
        ("<META NAME=og:title CONTENT=Card>", "Card"),
        ('<meta property="og:title" content=""><title>Page</title>', "Page"),
        ('<meta name="twitter:title" content="Bird"><title>Page</title>', "Bird"),
        ('<meta property="og:title" content="one"><meta property="og:title" content="two">', "one"),
        ('<meta property="og:title" content="&lt;script&gt;alert(1)&lt;/script&gt;">', "<script>alert(1)</s…"),
        ("<title>" + "x" * 20 + "</title>", "x" * 20),
        ("<title>" + "x" * 21 + "</title>", "x" * 19 + "…"),
        ("<title>" + "x" * 600_000 + "</title>", "x" * 19 + "…"),
        ("<title>evil\u202ecod.exe</title>", "evilcod.exe"),
        ("<meta" * 100_000, ""),
        ("<title" * 100_000, ""),
        ("<meta a='" * 50_000, ""),
        ('<meta name="description" content="x">' * 1000 + '<meta property="og:title" content="late">', ""),
    ],
)
def test_title_is_read(html: str, title: str) -> None:
    assert words(html)[0] == title


@pytest.mark.parametrize(
    ("named", "address"),
    [
        ("/p.png", "https://www.example.org/p.png"),
        ("p.png", "https://www.example.org/a/p.png"),
        ("//cdn.example.org/p.png", "https://cdn.example.org/p.png"),
        ("http://127.0.0.1/p.png", "http://127.0.0.1/p.png"),
        ("  ", ""),
        ("http://[::1", ""),
        ("https://ü\ud800.example.org/", ""),
    ],
)
def test_picture_is_named_as_an_address(named: str, address: str) -> None:
    html = f'<meta property="og:image" content="{named}">'
    assert words(html.encode("utf-8", "surrogatepass"))[2] == address or "\ud800" in named


@pytest.mark.parametrize(
    ("body", "charset", "text"),
    [
        ("é".encode(), "utf-8", "é"),
        ("é".encode("latin-1"), "iso-8859-1", "é"),
        ("é".encode("cp1252"), "windows-1252", "é"),
        ("日本".encode("shift_jis"), "Shift_JIS", "日本"),
        (b'<meta charset="iso-8859-1">\xe9', "", '<meta charset="iso-8859-1">é'),
        (b'<meta charset="iso-8859-1">\xe9', "utf-8", '<meta charset="iso-8859-1">\ufffd'),
        ("é".encode(), "nonsense", "é"),
        ("é".encode(), "rot13", "é"),
        (b"+ADw-", "utf-7", "+ADw-"),
        ("é".encode("latin-1"), "utf-8", "\ufffd"),
        ("é".encode("latin-1"), "cp99999", "\ufffd"),
        (b"\xff\xfe\x00", "utf-16", "\ufffd"),
    ],
)
def test_text_is_read_whatever_it_says_of_itself(body: bytes, charset: str, text: str) -> None:
    assert decode(body, charset) == text


# --- the job ---


@pytest.fixture
def pages(settings: Settings, tmp_path: Path) -> Iterator[Pages]:
    settings.LINK_PRIVATE_ADDRESSES = True
    settings.MEDIA_ROOT = tmp_path
    made = Pages()
    yield made
    made.close()


def picture(kind: str = "PNG", size: tuple[int, int] = (900, 600)) -> bytes:
    made = BytesIO()
    Image.new("RGB", size, "teal").save(made, kind)
    return made.getvalue()


def board(room: Room) -> Any:
    return room_snapshot(room.public_id)[1]["board"]


def put_and_read(room: Room, host: User, url: str) -> Any:
    """Put a link up, let the job read it, and return how it hangs there."""
    put_link(room.public_id, by=host, url=url)
    read_link(BoardItem.objects.latest("pk").pk)
    return board(room)[-1]


HTML = b"""<!doctype html><title>Night</title><meta property="og:site_name" content="Bruit">
<meta property="og:image" content="/card.png">"""


@pytest.mark.django_db
def test_link_shows_title_site_and_picture(room: Room, ines: User, pages: Pages) -> None:
    pages.says["/map"] = page(HTML)
    pages.says["/card.png"] = page(picture(), kind="image/png")
    entry = put_and_read(room, ines, f"{pages.url}/map")
    assert (entry["state"], entry["title"], entry["site"]) == ("ready", "Night", "Bruit")
    assert entry["picture"].startswith(f"/rooms/{room.public_id}/board/{entry['id']}/")
    told = list(RoomEvent.objects.filter(room=room).order_by("seq").values_list("type", flat=True))
    assert told == ["room.opened", "board.put", "board.put"]
    assert due_links() == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    "card",
    [
        page(b"", status="404 Not Found"),
        page(b"no picture", kind="image/png"),
        page(picture(), kind="text/html"),
        page(b"<svg xmlns='http://www.w3.org/2000/svg'/>", kind="image/svg+xml"),
        page(picture("PNG", (9000, 9000)), kind="image/png"),
        page(picture() + b"\0" * 4 * 1024 * 1024, kind="image/png"),
        page(picture()[:200], kind="image/png"),
    ],
)
def test_link_without_a_picture_of_use_has_none(room: Room, ines: User, pages: Pages, card: bytes) -> None:
    pages.says["/map"], pages.says["/card.png"] = page(HTML), card
    entry = put_and_read(room, ines, f"{pages.url}/map")
    assert (entry["state"], entry["title"], entry["picture"]) == ("ready", "Night", "")


@pytest.mark.django_db
@pytest.mark.parametrize("says", [page(b"", status="500 Oops"), page(b"%PDF", kind="application/pdf"), page(b"hi")])
def test_link_that_cannot_be_read_is_a_plain_link(room: Room, ines: User, pages: Pages, says: bytes) -> None:
    pages.says["/x"] = says
    entry = put_and_read(room, ines, f"{pages.url}/x")
    assert (entry["state"], entry["title"], entry["url"]) == ("failed", "", f"{pages.url}/x")


@pytest.mark.django_db
def test_link_into_our_network_is_never_asked(room: Room, ines: User, pages: Pages, settings: Settings) -> None:
    put_link(room.public_id, by=ines, url=f"{pages.url}/x")
    settings.LINK_PRIVATE_ADDRESSES = False
    read_link(BoardItem.objects.get().pk)
    assert (board(room)[0]["state"], pages.asked) == ("failed", [])


def test_picture_inside_our_network_is_never_asked(pages: Pages, settings: Settings) -> None:
    pages.says["/card.png"] = page(picture(), kind="image/png")
    assert links._picture(f"{pages.url}/card.png") != ""
    settings.LINK_PRIVATE_ADDRESSES = False
    assert links._picture(f"{pages.url}/card.png") == ""
    assert len(pages.asked) == 1


@pytest.mark.django_db
def test_second_job_does_nothing(room: Room, ines: User, pages: Pages) -> None:
    pages.says["/map"] = page(b"<title>x</title>")
    put_and_read(room, ines, f"{pages.url}/map")
    read_link(BoardItem.objects.get().pk)
    assert len(pages.asked) == 1
    put_link(room.public_id, by=ines, url=f"{pages.url}/other")
    later = timezone.now() + timedelta(seconds=9)
    BoardItem.objects.filter(url__endswith="other").update(claimed_until=later)
    read_link(BoardItem.objects.latest("pk").pk)
    assert (len(pages.asked), due_links()) == (1, [])


@pytest.mark.django_db
def test_link_that_was_taken_down_meanwhile_is_told_to_nobody(room: Room, ines: User, pages: Pages) -> None:
    pages.says["/map"] = page(b"<title>x</title>")
    item = put_link(room.public_id, by=ines, url=f"{pages.url}/map")
    remove_item(room.public_id, by=ines, item_id=item)
    seq = Room.objects.get(pk=room.pk).seq
    read_link(BoardItem.objects.get().pk)
    assert (BoardItem.objects.get().title, Room.objects.get(pk=room.pk).seq) == ("x", seq)


@pytest.mark.django_db
def test_link_of_a_room_that_ended_meanwhile_is_told_to_nobody(room: Room, ines: User, pages: Pages) -> None:
    put_link(room.public_id, by=ines, url=f"{pages.url}/map")
    end_room(room.public_id, by=ines)
    seq = Room.objects.get(pk=room.pk).seq
    read_link(BoardItem.objects.get().pk)
    assert Room.objects.get(pk=room.pk).seq == seq


@pytest.mark.django_db
def test_room_that_is_gone_meanwhile_leaves_nothing(
    room: Room, ines: User, pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages.says["/map"] = page(HTML)
    pages.says["/card.png"] = page(picture(), kind="image/png")
    put_link(room.public_id, by=ines, url=f"{pages.url}/map")

    def keep_and_lose(data: bytes) -> str:
        BoardItem.objects.all().delete()
        return keep_picture(data)

    monkeypatch.setattr("rooms.services.links.keep_picture", keep_and_lose)
    read_link(BoardItem.objects.get().pk)
    assert default_storage.listdir("link-pictures")[1] == []


@pytest.mark.django_db
@pytest.mark.parametrize(("seconds", "asked"), [(119, 1), (121, 0)])
def test_link_that_no_job_took_in_time_stays_plain(
    room: Room, ines: User, pages: Pages, seconds: int, asked: int
) -> None:
    pages.says["/map"] = page(b"<title>x</title>")
    put_link(room.public_id, by=ines, url=f"{pages.url}/map")
    BoardItem.objects.update(created_at=timezone.now() - timedelta(seconds=seconds))
    read_link(BoardItem.objects.get().pk)
    assert (len(pages.asked), board(room)[0]["state"]) == (asked, "ready" if asked else "failed")


@pytest.mark.django_db
def test_sweep_hands_due_links_to_jobs(room: Room, ines: User, pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    handed: list[Any] = []
    monkeypatch.setattr("rooms.tasks.read_link.apply_async", lambda args, **_: handed.append(args))
    put_note(room.public_id, by=ines, text="no link")
    put_link(room.public_id, by=ines, url=f"{pages.url}/map")
    read_links()
    assert handed == [(BoardItem.objects.get(kind="link").pk,)]
