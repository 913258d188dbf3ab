"""The gateway and the selectors without a relay, and without Redis."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
import redis
from django.db import transaction

from config.lib.redis_clients import sync_client
from media import gateway, selectors
from media.errors import RelayUnavailableError
from media.relay.messages import Close, encode
from media.selectors import live_relays, media_session_for
from media.services.sessions import end_publishing, revoke_publishing
from media.tasks import silent_incarnations
from tests.media.test_placement import relay

if TYPE_CHECKING:
    from collections.abc import Callable

    from accounts.models import User
    from media.models import MediaSession


@pytest.fixture
def no_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody listens where Redis should be."""
    gone: Any = redis.Redis.from_url("redis://127.0.0.1:1/0")
    for place in ("media.gateway", "media.selectors", "media.services.sessions", "media.tasks"):
        monkeypatch.setattr(f"{place}.sync_client", lambda: gone)


def announce(name: str, score: float | None = None, raw: bytes | None = None) -> None:
    names = gateway.keys()
    sync_client().zadd(names.index, {f"{name}-life": time.time() if score is None else score})
    sync_client().set(names.heartbeat(f"{name}-life"), encode(relay(name)) if raw is None else raw)


def test_live_relays_are_those_with_a_readable_heartbeat() -> None:
    announce("b")
    announce("a")
    announce("c", raw=b'{"v":2}')
    sync_client().zadd(gateway.keys().index, {"d-life": time.time()})
    assert live_relays() == [relay("a"), relay("b")]


def test_live_relays_without_redis_are_none(no_redis: None) -> None:
    assert live_relays() == []


def test_silent_relay_is_unavailable_in_time() -> None:
    began = time.monotonic()
    with pytest.raises(RelayUnavailableError):
        gateway.request("nobody", Close(session="s1"), timeout=0.3)
    assert 0.3 <= time.monotonic() - began < 1.5


def test_request_without_redis_is_unavailable(no_redis: None) -> None:
    with pytest.raises(RelayUnavailableError):
        gateway.request("nobody", Close(session="s1"), timeout=0.3)


@pytest.mark.parametrize(("waiting", "refused"), [(1, False), (2, True), (3, True)])
def test_commands_below_at_and_above_what_may_wait(
    monkeypatch: pytest.MonkeyPatch, waiting: int, refused: bool
) -> None:
    monkeypatch.setattr(gateway, "COMMANDS_WAITING_LIMIT", 2)
    key = gateway.keys().commands("nobody")
    sync_client().rpush(key, *["x"] * waiting)
    if refused:
        with pytest.raises(RelayUnavailableError):
            gateway._send(key, b"y")
    else:
        gateway._send(key, b"y")
    assert sync_client().llen(key) == waiting + (not refused)
    assert sync_client().ttl(key) > 0 or refused


@pytest.mark.django_db(transaction=True)
def test_revoke_without_redis_stays_pending(
    no_redis: None, make_session: Callable[..., MediaSession], maiwenn: User
) -> None:
    session = make_session(user=maiwenn, kind="publish")
    with transaction.atomic():
        ended = end_publishing("r1", user=maiwenn)
    revoke_publishing("r1", user=maiwenn, ended=ended, since=None)
    session.refresh_from_db()
    assert (session.state, session.gone_reason, session.close_pending) == ("gone", "revoked", True)


@pytest.mark.django_db
def test_no_relay_counts_as_silent_without_redis(no_redis: None, make_session: Callable[..., MediaSession]) -> None:
    make_session()
    assert selectors.hosting_incarnations() == {"i1"}
    assert silent_incarnations() == set()


@pytest.mark.django_db
def test_media_session_for_its_owner_only(make_session: Callable[..., MediaSession], maiwenn: User, yara: User) -> None:
    own, guests = make_session(user=maiwenn), make_session(guest_key="g1")
    assert media_session_for(maiwenn, "", own.public_id) == own
    assert media_session_for(None, "g1", guests.public_id) == guests
    assert media_session_for(yara, "", own.public_id) is None
    assert media_session_for(None, "g2", guests.public_id) is None
    assert media_session_for(None, "", own.public_id) is None
    assert media_session_for(maiwenn, "g1", guests.public_id) is None
