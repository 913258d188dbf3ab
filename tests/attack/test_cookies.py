"""Whatever a cookie holds, a page is a page and nobody is logged in by it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.urls import reverse

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import User

pytestmark = pytest.mark.django_db

# Django reads octal inside quotes: the first value begins with a NUL, which PostgreSQL refuses in a text.
VALUES = ('"\\000aaaaaaaaaaaa"', '"\\377\\376aaaaaaaaaaaa"', "a" * 4000, "' or 1=1 --", '"aaaaaaaa\\012aaaa"')


@pytest.mark.postgres
@pytest.mark.parametrize("name", [settings.SESSION_COOKIE_NAME, settings.LANGUAGE_COOKIE_NAME, "csrftoken", "messages"])
@pytest.mark.parametrize("value", VALUES)
def test_forged_cookie_is_nobodys(client: Client, name: str, value: str) -> None:
    pages = [reverse("rooms:hallway"), reverse("account_login"), reverse("rooms:create")]
    found = [client.get(page, headers={"cookie": f"{name}={value}"}) for page in pages]
    assert [response.status_code for response in found] == [200, 200, 302]
    assert Session.objects.count() == 0


def test_session_is_kept_where_django_keeps_it(client: Client, oliver: User) -> None:
    client.force_login(oliver)
    row = Session.objects.get()
    assert row.get_decoded()["_auth_user_id"] == str(oliver.pk)
    store = import_module(settings.SESSION_ENGINE).SessionStore(row.session_key)
    assert store["_auth_user_id"] == str(oliver.pk)
