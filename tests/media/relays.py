"""Real relays for tests: `manage.py runrelay` as a process that can be frozen, killed and started again."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from media.selectors import live_relays

if TYPE_CHECKING:
    import signal

    from media.relay.messages import Heartbeat

ROOT = Path(__file__).parents[2]
START_SECONDS = 30


class RelayProcess:
    """One relay, which may live several times."""

    def __init__(self, name: str, log: Path) -> None:
        self.name = name
        self._log = log
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> Heartbeat:
        """Start it and return its first heartbeat."""
        before = {relay.incarnation for relay in live_relays()}
        own = {"REDIS_URL": settings.REDIS_URL, "REDIS_PREFIX": settings.REDIS_PREFIX}
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "runrelay", "--name", self.name],
                cwd=ROOT,
                env=os.environ | own | {"RELAY_SECRET": settings.RELAY_SECRET, "LOG_FORMAT": "json"},
                stdout=log,
                stderr=log,
            )
        give_up = time.monotonic() + START_SECONDS
        while time.monotonic() < give_up and self.process.poll() is None:
            for relay in live_relays():
                if relay.relay == self.name and relay.incarnation not in before:
                    return relay
            time.sleep(0.02)
        raise AssertionError(self._log.read_text())

    def send(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def wait(self, seconds: float = 10) -> int:
        """Wait for its end and return its exit code."""
        assert self.process is not None
        return self.process.wait(timeout=seconds)

    def log(self) -> str:
        return self._log.read_text()

    def end(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait(timeout=10)
