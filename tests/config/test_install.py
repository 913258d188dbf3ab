"""The manifest, the service worker, the page without a network, and what search engines are told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.staticfiles import finders
from django.urls import reverse

from accounts.notices.push_keys import public_key

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django.fixtures import Settings

pytestmark = pytest.mark.django_db


def shell_of(client: Client) -> dict[str, Any]:
    """Return what the worker was told to keep."""
    first = client.get("/sw.js").content.decode().splitlines()[0]
    shell: dict[str, Any] = json.loads(first.removeprefix("self.SHELL = ").removesuffix(";"))
    return shell


@pytest.mark.parametrize(("language", "shortcut"), [("en", "Start a room"), ("fr", "Ouvrir un salon")])
def test_manifest_speaks_the_language_of_its_address(client: Client, language: str, shortcut: str) -> None:
    response = client.get(reverse("manifest", args=[language]))

    manifest = response.json()
    assert response["Content-Type"] == "application/manifest+json"
    assert (manifest["lang"], [one["name"] for one in manifest["shortcuts"]]) == (language, [shortcut])


def test_installed_application_is_the_same_in_every_language(client: Client) -> None:
    ours = [client.get(reverse("manifest", args=[language])).json() for language in ("en", "fr")]

    assert {(one["id"], one["scope"], one["start_url"]) for one in ours} == {("/", "/", "/")}


@pytest.mark.parametrize("name", ["manifest", "offline"])
def test_unknown_language_is_not_found(client: Client, name: str) -> None:
    assert client.get(reverse(name, args=["xx"])).status_code == 404


def test_offline_page_knows_nobody(client: Client, django_user_model: Any) -> None:
    client.force_login(django_user_model.objects.create_user("ines", "ines@example.org"))

    page = client.get(reverse("offline", args=["en"])).content.decode()

    # The star is what pages.js takes for "whoever it was"; the worker fills the address in.
    assert ('data-you="*"' in page, "ines" in page, page.count('href=""')) == (True, False, 1)


def test_worker_is_asked_for_anew_each_time(client: Client, settings: Settings) -> None:
    settings.SERVICE_WORKER = True

    response = client.get("/sw.js")

    assert (response["Cache-Control"], response["Content-Type"]) == ("no-cache", "text/javascript; charset=utf-8")


def test_worker_keeps_files_that_are_there_and_nobodys_page(client: Client, settings: Settings) -> None:
    settings.SERVICE_WORKER = True

    shell = shell_of(client)

    assert shell["offline"] == {"en": "/offline/en/", "fr": "/offline/fr/"}
    assert {path.split("/")[1] for path in shell["files"]} == {"static"}
    assert len(shell["files"]) == len(set(shell["files"]))
    # The words are made when files are collected.
    sources = [path.removeprefix("/static/") for path in shell["files"] if "/words/" not in path]
    assert [path for path in sources if finders.find(path) is None] == []


def test_switched_off_worker_ends_its_own_kind(client: Client, settings: Settings) -> None:
    settings.SERVICE_WORKER = settings.PUSH_WORKER = False

    assert "registration.unregister()" in client.get("/sw.js").content.decode()


@pytest.mark.parametrize(("on", "content"), [(True, "/sw.js"), (False, "")])
def test_page_names_the_worker_only_while_one_is_wanted(
    client: Client, settings: Settings, on: bool, content: str
) -> None:
    settings.SERVICE_WORKER = on

    assert f'<meta name="service-worker" content="{content}">' in client.get("/").content.decode()


def test_search_engines_are_kept_from_what_is_nobodys_page(client: Client) -> None:
    response = client.get("/robots.txt")

    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response.content.decode().splitlines() == [
        "User-agent: *",
        "Disallow: /accounts/",
        "Disallow: /staff/",
        "Disallow: /api/",
        "Disallow: /settings/",
    ]


def test_worker_without_hashed_files_takes_pushes_and_keeps_nothing(client: Client, settings: Settings) -> None:
    settings.SERVICE_WORKER, settings.PUSH_WORKER = False, True
    script = client.get("/sw.js").content.decode()
    assert ("showNotification" in script, "addAll" in script, "unregister()" in script) == (True, False, False)
    assert 'self.PUSH_ICON = "/static/site/icons/icon-192.png";' in script
    assert f'self.PUSH_KEY = "{public_key()}";' in script
    settings.VAPID_PRIVATE_KEY = ""
    assert 'self.PUSH_KEY = "";' in client.get("/sw.js").content.decode()
