"""What a link to a room or a person shows elsewhere."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from config.lib.share_picture import HEIGHT, WIDTH, Words, draw, is_drawable
from rooms.enums import EntryRule
from rooms.sharing import share_address, words_of
from tests.factories.rooms import RoomFactory
from tests.rooms.planned import planned, soon

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import User

pytestmark = pytest.mark.django_db


def size_of(picture: bytes) -> tuple[int, int]:
    with Image.open(BytesIO(picture)) as image:
        image.load()
        assert image.format == "PNG"
        return image.size


@pytest.mark.parametrize(
    "title",
    [
        "",
        "W" * 100,
        "Ça va, Łódź ?",
        "🎉🎉🎉 Party 🎉",
        "مرحبا بالعالم",
        "\u202eabc\x07",
        "深夜のラジオ",
        "a " * 50,
        "é" * 100,
    ],
)
def test_any_title_can_be_drawn(title: str) -> None:
    assert size_of(draw(Words(above="Live now", title=title, who=title, when=title))) == (WIDTH, HEIGHT)


def test_title_that_fonts_cannot_write_is_left_to_the_text() -> None:
    titles = ("Ça va, Łódź ?", "🎉 Party 🎉", "مرحبا بالعالم", "🎉")
    assert [is_drawable(title) for title in titles] == [True, True, False, False]


def test_picture_says_state_host_time_and_language(yara: User, malo: User) -> None:
    room = RoomFactory.create(host=yara, title="Sea and wind", language="en")
    assert words_of(room) == Words(above="Live now", title="Sea and wind", who="Yara Nasser", when="English")
    malo.time_zone = "Europe/Paris"
    malo.save()
    coming = words_of(planned(malo, title="Demain", language="fr", starts_at=soon(days=1)))
    assert (coming.above, coming.who, "(Europe/Paris) · Français" in coming.when) == ("À venir", "Malo Kerbrat", True)


@pytest.mark.parametrize("rule", [rule for rule in EntryRule if rule != EntryRule.EVERYONE])
def test_room_with_a_door_tells_what_its_door_tells(client: Client, yara: User, rule: EntryRule) -> None:
    room = RoomFactory.create(host=yara, title="Ours", description="Nobody else’s", entry_rule=rule)
    assert words_of(room) == Words(above="This room has a door", title="Ours", who="Yara Nasser")
    page = client.get(f"/rooms/{room.public_id}/").text
    assert ("Nobody else" in page, f'content="http://testserver{share_address(room)}"' in page) == (False, True)
    # Also for whoever may enter: caches know nobody.
    client.force_login(yara)
    assert client.get(f"/rooms/{room.public_id}/share.png")["ETag"] == f'"{share_address(room)[-20:]}"'


def test_answer_is_kept_for_long_and_asked_for_by_its_digest(client: Client, yara: User) -> None:
    room = RoomFactory.create(host=yara)
    address = share_address(room)
    first = client.get(address)
    assert (size_of(first.content), first["Cache-Control"]) == ((WIDTH, HEIGHT), "public, max-age=31536000, immutable")
    again = client.get(address, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get(address.partition("?")[0])["Cache-Control"] == "public, max-age=86400"
    assert client.get("/rooms/nothing/share.png").status_code == 404
    room.title = "Another"
    assert share_address(room) != address


def test_pages_carry_their_tags(client: Client, yara: User) -> None:
    room = RoomFactory.create(host=yara, title='Sea & "wind"', description="For all who sail.")
    page = client.get(f"/rooms/{room.public_id}/", headers={"accept-language": "fr"}).text
    for tag in (
        '<meta property="og:title" content="Sea &amp; &quot;wind&quot;">',
        '<meta property="og:locale" content="fr_FR">',
        '<meta name="twitter:card" content="summary_large_image">',
        'content="For all who sail."',
    ):
        assert tag in page
    profile = client.get("/@yara/").text
    assert 'content="http://testserver/@yara/share.png?v=' in profile
    assert size_of(client.get("/@yara/share.png").content) == (WIDTH, HEIGHT)
    assert yara.email not in profile
