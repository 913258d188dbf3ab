"""The style guide: every page of it stands, for staff only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.test import override_settings
from django.urls import reverse

from config.styleguide.views import styleguide_paths

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", styleguide_paths())
@pytest.mark.parametrize("language", ["en", "fr"])
def test_page_stands_for_staff(client: Client, sam: User, path: str, language: str) -> None:
    sam.language = language
    sam.save()
    client.force_login(sam)

    response = client.get(path)

    assert response.status_code == 200
    assert "<c-" not in response.content.decode()


@pytest.mark.parametrize("path", [reverse("styleguide:index"), reverse("styleguide:family", args=["people"])])
def test_guide_is_nowhere_for_others(client: Client, ines: User, path: str) -> None:
    assert client.get(path).status_code == 404
    client.force_login(ines)
    assert client.get(path).status_code == 404


@override_settings(DEBUG=True)
def test_guide_is_open_where_debug_is_on(client: Client) -> None:
    assert client.get(reverse("styleguide:index")).status_code == 200


def test_unknown_family_is_not_found(client: Client, sam: User) -> None:
    client.force_login(sam)

    assert client.get(reverse("styleguide:family", args=["nowhere"])).status_code == 404
