"""Epochs: a number for each person in each room, in Redis. Raising it revokes the grants that were made before.

It is a clock (microseconds), not a count: after Redis has lost everything, the next raise is still above every epoch
that was ever given out, so it still revokes the sessions that a relay has open.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from media.relay.grants import GRANT_SECONDS

if TYPE_CHECKING:
    import redis
    import redis.asyncio

    from media.relay.keys import Keys

# Longer than any room, and than any grant by far; every look renews it.
EPOCH_SECONDS = 48 * 3600

_ZERO = datetime(1970, 1, 1, tzinfo=UTC)

_RAISE_ABOVE = """
local least = tonumber(ARGV[2])
local current = tonumber(redis.call('GET', KEYS[1]) or '0')
local raised = math.max(current, least) + 1
redis.call('SET', KEYS[1], string.format('%d', raised), 'EX', ARGV[1])
return raised
"""

_RAISE = """
local now = redis.call('TIME')
local raised = now[1] * 1000000 + now[2]
local current = tonumber(redis.call('GET', KEYS[1]) or '0')
if raised <= current then raised = current + 1 end
redis.call('SET', KEYS[1], string.format('%d', raised), 'EX', ARGV[1])
return raised
"""


def epoch_at(moment: datetime) -> int:
    """Return the epoch of something that began then: of somebody's right to speak, say."""
    return (moment - _ZERO) // timedelta(microseconds=1)


def raise_epoch(client: redis.Redis, keys: Keys, *, room: str, person: str) -> int:
    """Make every grant so far too old, and return the new epoch. Raises RedisError."""
    return int(client.eval(_RAISE, 1, keys.epoch(room, person), EPOCH_SECONDS))


def raise_epoch_above(client: redis.Redis, keys: Keys, *, room: str, person: str, least: int) -> int:
    """Make the grants of epochs up to `least` too old, as all that were given out so far, but none that is newer by
    what it was made for. Return the new epoch. Raises RedisError.
    """
    return int(client.eval(_RAISE_ABOVE, 1, keys.epoch(room, person), EPOCH_SECONDS, least))


def current_epoch(client: redis.Redis, keys: Keys, *, room: str, person: str) -> int:
    """Return the epoch to put into a grant now, 0 if none was ever raised. Raises RedisError."""
    return int(client.getex(keys.epoch(room, person), ex=EPOCH_SECONDS) or 0)


class SeenEpochs:
    """A relay's own memory of epochs: what it has once seen raised stays raised, whatever becomes of Redis.

    Only grants that are still valid need it, hence it forgets after the life of a grant.
    """

    def __init__(self, client: redis.asyncio.Redis, keys: Keys) -> None:
        self._client = client
        self._keys = keys
        self._seen: dict[tuple[str, str], tuple[int, float]] = {}

    async def fetch(self, room: str, person: str) -> int:
        """Return the person's epoch in the room by Redis and by memory. Raises RedisError."""
        raw = await self._client.getex(self._keys.epoch(room, person), ex=EPOCH_SECONDS)
        return max(int(raw or 0), self.remembered(room, person))

    def remembered(self, room: str, person: str) -> int:
        return self._seen.get((room, person), (0, 0.0))[0]

    def remember(self, room: str, person: str, epoch: int) -> None:
        now = time.monotonic()
        self._seen = {key: seen for key, seen in self._seen.items() if now - seen[1] < 2 * GRANT_SECONDS}
        self._seen[room, person] = (max(epoch, self.remembered(room, person)), now)
