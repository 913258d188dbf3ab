"""The tests' own Redis, from wherever `make run` would take one."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import redis

from config.embedded.redis_server import find_redis, redis_command
from tests.servers.leashed import start_leashed
from tests.servers.ports import free_port

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

START_SECONDS = 15


def start_redis(directory: Path) -> tuple[subprocess.Popen[bytes], str]:
    """Start a new server below `directory` and return it with its address, without a database number."""
    directory.mkdir(parents=True)
    port = free_port()
    server = start_leashed(
        redis_command(find_redis(), port=port, directory=directory),
        log=directory / "redis.log",
        options=["--remove", str(directory.parent)],
    )
    client = redis.Redis(port=port)
    give_up = time.monotonic() + START_SECONDS
    while True:
        try:
            client.ping()
        except redis.exceptions.RedisError:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.02)
        else:
            client.close()
            return server, f"redis://127.0.0.1:{port}"
