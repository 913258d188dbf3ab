"""Redis goes and comes back: the relay goes on, says what happened meanwhile, and is found again."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
import redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry

from config.embedded.redis_server import find_redis, redis_command
from media.relay.messages import Answered, Connected, Gone, GoneReason
from tests.relay.conftest import open_listen, open_publish
from tests.relay.peers import peer, until
from tests.servers.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

    from tests.relay.conftest import Commander


class OwnRedis:
    """A Redis for one test, on one port, which forgets everything when it stops."""

    def __init__(self, directory: Path) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._command = redis_command(find_redis(), port=self.port, directory=directory)
        self._directory = directory

    def start(self) -> None:
        with (self._directory / "log").open("ab") as log:
            self._server = subprocess.Popen(self._command, stdout=log, stderr=log, cwd=self._directory)
        with redis.Redis.from_url(self.url, retry=Retry(ConstantBackoff(0.05), 200)) as patient:
            patient.ping()

    def stop(self) -> None:
        self._server.kill()
        self._server.wait(10)
        for left in self._directory.glob("*.rdb"):
            left.unlink()


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[OwnRedis]:
    one = OwnRedis(tmp_path)
    one.start()
    yield one
    one.stop()


@pytest.fixture
def redis_client(own_redis: OwnRedis) -> Iterator[redis.Redis]:
    """The client of the one who commands."""
    client = redis.Redis.from_url(own_redis.url)
    yield client
    client.close()


async def test_relay_outlives_a_restart_of_redis(
    start_relay: Callable[..., Awaitable[Commander]], own_redis: OwnRedis
) -> None:
    relay = await start_relay(redis_url=own_redis.url)
    async with peer("publish") as stays, peer("listen") as leaves:
        for one, command, session in ((stays, open_publish, "s1"), (leaves, open_listen, "s2")):
            reply = await relay.ask(command(await one.offer(), session=session))
            assert isinstance(reply, Answered)
            await one.accept(reply.sdp)
            await one.reaches("connected")
        own_redis.stop()
        await leaves.connection.close()
        await until(lambda: len(relay.relay.sessions) == 1, "the relay notices who leaves")
        await until(lambda: relay.relay.counts["heartbeats_lost"] > 1, "the relay notices the loss")
        own_redis.start()
        await until(lambda: relay.heartbeat() is not None, "announced again")
        assert stays.connection.connectionState == "connected"
        await until(lambda: relay.events() == [Gone(session="s2", reason=GoneReason.LEFT)], "what happened meanwhile")
        async with peer("listen") as new:
            reply = await relay.ask(open_listen(await new.offer(), session="s3"))
            assert isinstance(reply, Answered)
            await new.accept(reply.sdp)
            await new.reaches("connected")
            await until(lambda: Connected(session="s3") in relay.events(), "events as before")
