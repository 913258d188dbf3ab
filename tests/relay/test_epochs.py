"""Epochs in a real Redis: they only rise, and losing Redis loses no revocation."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings

from media.relay.bus import connect
from media.relay.epochs import EPOCH_SECONDS, SeenEpochs, current_epoch, epoch_at, raise_epoch, raise_epoch_above

if TYPE_CHECKING:
    import redis

    from media.relay.keys import Keys


def test_epoch_of_somebody_new_is_zero(redis_client: redis.Redis, keys: Keys) -> None:
    assert current_epoch(redis_client, keys, room="r1", person="p1") == 0


def test_raise_epoch_twice_rises_twice_for_that_person_and_room_only(redis_client: redis.Redis, keys: Keys) -> None:
    first = raise_epoch(redis_client, keys, room="r1", person="p1")
    second = raise_epoch(redis_client, keys, room="r1", person="p1")
    assert 0 < first < second
    assert current_epoch(redis_client, keys, room="r1", person="p1") == second
    assert current_epoch(redis_client, keys, room="r1", person="p2") == 0
    assert current_epoch(redis_client, keys, room="r2", person="p1") == 0


def test_raise_epoch_above_goes_just_above_what_is_revoked(redis_client: redis.Redis, keys: Keys) -> None:
    raised = [raise_epoch_above(redis_client, keys, room="r1", person="p1", least=least) for least in (70, 50, 71, 90)]
    assert raised == [71, 72, 73, 91]
    assert current_epoch(redis_client, keys, room="r1", person="p1") == 91
    assert redis_client.ttl(keys.epoch("r1", "p1")) == EPOCH_SECONDS


def test_epoch_at_a_moment_is_on_the_clock_by_which_epochs_are_raised(redis_client: redis.Redis, keys: Keys) -> None:
    before = datetime.now(UTC)
    raised = raise_epoch(redis_client, keys, room="r1", person="p1")
    assert epoch_at(before) <= raised <= epoch_at(datetime.now(UTC))
    assert epoch_at(before + timedelta(microseconds=1)) == epoch_at(before) + 1


def test_raise_epoch_by_many_at_once_gives_each_its_own(redis_client: redis.Redis, keys: Keys) -> None:
    with ThreadPoolExecutor(8) as pool:
        raised = list(pool.map(lambda _n: raise_epoch(redis_client, keys, room="r1", person="p1"), range(40)))
    assert len(set(raised)) == 40
    assert current_epoch(redis_client, keys, room="r1", person="p1") == max(raised)


def test_raise_epoch_after_redis_forgot_is_not_below_any_before(redis_client: redis.Redis, keys: Keys) -> None:
    before = raise_epoch(redis_client, keys, room="r1", person="p1")
    redis_client.delete(keys.epoch("r1", "p1"))
    assert raise_epoch(redis_client, keys, room="r1", person="p1") >= before


def test_look_renews_the_expiry(redis_client: redis.Redis, keys: Keys) -> None:
    raise_epoch(redis_client, keys, room="r1", person="p1")
    redis_client.expire(keys.epoch("r1", "p1"), 5)
    current_epoch(redis_client, keys, room="r1", person="p1")
    assert redis_client.ttl(keys.epoch("r1", "p1")) == EPOCH_SECONDS


async def test_seen_epochs_keeps_the_higher_of_redis_and_memory(redis_client: redis.Redis, keys: Keys) -> None:
    client = connect(settings.REDIS_URL)
    seen = SeenEpochs(client, keys)
    raised = await asyncio.to_thread(raise_epoch, redis_client, keys, room="r1", person="p1")
    assert await seen.fetch("r1", "p1") == raised
    seen.remember("r1", "p1", raised + 5)
    seen.remember("r1", "p1", raised + 3)
    assert await seen.fetch("r1", "p1") == raised + 5
    redis_client.delete(keys.epoch("r1", "p1"))
    assert await seen.fetch("r1", "p1") == raised + 5
    await client.aclose()
