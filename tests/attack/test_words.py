"""Nobody is nameless on purpose, turns the text around them, or reaches over other lines; through the pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse

from accounts.models import User
from rooms.models import Room

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db

UNSEEN = ("\u200b", "\u3164", "\u2800", "\u00ad", "\ufeff", "\U000e0041", "\u200d", "\u0301" * 59)
# Each is two characters once it is normalised.
GROWING = "\u0958"


def sign_up(client: Client, name: str) -> Any:
    form = {"email": "soizic@example.org", "username": "Soizic", "display_name": name, "password1": "correct horse"}
    return client.post(reverse("account_signup"), form)


@pytest.mark.parametrize("name", UNSEEN)
def test_name_that_nobody_sees_is_the_handle_instead(client: Client, name: str) -> None:
    assert sign_up(client, name).status_code == 302
    person = User.objects.get()
    assert (person.display_name, person.shown_name) == ("", "Soizic")
    client.force_login(person)
    answer = client.post(reverse("accounts:settings"), {"display_name": name, "handle": "Soizic", "language": ""})
    assert (answer.status_code, User.objects.get().shown_name) == (302, "Soizic")


@pytest.mark.parametrize("title", UNSEEN)
def test_title_that_nobody_sees_is_refused(client: Client, oliver: User, title: str) -> None:
    client.force_login(oliver)
    answer = client.post(reverse("rooms:create"), {"title": title, "description": "", "language": "en"})
    assert (answer.status_code, list(answer.context["form"].errors), Room.objects.count()) == (422, ["title"], 0)


@pytest.mark.parametrize(("length", "status"), [(30, 302), (31, 200)])
def test_name_that_grows_when_it_is_tidied_has_the_same_limit(client: Client, length: int, status: int) -> None:
    assert sign_up(client, GROWING * length).status_code == status


def test_marks_do_not_pile_up(client: Client) -> None:
    sign_up(client, "Z" + "\u0310" * 59)
    assert User.objects.get().display_name == "Z" + "\u0310" * 4
