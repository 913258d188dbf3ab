"""What somebody types stays text on every page, and no page sends people away to another site."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from rooms.services.hands import raise_hand
from rooms.services.lifecycle import end_room, open_room
from tests.factories.people import UserFactory

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db

MARKUP = "</script><img src=x onerror=alert(1)><!--\"'&"
ELSEWHERE = ("//evil.example", "https://evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)")


def test_markup_in_names_and_titles_stays_text(client: Client) -> None:
    host = UserFactory.create(display_name=MARKUP)
    room = open_room(host, title=MARKUP, description=MARKUP, language="en")
    raise_hand(room.public_id, by=UserFactory.create(display_name=MARKUP))
    page = reverse("rooms:room", args=[room.public_id])
    bodies = [client.get(path).content.decode() for path in (page, reverse("rooms:hallway"), host.get_absolute_url())]
    end_room(room.public_id, by=host)
    bodies.append(client.get(page).content.decode())
    assert [re.findall(r"<img src=x|</script><img|<!--", body) for body in bodies] == [[], [], [], []]
    assert [MARKUP[:12].replace("<", "&lt;").replace(">", "&gt;") in body for body in bodies] == [True] * 4


@pytest.mark.parametrize("address", ELSEWHERE)
def test_next_never_leaves_the_site(client: Client, address: str) -> None:
    person = UserFactory.create()
    person.set_password("a long enough one")
    person.save()
    credentials = {"login": person.handle, "password": "a long enough one", "next": address}
    assert client.post(reverse("account_login"), credentials)["Location"] == reverse("rooms:hallway")
    assert client.post(reverse("set_language"), {"language": "fr", "next": address})["Location"] == "/"
