"""The embedded default as `make run` starts it, with its own folder and port."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from config.embedded.preflight import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ROOT = Path(__file__).parents[2]
# What the test run's own settings read must not reach the embedded default.
NOT_INHERITED = {
    "ALLOWED_HOSTS", "CAUSERIE_ENV", "DATABASE_URL", "DEVSTRIPE", "DJANGO_SETTINGS_MODULE", "HOST", "REDIS_PREFIX",
    "REDIS_URL", "RELAY_PUBLIC_ADDRESSES", "SECRET_KEY", "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET",
}  # fmt: skip
BANNER = "To stop"
START_SECONDS = 90


@dataclass
class Embedded:
    """A running launcher and where it answers."""

    process: subprocess.Popen[bytes]
    port: int
    var: Path
    output: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def said(self) -> str:
        return self.output.read_text(encoding="utf-8")

    def wait_for_banner(self) -> None:
        """Return once the launcher says that everything is up."""
        wait_until(lambda: BANNER in self.said() or self.process.poll() is not None, START_SECONDS)
        assert BANNER in self.said(), self.said()

    def wait_until_ready(self) -> None:
        """Return once the database, Redis and a relay are there."""
        wait_until(lambda: self.status("/readyz") == http.client.OK, START_SECONDS)

    def status(self, path: str) -> int:
        """Return the HTTP status of a page, 0 if nobody answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()

    def stop(self) -> int:
        """Press Ctrl-C and return the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=20)


def start_embedded(
    var: Path, port: int = 0, environment: Mapping[str, str] | None = None, root: Path = ROOT
) -> Embedded:
    """Start the launcher; whoever asks waits for what they need. `root` may be a copy of the sources."""
    var.mkdir(parents=True, exist_ok=True)
    port = port or free_port()
    output = var / "terminal.txt"
    inherited = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
    # What tests send stays on the loopback, or in the network that tests.tools.firefox has made.
    addresses = os.environ.get("TEST_RELAY_ADDRESSES", "127.0.0.1")
    own = {"VAR_DIR": str(var), "PORT": str(port), "RELAY_PUBLIC_ADDRESSES": addresses}
    with output.open("wb") as terminal:
        process = subprocess.Popen(
            [sys.executable, "-m", "config.embedded", "run"],
            cwd=root,
            env=inherited | own | dict(environment or {}),
            stdin=subprocess.DEVNULL,
            stdout=terminal,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Embedded(process, port, var, output)


def wait_until(condition: Callable[[], object], seconds: float) -> float:
    """Return after how many seconds the condition held; fail if it did not in time."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < seconds, f"not within {seconds} s"
        time.sleep(0.02)
    return time.monotonic() - started
