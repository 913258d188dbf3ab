"""A relay's side of Redis: commands in, replies and events out, the heartbeat. Survives that Redis goes and comes."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import TYPE_CHECKING, Any

import redis.asyncio
import structlog
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from media.relay.keys import (
    EVENTS_KEPT,
    HEARTBEAT_SECONDS,
    INDEX_SECONDS,
    RECEIPTS_KEPT,
    RELAY_DEAD_AFTER,
    REPLY_SECONDS,
    Keys,
)
from media.relay.messages import VERSION, EventEnvelope, IntervalReceipt, Receipt, ReplyEnvelope, TalkReceipt, encode

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable

    from media.relay.messages import AnyReceipt, Event, Heartbeat, Reply, Voices

log = structlog.get_logger(__name__)

# What a receipt is called in the stream.
RECEIPT_FIELDS = {Receipt: "receipt", TalkReceipt: "talk", IntervalReceipt: "interval"}

# Events that wait while Redis is away; above it the oldest are dropped and counted.
EVENTS_WAITING = 10_000
EVENTS_AT_ONCE = 200
RETRY_SECONDS = 0.1
BLOCK_SECONDS = 1
SOCKET_TIMEOUT_SECONDS = 3.0


def connect(url: str) -> redis.asyncio.Redis:
    """Return a client that fails at once: whoever calls it has its own way of going on."""
    return redis.asyncio.Redis.from_url(
        url,
        socket_timeout=SOCKET_TIMEOUT_SECONDS,
        socket_connect_timeout=SOCKET_TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )


class Bus:
    """Redis as one relay uses it. `counts` is the relay's."""

    def __init__(
        self, client: redis.asyncio.Redis, keys: Keys, *, relay: str, incarnation: str, counts: Counter[str]
    ) -> None:
        self._client = client
        self._keys = keys
        self._relay = relay
        self._incarnation = incarnation
        self._counts = counts
        # What waits for Redis: the stream, the field, the bytes.
        self._waiting: deque[tuple[str, str, bytes]] = deque()
        self._event_waits = asyncio.Event()
        self._sending = asyncio.Lock()

    def _pipeline(self) -> Any:
        """Return a pipeline; its methods are typed as if each had to be awaited."""
        return self._client.pipeline(transaction=True)

    async def next_command(self) -> bytes | None:
        """Return the next command's bytes, or None if none came for a while. Never raises for Redis."""
        try:
            popped: Any = await self._client.blpop([self._keys.commands(self._incarnation)], timeout=BLOCK_SECONDS)
        except (RedisError, OSError):
            self._counts["redis_errors"] += 1
            await asyncio.sleep(RETRY_SECONDS)
            return None
        return None if popped is None else bytes(popped[1])

    async def reply(self, request_id: str, reply: Reply) -> None:
        """Push the reply to whoever waits; without Redis it is lost and counted."""
        key = self._keys.reply(request_id)
        try:
            async with self._pipeline() as pipe:
                pipe.rpush(key, encode(ReplyEnvelope(v=VERSION, id=request_id, reply=reply)))
                pipe.expire(key, REPLY_SECONDS)
                await pipe.execute()
        except (RedisError, OSError):
            self._counts["replies_lost"] += 1

    def emit(self, event: Event) -> None:
        """Queue an event for the web processes."""
        envelope = EventEnvelope(v=VERSION, relay=self._relay, incarnation=self._incarnation, event=event)
        self._queue(self._keys.events, "event", encode(envelope))

    def confirm(self, receipt: AnyReceipt) -> None:
        """Queue a receipt for the job that reads them."""
        self._queue(self._keys.receipts, RECEIPT_FIELDS[type(receipt)], encode(receipt))

    def _queue(self, stream: str, field: str, raw: bytes) -> None:
        if len(self._waiting) >= EVENTS_WAITING:
            self._waiting.popleft()
            self._counts["events_dropped"] += 1
        self._waiting.append((stream, field, raw))
        self._event_waits.set()

    async def send_events(self) -> None:
        """Send what is queued, for ever; what Redis did not take is sent again, so an event may come twice."""
        while True:
            await self._event_waits.wait()
            try:
                await self.flush()
            except (RedisError, OSError):
                self._counts["redis_errors"] += 1
                await asyncio.sleep(RETRY_SECONDS)

    async def flush(self) -> None:
        """Send what is queued. Raises RedisError, and then keeps it."""
        async with self._sending:
            while self._waiting:
                batch = [self._waiting.popleft() for _ in range(min(EVENTS_AT_ONCE, len(self._waiting)))]
                try:
                    await self._send(batch)
                except BaseException:
                    self._waiting.extendleft(reversed(batch))
                    raise
            self._event_waits.clear()

    async def _send(self, batch: list[tuple[str, str, bytes]]) -> None:
        kept = {self._keys.events: EVENTS_KEPT, self._keys.receipts: RECEIPTS_KEPT}
        async with self._pipeline() as pipe:
            for stream, field, raw in batch:
                pipe.xadd(stream, {field: raw}, maxlen=kept[stream], approximate=True)
            await pipe.execute()

    async def say_voices(self, voices: Voices) -> None:
        """Publish who is heard; without Redis it is lost, and the next one says it again."""
        try:
            await self._client.publish(self._keys.voices, encode(voices))
        except (RedisError, OSError):
            self._counts["voices_lost"] += 1

    async def beat(self, heartbeat: Callable[[], Heartbeat]) -> None:
        """Announce the relay every HEARTBEAT_SECONDS, for ever."""
        announced = False
        while True:
            try:
                await self.announce(heartbeat())
            except (RedisError, OSError) as error:
                if announced:
                    log.warning("heartbeat_lost", error=type(error).__name__)
                announced = False
                self._counts["heartbeats_lost"] += 1
                await asyncio.sleep(RETRY_SECONDS)
                continue
            if not announced:
                log.info("relay_announced")
            announced = True
            await asyncio.sleep(HEARTBEAT_SECONDS)

    async def announce(self, heartbeat: Heartbeat) -> None:
        """Say once that this relay lives. Raises RedisError."""
        now = time.time()
        async with self._pipeline() as pipe:
            pipe.set(self._keys.heartbeat(self._incarnation), encode(heartbeat), px=int(RELAY_DEAD_AFTER * 1000))
            pipe.zadd(self._keys.index, {self._incarnation: now})
            pipe.zremrangebyscore(self._keys.index, "-inf", now - INDEX_SECONDS)
            pipe.expire(self._keys.index, INDEX_SECONDS)
            await pipe.execute()

    async def leave(self) -> None:
        """Take the heartbeat away. Raises RedisError."""
        async with self._pipeline() as pipe:
            pipe.delete(self._keys.heartbeat(self._incarnation))
            pipe.zrem(self._keys.index, self._incarnation)
            await pipe.execute()
