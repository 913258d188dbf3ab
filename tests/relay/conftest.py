"""What the tests of the relay need: Redis, a prefix of their own, a relay in this process and one who commands it."""

from __future__ import annotations

import asyncio
import secrets
import time
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings

from media.relay.grants import Grant, sign
from media.relay.keys import Keys
from media.relay.messages import (
    VERSION,
    OpenListen,
    OpenPublish,
    Request,
    decode_event,
    decode_heartbeat,
    decode_reply,
    encode,
)
from media.relay.worker import Relay, RelayConfig
from tests.relay.peers import until, use_loopback

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    import redis

    from media.relay.messages import Command, Event, Reply

SECRET = b"the secret of the relays in tests"


class Commander:
    """Speaks to a relay in the way that the gateway does, and says also what the gateway never would."""

    def __init__(self, client: redis.Redis, keys: Keys, relay: Relay) -> None:
        self.client = client
        self.keys = keys
        self.relay = relay

    def push(self, raw: bytes) -> None:
        self.client.rpush(self.keys.commands(self.relay.incarnation), raw)

    async def reply_to(self, request_id: str) -> Reply:
        key = self.keys.reply(request_id)
        popped: Any = await asyncio.to_thread(self.client.blpop, [key], 5)
        assert popped is not None, "no reply"
        return decode_reply(popped[1]).reply

    async def ask(self, command: Command, *, seconds: float = 5.0) -> Reply:
        request = Request(v=VERSION, id=secrets.token_hex(8), deadline=time.time() + seconds, command=command)
        self.push(encode(request))
        return await self.reply_to(request.id)

    def events(self) -> list[Event]:
        entries: Any = self.client.xrange(self.keys.events)
        return [decode_event(fields[b"event"]).event for _id, fields in entries]

    def heartbeat(self) -> Any:
        raw: Any = self.client.get(self.keys.heartbeat(self.relay.incarnation))
        return None if raw is None else decode_heartbeat(raw)

    async def next_heartbeat(self) -> Any:
        """Return one that the relay sends after now."""
        beat, found = self.relay._beats, None

        def came() -> bool:
            nonlocal found
            found = self.heartbeat()
            return found is not None and found.beat > beat

        await until(came, "another heartbeat")
        return found


def grant(**changes: Any) -> str:
    """Return a good grant for session s1 of person p1 in room r1, or what `changes` make of it."""
    secret = changes.pop("secret", SECRET)
    fields: dict[str, Any] = {
        "person": "p1",
        "room": "r1",
        "session": "s1",
        "may_publish": True,
        "epoch": 0,
        "expires_at": time.time() + 30,
    }
    return sign(Grant(**(fields | changes)), secret=secret)


def open_publish(
    sdp: str, *, session: str = "s1", room: str = "r1", muted: bool = False, **changes: Any
) -> OpenPublish:
    token = grant(**({"session": session, "room": room} | changes))
    return OpenPublish(session=session, room=room, grant=token, sdp=sdp, muted=muted)


def open_listen(sdp: str, *, session: str = "s1", room: str = "r1", **changes: Any) -> OpenListen:
    token = grant(**({"session": session, "room": room, "may_publish": False} | changes))
    return OpenListen(session=session, room=room, grant=token, sdp=sdp)


@pytest.fixture
def prefix() -> str:
    return f"{settings.REDIS_PREFIX}:{secrets.token_hex(6)}"


@pytest.fixture
def keys(prefix: str) -> Keys:
    return Keys(prefix)


@pytest.fixture
async def start_relay(
    redis_client: redis.Redis, keys: Keys, prefix: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> AsyncIterator[Callable[..., Awaitable[Commander]]]:
    """A function that starts a relay in this process; all are drained afterwards."""
    use_loopback(monkeypatch)
    running: list[tuple[Relay, asyncio.Task[None]]] = []

    async def start(**changes: Any) -> Commander:
        config: dict[str, Any] = {
            "redis_url": settings.REDIS_URL,
            "prefix": prefix,
            "secret": SECRET,
            "relay": "relay-1",
            "addresses": ("127.0.0.1",),
            "recordings": tmp_path,
        }
        relay = Relay(RelayConfig(**(config | changes)))
        running.append((relay, asyncio.create_task(relay.run())))
        commander = Commander(redis_client, keys, relay)
        await until(lambda: commander.heartbeat() is not None, "a heartbeat")
        return commander

    yield start
    for relay, task in running:
        relay.stop()
        await task
