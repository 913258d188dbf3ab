"""A relay that is told to stop stops, whatever it is doing with Redis at that moment."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from django.conf import settings

from media.relay.bus import Bus
from media.relay.worker import Relay, RelayConfig
from tests.relay.conftest import SECRET
from tests.relay.peers import until

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

# Draining takes 0.4 s for Redis and 0.8 s for connections at most.
STOP_SECONDS = 3.0


async def test_relay_stops_although_a_cancellation_is_lost(
    prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As redis-py does when an answer and the cancellation come in one turn of the loop (seen once in 40 stops)."""
    calls = lost = 0
    announce = Bus.announce

    async def swallow(self: Bus, heartbeat: Any) -> None:
        nonlocal calls, lost
        calls += 1
        first = calls == 1
        await announce(self, heartbeat)
        if first:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                lost += 1

    monkeypatch.setattr(Bus, "announce", swallow)
    config = RelayConfig(
        redis_url=settings.REDIS_URL,
        prefix=prefix,
        secret=SECRET,
        relay="relay-1",
        addresses=("127.0.0.1",),
        recordings=tmp_path,
    )
    relay = Relay(config)
    running = asyncio.create_task(relay.run())
    await until(lambda: calls == 1, "the first heartbeat")
    relay.stop()
    done, _pending = await asyncio.wait([running], timeout=STOP_SECONDS)
    if not done:
        running.cancel()
        await asyncio.wait([running])
    assert (done, lost) == ({running}, 1)
    await running
