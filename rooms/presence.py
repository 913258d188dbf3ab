"""Who is connected to a room: kept in Redis, rebuilt by the web processes if Redis forgets.

Per room there is a sorted set of people (score: when they came), a hash of their cards and a hash of guests per web
process. Each card names the process that holds the connection. A process renews a lease; when the lease of one that
died runs out, whichever process notices first removes its people. A process writes its own people anew with every
renewal, so a Redis that lost everything is right again after one.

Scripts keep each step atomic and one round trip whatever the number of people. Times are Redis' own.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, TypedDict

import msgspec
import structlog
from redis.exceptions import RedisError

from config.lib.redis_clients import async_client, key, sync_client

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from accounts.selectors.people import PersonCard

log = structlog.get_logger(__name__)

LEASE_SECONDS = 12
SAMPLE_SIZE = 60
# Of those whose hands are up, so many are looked at.
QUEUE_SIZE = 100
# People per call of a script: bounds how long Redis is busy with one.
CHUNK = 500

# ARGV: process, room, lease in ms, then id and card of each. The process that claims somebody first keeps the claim and
# may renew the card; once they left it, another that has them claims them with its next renewal.
_KEEP = """
local now = redis.call('TIME')
local ms = now[1] * 1000 + math.floor(now[2] / 1000)
redis.call('ZADD', KEYS[4], ms + ARGV[3], ARGV[1])
redis.call('SADD', KEYS[3], ARGV[2])
for i = 4, #ARGV, 2 do
  redis.call('ZADD', KEYS[1], 'NX', ms, ARGV[i])
  local claim = redis.call('HGET', KEYS[2], ARGV[i])
  if not claim or string.sub(claim, 1, #ARGV[1] + 1) == ARGV[1] .. '\\n' then
    redis.call('HSET', KEYS[2], ARGV[i], ARGV[1] .. '\\n' .. ARGV[i + 1])
  end
end
return ms
"""
# ARGV: process, then ids. Only whoever holds the claim may drop it.
_LEAVE = """
for i = 2, #ARGV do
  local claim = redis.call('HGET', KEYS[2], ARGV[i])
  if claim and string.sub(claim, 1, #ARGV[1] + 1) == ARGV[1] .. '\\n' then
    redis.call('HDEL', KEYS[2], ARGV[i])
    redis.call('ZREM', KEYS[1], ARGV[i])
  end
end
"""
# KEYS: people, cards, guests. ARGV: size of the sample, how many are on the stage, their ids, ids of the queue.
_VIEW = """
local guests = 0
for _, n in ipairs(redis.call('HVALS', KEYS[3])) do guests = guests + tonumber(n) end
local stage, here = {}, {}
local seated = tonumber(ARGV[2])
for i = 3, #ARGV do
  if i < 3 + seated then stage[ARGV[i]] = true end
  if redis.call('HEXISTS', KEYS[2], ARGV[i]) == 1 then table.insert(here, ARGV[i]) end
end
local cards = {}
for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, ARGV[1] + seated)) do
  if not stage[id] and #cards < tonumber(ARGV[1]) then
    local claim = redis.call('HGET', KEYS[2], id)
    if claim then table.insert(cards, string.sub(claim, string.find(claim, '\\n', 1, true) + 1)) end
  end
end
return {redis.call('ZCARD', KEYS[1]), guests, here, cards}
"""
# KEYS: processes. ARGV: prefix of keys. Returns the rooms that dead processes left behind.
_SWEEP = """
local now = redis.call('TIME')
local ms = now[1] * 1000 + math.floor(now[2] / 1000)
local touched = {}
for _, process in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ms)) do
  local held = ARGV[1] .. ':process:' .. process .. ':rooms'
  for _, room in ipairs(redis.call('SMEMBERS', held)) do
    local base = ARGV[1] .. ':room:' .. room
    local claims = redis.call('HGETALL', base .. ':cards')
    for i = 1, #claims, 2 do
      if string.sub(claims[i + 1], 1, #process + 1) == process .. '\\n' then
        redis.call('HDEL', base .. ':cards', claims[i])
        redis.call('ZREM', base .. ':people', claims[i])
      end
    end
    redis.call('HDEL', base .. ':guests', process)
    table.insert(touched, room)
  end
  redis.call('DEL', held)
  redis.call('ZREM', KEYS[1], process)
end
return touched
"""


class Counts(TypedDict):
    """How many are connected; both are exact."""

    people: int
    guests: int


class Audience(TypedDict):
    """What a pulse says of the audience."""

    people: int
    guests: int
    away: list[str]
    sample: list[PersonCard]


def _room_key(room_id: str, what: str) -> str:
    return key("room", room_id, what)


def _keys(room_id: str) -> list[str]:
    return [_room_key(room_id, "people"), _room_key(room_id, "cards")]


def _lease_keys(process: str) -> list[str]:
    return [key("process", process, "rooms"), key("processes")]


class Presence:
    """One web process's part in the presence of all rooms. All methods raise redis.RedisError while Redis is away."""

    def __init__(self, process: str) -> None:
        self.process = process

    async def keep(self, room_id: str, people: Mapping[str, PersonCard], guests: int) -> None:
        """Say that these people and so many guests are connected here, and renew the lease."""
        redis = async_client()
        flat: list[str | bytes] = [
            part for person_id, card in people.items() for part in (person_id, msgspec.json.encode(card))
        ]
        head: list[str | int] = [self.process, room_id, LEASE_SECONDS * 1000]
        for start in range(0, max(len(flat), 1), CHUNK * 2):
            keys = [*_keys(room_id), *_lease_keys(self.process)]
            await redis.eval(_KEEP, len(keys), *keys, *head, *flat[start : start + CHUNK * 2])
        await self._count_guests(room_id, guests)

    async def _count_guests(self, room_id: str, guests: int) -> None:
        redis = async_client()
        if guests:
            await redis.hset(_room_key(room_id, "guests"), self.process, str(guests))
        else:
            await redis.hdel(_room_key(room_id, "guests"), self.process)

    async def leave(self, room_id: str, people: Iterable[str]) -> None:
        """Say that these people are no longer connected here."""
        ids = list(people)
        for start in range(0, len(ids), CHUNK):
            keys = _keys(room_id)
            chunk = ids[start : start + CHUNK]
            await async_client().eval(_LEAVE, len(keys), *keys, self.process, *chunk)

    async def abandon(self, room_id: str) -> None:
        """Say that nobody is connected to this room here any more."""
        await async_client().srem(_lease_keys(self.process)[0], room_id)

    async def sweep(self) -> list[str]:
        """Remove the people of processes whose lease ran out; return the rooms that they were in."""
        rooms: list[bytes] = await async_client().eval(_SWEEP, 1, key("processes"), key())
        return [room.decode() for room in rooms]

    async def retire(self) -> None:
        """End this process's lease now; the next sweep, anywhere, removes its people."""
        await async_client().zadd(key("processes"), {self.process: 0})


async def hold_media(media_sessions: Sequence[str]) -> None:
    """Say that somebody who is here holds these media sessions, for as long as a lease. Raises RedisError."""
    redis = async_client()
    held = key("media_held")
    now = time.time()
    for start in range(0, len(media_sessions), CHUNK):
        chunk = media_sessions[start : start + CHUNK]
        await redis.zadd(held, dict.fromkeys(chunk, now + LEASE_SECONDS))
    await redis.zremrangebyscore(held, "-inf", now)


def held_media() -> set[str]:
    """Return the media sessions that somebody who is here holds. Raises RedisError."""
    found: Any = sync_client().zrangebyscore(key("media_held"), time.time(), "+inf")
    return {media_session.decode() for media_session in found}


async def audience_of(room_id: str, stage: Sequence[str], queue: Sequence[str] = ()) -> Audience:
    """Return counts, a stable sample without the stage, and who of the stage and the queue is not connected."""
    keys = _view_keys(room_id)
    shown = [*stage, *queue[:QUEUE_SIZE]]
    found = await async_client().eval(_VIEW, len(keys), *keys, SAMPLE_SIZE, len(stage), *shown)
    return _audience(found, shown)


def audience_now(room_id: str, stage: Sequence[str], queue: Sequence[str] = ()) -> Audience | None:
    """Return the same for a page; None while Redis is away."""
    keys = _view_keys(room_id)
    shown = [*stage, *queue[:QUEUE_SIZE]]
    try:
        found: Any = sync_client().eval(_VIEW, len(keys), *keys, SAMPLE_SIZE, len(stage), *shown)
    except RedisError as error:
        log.warning("presence_unread", error=type(error).__name__)
        return None
    return _audience(found, shown)


def _view_keys(room_id: str) -> list[str]:
    return [*_keys(room_id), _room_key(room_id, "guests")]


def _audience(found: list[Any], shown: Sequence[str]) -> Audience:
    people, guests, here, cards = found
    connected = {person_id.decode() for person_id in here}
    return {
        "people": people,
        "guests": guests,
        "away": [person_id for person_id in shown if person_id not in connected],
        "sample": [msgspec.json.decode(card) for card in cards],
    }


def connected_of(held: Mapping[str, Sequence[str]]) -> dict[str, tuple[set[str], int]]:
    """Return for each room (with ids to look for) who of these is connected, and how many are in all.

    Raises RedisError: not to know is not the same as nobody.
    """
    pipeline = sync_client().pipeline(transaction=False)
    for room_id, ids in held.items():
        pipeline.zcard(_room_key(room_id, "people"))
        pipeline.hvals(_room_key(room_id, "guests"))
        # At least one name, as Redis wants; nobody has the empty one.
        pipeline.hmget(_room_key(room_id, "cards"), ["", *ids])
    answers = pipeline.execute()
    found = {}
    for (room_id, ids), people, guests, cards in zip(
        held.items(), answers[::3], answers[1::3], answers[2::3], strict=True
    ):
        here = {person_id for person_id, card in zip(ids, cards[1:], strict=True) if card is not None}
        found[room_id] = (here, people + sum(map(int, guests)))
    return found


def counts_of(room_ids: list[str]) -> dict[str, Counts]:
    """Return how many are connected to each room, for pages and the API; zeros while Redis is away."""
    try:
        return exact_counts_of(room_ids)
    except RedisError as error:
        log.warning("presence_unread", error=type(error).__name__)
        return {room_id: {"people": 0, "guests": 0} for room_id in room_ids}


def exact_counts_of(room_ids: list[str]) -> dict[str, Counts]:
    """Return the same. Raises RedisError: not to know is not the same as nobody."""
    pipeline = sync_client().pipeline(transaction=False)
    for room_id in room_ids:
        pipeline.zcard(_room_key(room_id, "people"))
        pipeline.hvals(_room_key(room_id, "guests"))
    answers = pipeline.execute()
    return {
        room_id: {"people": people, "guests": sum(map(int, guests))}
        for room_id, people, guests in zip(room_ids, answers[::2], answers[1::2], strict=True)
    }


def ids_of(room_id: str) -> set[str]:
    """Return the ids of all who are connected; nobody while Redis is away."""
    try:
        found: Any = sync_client().zrange(_room_key(room_id, "people"), 0, -1)
    except RedisError as error:
        log.warning("presence_unread", error=type(error).__name__)
        return set()
    return {person_id.decode() for person_id in found}


def people_of(room_id: str, *, offset: int, limit: int) -> list[PersonCard]:
    """Return a page of the connected people, those who came first leading; empty while Redis is away."""
    try:
        redis = sync_client()
        ids: Any = redis.zrange(_room_key(room_id, "people"), offset, offset + limit - 1)
        claims: Any = redis.hmget(_room_key(room_id, "cards"), ids) if ids else []
    except RedisError as error:
        log.warning("presence_unread", error=type(error).__name__)
        return []
    return [msgspec.json.decode(claim.split(b"\n", 1)[1]) for claim in claims if claim]


def who_is_here(room_id: str, people: Sequence[str]) -> set[str]:
    """Return which of these people are connected; nobody while Redis is away."""
    if not people:
        return set()
    try:
        claims: Any = sync_client().hmget(_room_key(room_id, "cards"), list(people))
    except RedisError as error:
        log.warning("presence_unread", error=type(error).__name__)
        return set()
    return {person_id for person_id, claim in zip(people, claims, strict=True) if claim}
