"""The two addresses that machines ask."""

from __future__ import annotations

import json
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from config import health
from config.lib import redis_clients
from media.gateway import keys

if TYPE_CHECKING:
    from collections.abc import Iterator

    import redis
    from django.test import Client
    from pytest_django.fixtures import Settings


@pytest.fixture
def relay(redis_client: redis.Redis) -> None:
    """Announce a relay as a running one does."""
    heartbeat = {
        "v": 1,
        "relay": "r1",
        "incarnation": "r1-abc",
        "beat": 1,
        "started_at": time.time(),
        "addresses": ["127.0.0.1"],
        "sessions": 0,
        "load": 0.0,
        "draining": False,
        "counts": {},
    }
    redis_client.zadd(keys().index, {"r1-abc": time.time()})
    redis_client.set(keys().heartbeat("r1-abc"), json.dumps(heartbeat), ex=60)


@pytest.fixture
def redis_down(settings: Settings) -> Iterator[None]:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    redis_clients.sync_client.cache_clear()
    yield
    redis_clients.sync_client.cache_clear()


def ready(client: Client) -> tuple[int, Any]:
    response = client.get("/readyz")
    return response.status_code, response.json()


def test_healthz_depends_on_nothing(client: Client, redis_down: None) -> None:
    # Without pytest's `db` fixture any query would fail.
    response = client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})
    assert "no-store" in response["Cache-Control"]
    assert dict(response.cookies) == {}


@pytest.mark.django_db(transaction=True)
def test_readyz_with_everything_there(client: Client, relay: None) -> None:
    checks = {"database": "ok", "redis": "ok", "relay": "ok"}
    assert ready(client) == (200, {"status": "ok", "checks": checks})


@pytest.mark.django_db(transaction=True)
def test_readyz_without_a_relay(client: Client) -> None:
    checks = {"database": "ok", "redis": "ok", "relay": "failed"}
    assert ready(client) == (503, {"status": "unavailable", "checks": checks})


@pytest.mark.django_db(transaction=True)
def test_readyz_without_redis(client: Client, redis_down: None) -> None:
    checks = {"database": "ok", "redis": "failed", "relay": "failed"}
    assert ready(client) == (503, {"status": "unavailable", "checks": checks})


def test_readyz_without_a_database(client: Client, relay: None) -> None:
    # Without pytest's `db` fixture the database refuses.
    checks = {"database": "failed", "redis": "ok", "relay": "ok"}
    assert ready(client) == (503, {"status": "unavailable", "checks": checks})


def test_readyz_does_not_wait_for_what_hangs(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()
    checks = {"database": lambda: released.wait(30), "redis": lambda: None, "relay": lambda: None}
    monkeypatch.setattr(health, "CHECKS", checks)
    started = time.monotonic()
    answer = ready(client)
    took = time.monotonic() - started
    released.set()
    states = {"database": "timeout", "redis": "ok", "relay": "ok"}
    assert answer == (503, {"status": "unavailable", "checks": states})
    assert health.DEADLINE_SECONDS <= took < health.DEADLINE_SECONDS + 1


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_is_for_reading(client: Client, path: str) -> None:
    assert client.post(path).status_code == 405


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_is_not_redirected_to_https(client: Client, settings: Settings, path: str) -> None:
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
    assert client.get(path).status_code in {200, 503}
    assert client.get("/").status_code == 301
