"""Whatever somebody sends to any address of the site, the answer is theirs to mend: never a 5xx.

Addresses are found by walking the resolver and names of fields by reading the sources, so new ones are covered too.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from django.conf import settings as configured
from django.db import transaction
from django.forms import BaseForm
from django.test import Client
from django.urls import URLResolver, get_resolver
from rest_framework.serializers import Serializer

from config.nul import NulMiddleware
from rooms.enums import Rhythm
from rooms.services.series import schedule_series
from tests.rooms.planned import soon

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django.fixtures import Settings

    from accounts.models import User
    from rooms.models import Room

pytestmark = [pytest.mark.postgres, pytest.mark.django_db]

ROOT = Path(__file__).parents[2]
ARGUMENT = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>[^)]*\)")
# Staff's own pages are Django's, and what staff send is not hostile.
NOT_WALKED = "staff/"
IDS = ["x" * 14, "🎧'; --", "1" * 5000, "9" * 30]
TEXTS = [*IDS, "-1", "//evil.example", "\u202e", "0001-01-01", "9999-12-31", "../etc/passwd", "[]"]
BODIES = {
    "application/json": [b'{"endpoint": "https://a.example/\\u0000"}', b'"\\ud800"', b"{" * 10_000],
    "multipart/form-data; boundary=x": [b"--x\r\n\r\n\0"],
    "application/x-www-form-urlencoded": [b"a=%00&%00=b", b"%ED%A0%80=%ED%A0%80"],
}


def addresses(resolver: URLResolver, before: str = "") -> Iterator[str]:
    """Yield every address below a resolver, its arguments in braces."""
    for pattern in resolver.url_patterns:
        whole = before + str(pattern.pattern).strip("^$").removesuffix("\\Z")
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern, whole)
        elif not whole.startswith(NOT_WALKED):
            yield "/" + ARGUMENT.sub(lambda found: f"{{{found[1] or found[2]}}}", whole)


def field_names() -> list[str]:
    """Return every name under which some page or call reads something."""
    kinds: list[Any] = [*BaseForm.__subclasses__(), *Serializer.__subclasses__()]
    names: set[str] = set()
    while kinds:
        kind = kinds.pop()
        kinds += kind.__subclasses__()
        names |= {*getattr(kind, "base_fields", {}), *getattr(kind, "_declared_fields", {})}
    read = re.compile(r"(?:POST|GET|query_params)(?:\.get(?:list)?\(|\[)\"(\w+)\"")
    for app in ("accounts", "config", "media", "rooms"):
        for source in (ROOT / app).rglob("*.py"):
            names |= set(read.findall(source.read_text(encoding="utf-8")))
    return sorted(names)


EVERY_ADDRESS = sorted(set(addresses(get_resolver())))
WITH_ARGUMENTS = [address for address in EVERY_ADDRESS if "{" in address]
FIELDS = field_names()


class Visitors:
    """A host and a guest, each of whose requests leaves nothing behind."""

    def __init__(self, host: User) -> None:
        self._clients = {name: Client(raise_request_exception=False) for name in ("host", "guest")}
        self._clients["host"].force_login(host)
        self.broken: list[tuple[str, str, str, int]] = []

    def send(self, method: str, path: str, data: Any = None, *, only: str = "", **named: Any) -> set[int]:
        """Let each of them send this; return how they were answered, and remember what broke."""
        answers = set()
        for name, client in self._clients.items():
            if only not in {"", name}:
                continue
            # An error inside would make the next request fail too. It counts as the test's own, as there is always one.
            around = transaction.atomic()
            around._from_testcase = True  # type: ignore[attr-defined] # as TestCase marks its own
            with around:
                status = getattr(client, method)(path, data, **named).status_code
                transaction.set_rollback(True)
            answers.add(status)
            # No relay runs here, and that is what /readyz is there to say.
            if status >= 500 and not path.startswith("/readyz"):
                self.broken.append((name, method, f"{path[:80]} {str(data)[:200]}", status))
        return answers

    def set_cookie(self, name: str, value: str) -> None:
        for client in self._clients.values():
            client.cookies[name] = value


@pytest.fixture
def planned_room(ines: User) -> Room:
    """Return a room that Inès has planned for each week."""
    begins = soon(days=1)
    return schedule_series(
        ines, title="Chess", language="en", starts_at=begins, rhythm=Rhythm.WEEKLY, zone="Europe/Paris"
    )


@pytest.fixture
def visitors(ines: User) -> Visitors:
    return Visitors(ines)


def true_arguments(address: str, room: Room) -> dict[str, str]:
    """Return arguments that lead somewhere, where there is something."""
    known = {"public_id": room.public_id, "handle": "ines", "language": "en", "name": "about", "pk": "1"}
    return {name: known.get(name, "x" * 14) for name in re.findall(r"{(\w+)}", address)}


def test_addresses_and_names_are_found() -> None:
    """The control of the search itself."""
    assert {"/rooms/{public_id}/", "/calendar/{token}.ics", "/@{handle}/", "/api/v1/spaces/{public_id}"} <= {
        *WITH_ARGUMENTS
    }
    assert {"title", "zone", "next", "wanted", "words", "person", "removed", "cursor", "host", "email"} <= {*FIELDS}


@pytest.mark.parametrize("address", WITH_ARGUMENTS)
def test_hostile_argument(address: str, visitors: Visitors, planned_room: Room) -> None:
    true = true_arguments(address, planned_room)
    for name in true:
        nul = address.format(**{**true, name: "%00"})
        assert visitors.send("get", nul) | visitors.send("post", nul, only="host") == {404}
        for text in IDS:
            path = address.format(**{**true, name: quote(text, safe="")})
            visitors.send("get", path)
            visitors.send("post", path)
    assert visitors.broken == []


@pytest.mark.parametrize("address", EVERY_ADDRESS)
def test_hostile_form_and_query(address: str, visitors: Visitors, planned_room: Room) -> None:
    path = address.format(**true_arguments(address, planned_room))
    with_nul = dict.fromkeys(FIELDS, "a\x00b")
    assert visitors.send("get", path, with_nul) | visitors.send("post", path, with_nul, only="host") == {400}
    for turn in range(2):
        # Each field gets another text in each turn.
        sent = {field: TEXTS[(number * (turn + 1) + turn) % len(TEXTS)] for number, field in enumerate(FIELDS)}
        visitors.send("get", path, sent)
        visitors.send("post", path, sent)
    for content_type, bodies in BODIES.items():
        for body in bodies:
            visitors.send("post", path, body, only="host", content_type=content_type)
    assert visitors.broken == []


@pytest.mark.parametrize(
    "zone", ["Europe/Paris", "Pacific/Kiritimati", "Pacific/Pago_Pago", "../etc/passwd", "x" * 9999]
)
@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2026-13-45", "１２３"])
def test_days_and_zones_at_the_ends_of_the_world(visitors: Visitors, planned_room: Room, day: str, zone: str) -> None:
    for hour in ("00:00", "23:59"):
        sent = {"title": "Chess", "language": "fr", "when": "later", "zone": zone, "day": day, "hour": hour}
        for rhythm in ("", "monthly"):
            assert visitors.send("post", "/rooms/new/", {**sent, "rhythm": rhythm}, only="host") == {422}
        for scope in ("one", "following"):
            edit = f"/rooms/{planned_room.public_id}/edit/"
            assert visitors.send("post", edit, {**sent, "scope": scope}, only="host") == {422}
    assert visitors.broken == []


@pytest.mark.parametrize(
    "name",
    [
        configured.SESSION_COOKIE_NAME,
        configured.CSRF_COOKIE_NAME,
        configured.LANGUAGE_COOKIE_NAME,
        "device",
        "messages",
    ],
)
@pytest.mark.parametrize("value", ["\0aaaaaaaaaaaa", "é" * 40, "a" * 4000, "../../etc/passwd"])
def test_hostile_cookie(visitors: Visitors, planned_room: Room, name: str, value: str) -> None:
    visitors.set_cookie(name, value)
    for path in ("/", f"/rooms/{planned_room.public_id}/", "/settings/", "/notifications/"):
        visitors.send("get", path)
    visitors.send("post", "/notifications/device/renew/", b"{}", content_type="application/json")
    assert visitors.broken == []


@pytest.mark.parametrize(("method", "path"), [("get", "/calendar/%00.ics"), ("post", "/rooms/%00/remind/")])
def test_nul_breaks_pages_without_the_middleware(
    visitors: Visitors, settings: Settings, method: str, path: str
) -> None:
    """The control."""
    own = f"{NulMiddleware.__module__}.{NulMiddleware.__name__}"
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if name != own]
    assert 500 in Visitors.send(visitors, method, path)
