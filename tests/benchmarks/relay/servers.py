"""The servers that are measured, each a process of its own on the first core, and Redis beside them."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.bench_events import answers, free_port, running

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVER_CORE = 0
CLIENT_CORE = 1


@contextlib.contextmanager
def redis() -> Iterator[str]:
    """Start a Redis and return its address."""
    found = shutil.which("redis-server") or shutil.which("valkey-server")
    if found is None:
        sys.exit("bench-relay needs redis-server; install it with: apt-get install redis-server")
    port = free_port()
    with (
        tempfile.TemporaryDirectory() as folder,
        running([found, "--port", str(port), "--save", "", "--dir", folder], stdout=subprocess.DEVNULL),
    ):
        if not answers(port):
            sys.exit("Redis did not start")
        yield f"redis://127.0.0.1:{port}/0"


@contextlib.contextmanager
def server(module: str, redis_url: str) -> Iterator[int]:
    """Run a module as the server, and return its process id."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        command = [sys.executable, "-m", module, redis_url, folder]
        with log.open("wb") as said, running(command, stdout=said, stderr=said) as process:
            try:
                yield process.pid
            except BaseException:
                print(log.read_text()[-4000:], file=sys.stderr)
                raise


def pin(core: int) -> None:
    """Keep this process on one core, where there are two."""
    if (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {core})
