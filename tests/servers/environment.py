"""What the settings read during a test run: the run's servers, and what keeps xdist's workers apart."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.servers.leashed import stop_leashed
from tests.servers.postgres import start_postgres
from tests.servers.redis import start_redis

if TYPE_CHECKING:
    import subprocess

# Set by the controller for its workers, never by a person.
OWN_REDIS = "CAUSERIE_TEST_OWN_REDIS"
ROOT = "CAUSERIE_TEST_ROOT"


class Servers:
    """The servers of one run, started and stopped by the process that the person started."""

    def __init__(self) -> None:
        self._running: list[subprocess.Popen[bytes]] = []
        self._root: Path | None = None

    def start(self, *, by_socket: bool = False) -> None:
        """Start what the environment does not name already, and name it there for this process and its workers.

        PostgreSQL `by_socket` is what a site has whose database is on its own machine.
        """
        self._root = Path(tempfile.mkdtemp(prefix="causerie-tests-"))
        os.environ[ROOT] = str(self._root)
        if not os.environ.get("DATABASE_URL"):
            server, os.environ["DATABASE_URL"] = start_postgres(self._root / "postgres", by_socket=by_socket)
            self._running.append(server)
        if not os.environ.get("REDIS_URL"):
            server, os.environ[OWN_REDIS] = start_redis(self._root / "redis")
            self._running.append(server)

    def stop(self) -> None:
        for server in reversed(self._running):
            stop_leashed(server)
        self._running.clear()
        if self._root is not None:
            shutil.rmtree(self._root, ignore_errors=True)


def settle(worker: str) -> None:
    """Point the settings of this process to its own corner; `worker` is gw0, gw1 … or empty without xdist."""
    os.environ["CAUSERIE_ENV"] = "test"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(50))
    os.environ["VAR_DIR"] = str(Path(os.environ[ROOT]) / f"var-{worker or 'main'}")
    os.environ["REDIS_PREFIX"] = f"test-{worker or 'main'}-{os.getpid()}"
    if own := os.environ.get(OWN_REDIS):
        number = re.sub(r"\D", "", worker)
        os.environ["REDIS_URL"] = f"{own}/{int(number) + 1 if number else 0}"
