"""In which language somebody is spoken to: their choice, else this browser's, else what it says of itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.utils import translation

from accounts.models import User
from config.lib.errors import NotFoundError
from config.lib.handshake import visitor_of

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db

ORDER = pytest.mark.parametrize(
    ("account", "cookie", "header", "language"),
    [
        ("fr", "en", "en", "fr"),
        ("en", "fr", "fr", "en"),
        ("", "fr", "en", "fr"),
        ("", "en", "fr", "en"),
        ("", "", "fr", "fr"),
        ("", "", "fr-CA, en;q=0.5", "fr"),
        ("", "", "nl, en;q=0.5", "en"),
        ("", "", "nl", "en"),
        ("", "nl", "fr", "fr"),
        (None, "fr", "en", "fr"),
        (None, "", "fr", "fr"),
        (None, "", "", "en"),
    ],
)


def speaks(client: Client, ines: User, account: str | None, cookie: str) -> None:
    """Make the browser a person's who has chosen that, or with None a guest's."""
    if account is not None:
        User.objects.filter(pk=ines.pk).update(language=account)
        client.force_login(ines)
    if cookie:
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = cookie


@ORDER
def test_page_is_in_the_persons_language(
    client: Client, ines: User, account: str | None, cookie: str, header: str, language: str
) -> None:
    speaks(client, ines, account, cookie)
    page = client.get("/", headers={"accept-language": header}).content.decode()
    assert re.findall(r'<html lang="(\w+)"', page) == [language]


@ORDER
def test_api_refuses_in_the_persons_language(
    client: Client, ines: User, account: str | None, cookie: str, header: str, language: str
) -> None:
    speaks(client, ines, account, cookie)
    answer = client.get("/api/v1/spaces/nowhere", headers={"accept-language": header}).json()
    with translation.override(language):
        assert answer["detail"] == str(NotFoundError())


@ORDER
def test_socket_refuses_in_the_persons_language(
    client: Client, ines: User, account: str | None, cookie: str, header: str, language: str
) -> None:
    speaks(client, ines, account, cookie)
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    headers = [(b"cookie", cookies.encode()), (b"accept-language", header.encode())]
    assert visitor_of({"headers": headers}).language == language
