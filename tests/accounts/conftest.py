"""People and browsers for these tests. Models are imported late: pytest may read this before the settings are known."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client
    from pytest_django.fixtures import Settings

    from accounts.models import User
    from tests.accounts.clock import Clock
    from tests.accounts.mails import Server

PASSWORD = "correct horse battery"


@pytest.fixture
def make_browser() -> Callable[[], Client]:
    """Return browsers at addresses of their own: allauth counts attempts by address, for all tests together."""

    from django.test import Client

    def make() -> Client:
        address = ".".join(["10", *(str(secrets.randbelow(256)) for _ in range(3))])
        return Client(REMOTE_ADDR=address)

    return make


@pytest.fixture
def browser(make_browser: Callable[[], Client]) -> Client:
    return make_browser()


@pytest.fixture
def maiwenn(db: None) -> User:
    """Return the Maïwenn of the cast, with a handle in both cases."""
    from accounts.models import User

    return User.objects.create_user("Maiwenn", "maiwenn@example.org", PASSWORD, display_name="Maïwenn Le Goff")


@pytest.fixture
def yann(db: None) -> User:
    from accounts.models import User

    return User.objects.create_user("yann", "yann@example.org")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Let the test say what time it is."""
    from tests.accounts.clock import Clock

    made = Clock()
    monkeypatch.setattr("django.utils.timezone.now", made)
    return made


@pytest.fixture
def mail_server(settings: Settings) -> type[Server]:
    """Return the mail server that letters go to in this test."""
    from tests.accounts.mails import Server

    settings.EMAIL_BACKEND = "tests.accounts.mails.Server"
    Server.away, Server.troubles = False, []
    return Server
