"""Who may read `/metrics` of a web process, and what is in it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from accounts.models import Notification, NotificationDelivery
from config.lib.redis_clients import sync_client
from config.metrics import PROXY_HEADERS
from media.gateway import keys
from media.models import MediaSession
from media.services.receipts import drain
from media.services.states import record_connected
from tests.config.test_health import redis_down, relay

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django.fixtures import Settings

    from accounts.models import User
    from rooms.models import Room

__all__ = ["redis_down", "relay"]
TOKEN = "a token that nobody guesses"


def read(client: Client) -> dict[str, float]:
    """Return each of our samples by its name and the values of its labels."""
    response = client.get("/metrics")
    assert response.status_code == 200
    return {
        sample.name + "".join(f"[{value}]" for value in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(response.content.decode())
        for sample in family.samples
        if sample.name.startswith("causerie_")
    }


def session(**fields: Any) -> MediaSession:
    defaults = {"room_key": "r1", "kind": "listen", "relay": "relay-1", "relay_incarnation": "i1", "epoch": 0}
    return MediaSession.objects.create(**(defaults | fields))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("127.0.0.1", 200),
        ("127.0.0.2", 200),
        ("::1", 200),
        ("192.0.2.1", 404),
        ("10.0.0.1", 404),
        ("", 404),
        ("x", 404),
    ],
)
def test_without_a_token_only_this_machine_reads(client: Client, address: str, status: int) -> None:
    assert client.get("/metrics", REMOTE_ADDR=address).status_code == status


@pytest.mark.django_db
@pytest.mark.parametrize("header", PROXY_HEADERS)
def test_what_came_through_a_proxy_is_not_this_machine(client: Client, header: str) -> None:
    assert client.get("/metrics", headers={header: "127.0.0.1"}).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("given", "status"),
    [
        (f"Bearer {TOKEN}", 200),
        (f"Bearer {TOKEN}x", 404),
        (f"Bearer {TOKEN[:-1]}", 404),
        (TOKEN, 404),
        ("Bearer ", 404),
        ("Bearer é", 404),
        ("", 404),
    ],
)
def test_with_a_token_only_its_bearer_reads(client: Client, settings: Settings, given: str, status: int) -> None:
    settings.METRICS_TOKEN = TOKEN
    for address in ("127.0.0.1", "192.0.2.1"):
        response = client.get("/metrics", REMOTE_ADDR=address, headers={"Authorization": given})
        assert response.status_code == status


@pytest.mark.django_db
def test_refusal_is_what_an_unknown_address_gets(client: Client) -> None:
    here, nowhere = (client.get(path, REMOTE_ADDR="192.0.2.1") for path in ("/metrics", "/nothing"))
    assert (here.status_code, here["Content-Type"]) == (nowhere.status_code, nowhere["Content-Type"])
    assert plain(here.content) == plain(nowhere.content)


def plain(page: bytes) -> bytes:
    """Return a page without what differs each time: its own address and the token of its forms."""
    page = page.replace(b"/metrics", b"/nothing")
    return re.sub(rb'name="csrfmiddlewaretoken" value="\w+"', b"", page)


@pytest.mark.django_db
def test_rows_relays_and_queues_are_read(client: Client, room: Room, relay: None, maiwenn: User) -> None:
    session(guest_key="g1")
    session(guest_key="g2", state="connected", connected_at=timezone.now())
    session(user=maiwenn, kind="publish")
    sync_client().xadd(keys().receipts, {"receipt": b"nonsense"})
    found = read(client)
    names = ("rooms_live", "relays", "relay_load[r1]", "receipts_waiting", "receipts_unreadable_total", "celery_queue")
    assert [found[f"causerie_{name}"] for name in names] == [1, 1, 0, 1, 0, 0]
    sessions = {name: value for name, value in found.items() if name.startswith("causerie_media_sessions")}
    assert sessions == {
        "causerie_media_sessions[listen][opening]": 1,
        "causerie_media_sessions[listen][connected]": 1,
        "causerie_media_sessions[publish][opening]": 1,
    }
    assert {name: value for name, value in found.items() if "readable" in name} == {
        f"causerie_readable[{part}]": 1 for part in ("hub", "rows", "relays", "queues")
    } | {"causerie_receipts_unreadable_total": 0}
    drain()
    found = read(client)
    assert (found["causerie_receipts_waiting"], found["causerie_receipts_unreadable_total"]) == (0, 1)


@pytest.mark.django_db
def test_queue_is_the_one_that_celery_fills(client: Client) -> None:
    from config.celery import app

    app.send_task("nobody.does.this")
    assert read(client)["causerie_celery_queue"] == 1


@pytest.mark.django_db
def test_without_redis_the_rest_is_read(client: Client, room: Room, redis_down: None) -> None:
    found = read(client)
    parts = {part: found[f"causerie_readable[{part}]"] for part in ("hub", "rows", "relays", "queues")}
    assert parts == {"hub": 1, "rows": 1, "relays": 0, "queues": 0}
    assert found["causerie_rooms_live"] == 1
    assert "causerie_relays" not in found


@pytest.mark.django_db
def test_without_a_database_the_rest_is_read(client: Client, relay: None) -> None:
    with connection.execute_wrapper(refuse):
        found = read(client)
    assert (found["causerie_readable[rows]"], found["causerie_relays"]) == (0, 1)


def refuse(*_: Any) -> Any:
    from django.db import OperationalError

    raise OperationalError


@pytest.mark.django_db
def test_requests_are_measured_by_view(client: Client, room: Room) -> None:
    def measured() -> dict[str, float]:
        name = "causerie_request_seconds_count"
        return {key.removeprefix(name): value for key, value in read(client).items() if key.startswith(name)}

    before = measured()
    client.get(f"/rooms/{room.public_id}/")
    client.get("/nothing")
    client.generic("BREW", "/healthz")
    after = measured()
    rose = {key: value - before.get(key, 0) for key, value in after.items() if value != before.get(key, 0)}
    assert rose == {
        "[GET][2xx][metrics]": 1,
        "[GET][4xx][none]": 1,
        "[other][4xx][healthz]": 1,
        "[GET][2xx][rooms:room]": 1,
    }


@pytest.mark.django_db
def test_join_is_measured_once(client: Client) -> None:
    def joins() -> float:
        return read(client).get("causerie_media_join_seconds_count[listen]", 0)

    before = joins()
    public_id = session(guest_key="g1").public_id
    for _ in range(3):
        record_connected(public_id, incarnation="i1")
    assert joins() == before + 1


@pytest.mark.django_db
def test_what_should_have_left_is_counted(client: Client, maiwenn: User) -> None:
    now = timezone.now()

    def waiting(key: str, channel: str, due: timedelta, **more: object) -> None:
        told = Notification.objects.create(user=maiwenn, kind="followed", key=key)
        NotificationDelivery.objects.create(notification=told, channel=channel, due_at=now + due, **more)

    waiting("late", "mail", timedelta(minutes=-10))
    waiting("lately", "mail", timedelta(minutes=-1))
    waiting("later", "push", timedelta(minutes=10))
    waiting("gone", "push", timedelta(minutes=-10), state="sent", ended_at=now)
    found = read(client)
    assert (found["causerie_outbox[mail]"], found["causerie_outbox[push]"]) == (2, 0)
    assert 600 <= found["causerie_outbox_seconds[mail]"] < 660
    assert found["causerie_outbox_seconds[push]"] == 0
