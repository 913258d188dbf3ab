"""Follows the relays from inside a web process: their events, and whether they live.

Every web process runs one. All of them see everything; the writes are conditional, so one of them does it.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import structlog
from django.db import Error as DatabaseError
from redis.exceptions import RedisError

from config.lib.db import in_pool
from config.lib.redis_clients import async_client
from media.gateway import keys
from media.relay.keys import HEARTBEAT_SECONDS, RELAY_DEAD_AFTER
from media.relay.messages import Connected, MessageError, decode_event
from media.selectors import heartbeats_async, hosting_incarnations
from media.services.closing import retry_closes
from media.services.muting import retry_mutes
from media.services.states import lose_relay, record_connected, record_gone
from media.voices import VoicesReader

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from media.relay.messages import EventEnvelope, Heartbeat

log = structlog.get_logger(__name__)

LOOK_SECONDS = HEARTBEAT_SECONDS / 2
RETRY_SECONDS = 0.25
# How often to look for microphones that a relay has not confirmed: whoever is muted must not be heard for long.
MUTES_SECONDS = 1.0
EVENTS_AT_ONCE = 200
BLOCK_MILLISECONDS = 1000
# What a process that has just started reads of the past: more than a restart of all of them takes.
BACKLOG_SECONDS = 120


async def follow_relays(stop: asyncio.Event) -> None:
    """Keep the rows of media sessions true until `stop` is set. Never raises."""
    ended = asyncio.Event()
    voices = VoicesReader()
    loops = [
        asyncio.create_task(_repeat(EventReader().read, ended)),
        asyncio.create_task(_repeat(HeartbeatReader().read, ended)),
        asyncio.create_task(_repeat(voices.read, ended)),
    ]
    try:
        await stop.wait()
    finally:
        # Cancelling is not enough: asgiref swallows it while a thread is in the database.
        ended.set()
        for loop in loops:
            loop.cancel()
        await asyncio.gather(*loops, return_exceptions=True)
        await voices.close()


async def _repeat(step: Callable[[], Awaitable[None]], ended: asyncio.Event) -> None:
    while not ended.is_set():
        try:
            await step()
        except (RedisError, OSError, DatabaseError) as error:
            log.warning("bridge_interrupted", error=type(error).__name__)
            await asyncio.sleep(RETRY_SECONDS)
        except Exception:
            # Nobody watches over this task: it has to outlive what nobody thought of.
            log.exception("bridge_failed")
            await asyncio.sleep(RETRY_SECONDS)


class EventReader:
    """Takes what relays say, in order, from a little before now on; what could not be written is read again."""

    def __init__(self) -> None:
        self._last = f"{int((time.time() - BACKLOG_SECONDS) * 1000)}-0"

    async def read(self) -> None:
        client: Any = async_client()
        streams = await client.xread({keys().events: self._last}, count=EVENTS_AT_ONCE, block=BLOCK_MILLISECONDS)
        for _stream, entries in streams or []:
            await in_pool(record_events)([fields[b"event"] for _id, fields in entries])
            self._last = entries[-1][0].decode()


class HeartbeatReader:
    """Looks who lives, and ends the sessions of who does not."""

    def __init__(self) -> None:
        self._watch: RelayWatch | None = None
        self._mutes_told_at = float("-inf")

    async def read(self) -> None:
        # Given back only when all went well; else the next look begins anew from the rows.
        watch, self._watch = self._watch, None
        if watch is None:
            watch = RelayWatch(await in_pool(hosting_incarnations)())
        verdict = watch.look(await heartbeats_async(), time.monotonic())
        for incarnation in verdict.lost:
            log.warning("relay_lost", incarnation=incarnation, sessions=await in_pool(lose_relay)(incarnation))
        if verdict.back:
            await in_pool(retry_closes)()
        if verdict.back or time.monotonic() - self._mutes_told_at >= MUTES_SECONDS:
            await in_pool(retry_mutes)()
            self._mutes_told_at = time.monotonic()
        self._watch = watch
        await asyncio.sleep(LOOK_SECONDS)


def record_events(raws: Iterable[bytes]) -> None:
    """Write down what happened; doing it again changes nothing."""
    for raw in raws:
        try:
            envelope = decode_event(raw)
        except MessageError:
            log.warning("bridge_event_unreadable")
            continue
        _record(envelope)


def _record(envelope: EventEnvelope) -> None:
    event = envelope.event
    if isinstance(event, Connected):
        record_connected(event.session, incarnation=envelope.incarnation)
    else:
        record_gone(event.session, incarnation=envelope.incarnation, reason=event.reason)


class Verdict:
    """What one look has shown: relays that are lost, and whether any has (again) begun to beat."""

    def __init__(self, lost: list[str], *, back: bool) -> None:
        self.lost = lost
        self.back = back


class RelayWatch:
    """Who of the relays still beats, by this process's own clock.

    A heart that stands still for RELAY_DEAD_AFTER while we looked is dead. After a gap in the looking (Redis away,
    this process busy) the time begins anew: not to have looked is no proof.
    """

    def __init__(self, expected: Iterable[str]) -> None:
        self._beats: dict[str, tuple[int, float]] = {}
        self._expected = set(expected)
        self._looked: float | None = None

    def look(self, found: Iterable[Heartbeat], now: float) -> Verdict:
        """Take in one reading of the heartbeats at `now` (monotonic seconds)."""
        gap = self._looked is None or now - self._looked > RELAY_DEAD_AFTER / 2
        self._looked = now
        for incarnation in self._expected:
            self._beats[incarnation] = (0, now)
        self._expected.clear()
        if gap:
            self._beats = {incarnation: (beat, now) for incarnation, (beat, _since) in self._beats.items()}
        back = False
        for heartbeat in found:
            beat, _since = self._beats.get(heartbeat.incarnation, (0, now))
            back = back or beat == 0
            if heartbeat.beat != beat:
                self._beats[heartbeat.incarnation] = (heartbeat.beat, now)
        lost = [incarnation for incarnation, (_beat, since) in self._beats.items() if now - since >= RELAY_DEAD_AFTER]
        for incarnation in lost:
            del self._beats[incarnation]
        return Verdict(lost, back=back)
