"""What the tests of media need: relays as processes, a bridge, peers on loopback.

pytest may read this file before Django is set up, hence the imports inside.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from tests.relay.peers import use_loopback

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence
    from pathlib import Path

    from pytest_django.fixtures import Settings

    from media.models import MediaSession
    from tests.media.relays import RelayProcess

ended: list[tuple[str, str]] = []


def note_ended(sessions: Sequence[MediaSession]) -> None:
    """What MEDIA_GONE_HANDLERS names in tests."""
    ended.extend((session.public_id, session.gone_reason) for session in sessions)


@pytest.fixture
def gone(settings: Settings) -> Iterator[list[tuple[str, str]]]:
    """Public id and reason of each session that higher apps were told of."""
    settings.MEDIA_GONE_HANDLERS = [f"{note_ended.__module__}.{note_ended.__qualname__}"]
    ended.clear()
    yield ended
    ended.clear()


@pytest.fixture(autouse=True)
def _media_settings(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.RELAY_SECRET = "the secret that this test's relays share"
    use_loopback(monkeypatch)


@pytest.fixture
def make_relay(tmp_path: Path) -> Iterator[Callable[..., RelayProcess]]:
    from tests.media.relays import RelayProcess

    made: list[RelayProcess] = []

    def make(name: str = "relay-1") -> RelayProcess:
        made.append(RelayProcess(name, tmp_path / f"{name}.log"))
        return made[-1]

    yield make
    for relay in made:
        relay.end()


@pytest.fixture
def relay(make_relay: Callable[..., RelayProcess]) -> RelayProcess:
    """A relay that runs."""
    one = make_relay()
    one.start()
    return one


@pytest.fixture
async def bridge() -> AsyncIterator[None]:
    """Two bridges, as two web processes have."""
    from config.lib.redis_clients import async_client
    from media.bridge import follow_relays

    stop = asyncio.Event()
    tasks = [asyncio.create_task(follow_relays(stop)) for _ in range(2)]
    yield
    stop.set()
    await asyncio.gather(*tasks)
    await async_client().aclose()


@pytest.fixture
def make_session() -> Callable[..., MediaSession]:
    from media.enums import MediaKind
    from media.models import MediaSession

    def make(**fields: Any) -> MediaSession:
        defaults: dict[str, Any] = {
            "room_key": "r1",
            "kind": MediaKind.LISTEN,
            "relay": "relay-1",
            "relay_incarnation": "i1",
            "epoch": 0,
        }
        if "user" not in fields:
            defaults["guest_key"] = "g1"
        return MediaSession.objects.create(**(defaults | fields))

    return make
