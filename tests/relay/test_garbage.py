"""Garbage: full collections wait until nobody speaks, and sessions that have ended need none."""

from __future__ import annotations

import gc
import weakref
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from media.relay.garbage import ABANDONED_LIMIT, NEVER, PAUSE_SECONDS, QUIET_SECONDS, Garbage
from media.relay.messages import Answered, Close, Done
from tests.relay.conftest import open_listen, open_publish
from tests.relay.peers import peer, until

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from tests.relay.conftest import Commander


@pytest.fixture
def collector() -> Iterator[None]:
    """Put the collector back as it was."""
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)
    gc.enable()


def test_look_collects_once_a_pause() -> None:
    garbage = Garbage(Counter())
    looks = [garbage.look() for _ in range(2 * PAUSE_SECONDS)]
    assert [second for second, collected in enumerate(looks, 1) if collected] == [PAUSE_SECONDS, 2 * PAUSE_SECONDS]


def test_look_waits_until_nobody_has_spoken_for_a_while() -> None:
    counts: Counter[str] = Counter()
    garbage = Garbage(counts)
    for _ in range(PAUSE_SECONDS + 5):
        counts["in_packets"] += 50
        assert not garbage.look()
    assert [garbage.look() for _ in range(QUIET_SECONDS + 1)] == [False] * (QUIET_SECONDS - 1) + [True, False]


@pytest.mark.parametrize(("extra", "collects"), [(-1, False), (0, True), (1, True)])
def test_look_collects_what_never_connected_although_somebody_speaks(extra: int, collects: bool) -> None:
    counts: Counter[str] = Counter(in_packets=1, abandoned=ABANDONED_LIMIT + extra)
    garbage = Garbage(counts)
    assert garbage.look() == collects
    assert not garbage.look()


@pytest.mark.usefixtures("collector")
def test_settle_leaves_full_collections_to_look() -> None:
    Garbage(Counter()).settle()
    assert (gc.get_threshold()[2], gc.get_freeze_count() > 10_000) == (NEVER, True)


@pytest.mark.usefixtures("collector")
@pytest.mark.parametrize("kind", ["listen", "publish"])
async def test_session_that_has_ended_is_freed_without_a_collection(
    start_relay: Callable[..., Awaitable[Commander]], kind: str
) -> None:
    relay = await start_relay()
    gc.disable()
    seen: list[weakref.ref[Any]] = []
    async with peer(kind) as one:
        opening = open_listen if kind == "listen" else open_publish
        answer = await relay.ask(opening(await one.offer()))
        assert isinstance(answer, Answered)
        await one.accept(answer.sdp)
        await one.reaches("connected")
        await until(lambda: relay.relay.sessions.by_kind[kind] == 1, "the session")
        for session in relay.relay.sessions:
            seen += [weakref.ref(session), weakref.ref(session._peer), weakref.ref(session._agent)]
        del session
        assert await relay.ask(Close(session="s1")) == Done()
        await until(lambda: [ref() for ref in seen] == [None, None, None], "the session to be freed")
