"""People and browsers for these tests. Models are imported late: pytest may read this before the settings are known."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from accounts.models import User

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
