"""The web process's ear: what relays say of voices reaches the handler, also after Redis was away or hung."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
import redis
from redis.exceptions import RedisError

from config.lib import redis_clients
from config.lib.redis_clients import async_client, sync_client
from media import voices as media_voices
from media.bridge import follow_relays
from media.gateway import keys
from media.relay.messages import VERSION, Voices, encode
from media.voices import NoAnswerError, VoicesReader
from tests.relay.peers import until
from tests.relay.test_redis_lost import OwnRedis

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from pytest_django.fixtures import Settings

heard: list[Voices] = []


def note(voices: Voices) -> None:
    """What VOICES_HANDLER names in these tests."""
    heard.append(voices)


@pytest.fixture(autouse=True)
def _handler(settings: Settings) -> Iterator[None]:
    settings.VOICES_HANDLER = f"{note.__module__}.note"
    heard.clear()
    yield
    heard.clear()


def word(level: int) -> Voices:
    return Voices(v=VERSION, relay="relay-1", incarnation="i1", rooms={"r1": {"p1": level}})


def say(raw: bytes) -> None:
    """Publish as a relay does."""
    sync_client().publish(keys().voices, raw)


async def said(level: int) -> None:
    """Say it until it was handed on: the ear may still be on its way, and others may listen meanwhile."""

    def arrived() -> bool:
        say(encode(word(level)))
        return word(level) in heard

    await until(arrived, "it was handed on")


@pytest.fixture
async def following() -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(follow_relays(stop))
    yield
    stop.set()
    await task
    await async_client().aclose()


@pytest.mark.django_db(transaction=True)
async def test_word_of_a_relay_is_handed_on(following: None) -> None:
    await said(20)
    say(b"nonsense")
    await said(21)
    assert set(map(repr, heard)) == {repr(word(20)), repr(word(21))}


@pytest.mark.django_db(transaction=True)
async def test_nobody_has_to_listen(settings: Settings) -> None:
    settings.VOICES_HANDLER = ""
    reader = VoicesReader()
    reading = asyncio.create_task(reader.read())

    def read() -> bool:
        say(encode(word(20)))
        return reading.done()

    await until(read, "somebody listens")
    await reader.close()
    await async_client().aclose()
    assert heard == []


@pytest.fixture
def own_redis(tmp_path: Path, settings: Settings) -> Iterator[OwnRedis]:
    one = OwnRedis(tmp_path)
    one.start()
    settings.REDIS_URL = one.url
    redis_clients.sync_client.cache_clear()
    yield one
    one.stop()
    redis_clients.sync_client.cache_clear()


@pytest.fixture
def _no_keys_left() -> None:
    """Nothing to tidy: the Redis of these tests ends with them, before the tidying elsewhere would ask it."""


@pytest.mark.django_db(transaction=True)
async def test_voices_come_again_after_a_restart_of_redis(own_redis: OwnRedis, following: None) -> None:
    await said(20)
    own_redis.stop()
    own_redis.start()
    await said(30)


async def test_redis_that_hangs_is_left(own_redis: OwnRedis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media_voices, "QUIET_SECONDS", 0.1)
    reader = VoicesReader()
    # The answer to "subscribe", and to a ping or two.
    for _ in range(5):
        await reader.read()
    with redis.Redis.from_url(own_redis.url) as client:
        client.client_pause(1500)
        with pytest.raises((NoAnswerError, RedisError)):
            await several(reader)
        assert reader._pubsub is None
        client.ping()
    async with asyncio.timeout(10):
        while not heard:
            await reader.read()
            say(encode(word(40)))
    assert heard[0] == word(40)
    await reader.close()
    await async_client().aclose()


async def several(reader: VoicesReader) -> None:
    for _ in range(5):
        await reader.read()
