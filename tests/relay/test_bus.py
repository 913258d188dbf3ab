"""The queue of events: bounded, in order, kept while Redis does not take them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
import redis
from django.conf import settings

from media.relay import bus as bus_module
from media.relay.bus import Bus, connect
from media.relay.messages import Connected, decode_event

if TYPE_CHECKING:
    from media.relay.keys import Keys


@pytest.mark.parametrize(("events", "dropped"), [(4, 0), (5, 0), (6, 1)])
async def test_waiting_events_below_at_and_above_the_limit(
    monkeypatch: pytest.MonkeyPatch, redis_client: redis.Redis, keys: Keys, events: int, dropped: int
) -> None:
    monkeypatch.setattr(bus_module, "EVENTS_WAITING", 5)
    monkeypatch.setattr(bus_module, "EVENTS_AT_ONCE", 2)
    counts: Counter[str] = Counter()
    client = connect(settings.REDIS_URL)
    bus = Bus(client, keys, relay="a", incarnation="i", counts=counts)
    for number in range(events):
        bus.emit(Connected(session=f"s{number}"))
    await bus.flush()
    await client.aclose()
    entries: Any = redis_client.xrange(keys.events)
    sent = [decode_event(fields[b"event"]).event for _id, fields in entries]
    assert sent == [Connected(session=f"s{number}") for number in range(dropped, events)]
    assert counts["events_dropped"] == dropped


async def test_events_that_redis_did_not_take_are_kept_in_order(redis_client: redis.Redis, keys: Keys) -> None:
    client = connect("redis://127.0.0.1:1/0")
    bus = Bus(client, keys, relay="a", incarnation="i", counts=Counter())
    bus.emit(Connected(session="s1"))
    bus.emit(Connected(session="s2"))
    with pytest.raises(redis.exceptions.ConnectionError):
        await bus.flush()
    assert [decode_event(raw).event for _stream, _field, raw in bus._waiting] == [
        Connected(session="s1"),
        Connected(session="s2"),
    ]
    await client.aclose()
