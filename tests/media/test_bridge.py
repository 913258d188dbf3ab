"""When a relay counts as dead, and what the bridge does with what it reads."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import TYPE_CHECKING

import pytest

from config.lib.db import in_pool
from config.lib.redis_clients import sync_client
from media.bridge import RelayWatch, follow_relays, record_events
from media.gateway import keys
from media.models import MediaSession
from media.relay.keys import RELAY_DEAD_AFTER
from media.relay.messages import VERSION, Connected, EventEnvelope, Gone, GoneReason, encode
from tests.media.test_placement import relay

if TYPE_CHECKING:
    from collections.abc import Callable

    from media.relay.messages import Event

STEP = 0.25


def watch_from(now: float, *expected: str) -> RelayWatch:
    """Return a watch that has seen relay a beat once, at `now`."""
    watch = RelayWatch(expected)
    watch.look([relay("a")], now)
    return watch


def look_until(watch: RelayWatch, began: float, end: float) -> list[str]:
    """Look at nothing, at every STEP before `end` and at `end`; return what was lost then."""
    steps = int((end - began - 0.1) / STEP)
    for step in range(1, steps + 1):
        assert watch.look([], began + step * STEP).lost == []
    return watch.look([], end).lost


@pytest.mark.parametrize(("above", "lost"), [(-0.01, []), (0.0, ["a-life"]), (0.01, ["a-life"])])
def test_silent_relay_below_at_and_above_the_time(above: float, lost: list[str]) -> None:
    assert look_until(watch_from(100.0), 100.0, 100.0 + RELAY_DEAD_AFTER + above) == lost


def test_lost_relay_is_lost_once() -> None:
    watch = watch_from(100.0)
    assert look_until(watch, 100.0, 101.5) == ["a-life"]
    assert look_until(watch, 101.5, 104.0) == []


def test_heartbeat_that_stands_still_is_silence() -> None:
    watch = watch_from(100.0)
    for step in range(1, 6):
        assert watch.look([relay("a")], 100.0 + step * STEP).lost == []
    assert watch.look([relay("a")], 101.5).lost == ["a-life"]


def test_relay_that_beats_is_never_lost() -> None:
    watch = watch_from(100.0)
    for step in range(1, 40):
        assert watch.look([relay("a", beat=1 + step // 3)], 100.0 + step * STEP).lost == []


def test_relay_known_from_the_rows_only_is_lost_too() -> None:
    watch = RelayWatch({"b-life"})
    assert watch.look([], 100.0).lost == []
    assert look_until(watch, 100.0, 101.5) == ["b-life"]


def test_gap_in_the_looking_starts_the_time_anew() -> None:
    watch = watch_from(100.0)
    assert watch.look([], 110.0).lost == []
    assert look_until(watch, 110.0, 111.5) == ["a-life"]


def test_relay_that_comes_or_comes_back_is_noticed_once() -> None:
    watch = RelayWatch({"a-life"})
    assert watch.look([relay("a", beat=5)], 100.0).back
    assert not watch.look([relay("a", beat=6)], 100.25).back
    assert look_until(watch, 100.25, 101.75) == ["a-life"]
    assert watch.look([relay("a", beat=7)], 102.0).back


def raw(event: Event, incarnation: str = "i1") -> bytes:
    return encode(EventEnvelope(v=VERSION, relay="relay-1", incarnation=incarnation, event=event))


@pytest.mark.django_db
def test_events_that_come_twice_late_or_from_elsewhere_change_nothing(
    make_session: Callable[..., MediaSession], gone: list[tuple[str, str]]
) -> None:
    session = make_session()
    connected = Connected(session=session.public_id)
    left = Gone(session=session.public_id, reason=GoneReason.LEFT)
    record_events([raw(left, "i2"), raw(connected, "i2"), b"nonsense", raw(Connected(session="nobody"))])
    session.refresh_from_db()
    assert session.state == "opening"
    record_events([raw(connected), raw(connected), raw(left), raw(left), raw(connected)])
    session.refresh_from_db()
    assert (session.state, session.gone_reason) == ("gone", "left")
    assert gone == [(session.public_id, "left")]


@pytest.mark.django_db(transaction=True)
async def test_events_from_before_the_bridge_began_are_read(make_session: Callable[..., MediaSession]) -> None:
    session = await in_pool(make_session)()
    sync_client().xadd(keys().events, {"event": raw(Connected(session=session.public_id))})
    stop = asyncio.Event()
    following = asyncio.create_task(follow_relays(stop))
    give_up = time.monotonic() + 5
    while (await in_pool(MediaSession.objects.get)(pk=session.pk)).state != "connected":
        assert time.monotonic() < give_up
    stop.set()
    await following


@pytest.mark.django_db(transaction=True)
async def test_bridge_stops_while_a_thread_is_in_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    inside, go_on = threading.Event(), threading.Event()

    def slow(_raws: object) -> None:
        inside.set()
        go_on.wait(5)

    monkeypatch.setattr("media.bridge.record_events", slow)
    sync_client().xadd(keys().events, {"event": b"anything"})
    stop = asyncio.Event()
    following = asyncio.create_task(follow_relays(stop))
    assert await asyncio.to_thread(inside.wait, 5)
    stop.set()
    # The loops are cancelled now, and the thread comes back after that.
    asyncio.get_running_loop().call_later(0.1, go_on.set)
    async with asyncio.timeout(3):
        await following
