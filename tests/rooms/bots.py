"""What the tests of bots need: tones as files, and `manage.py speak` as a process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import wave
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from django.conf import settings

from tests.rooms.web import database_url

if TYPE_CHECKING:
    from tests.rooms.web import Web

ROOT = Path(__file__).parents[2]


def tone(path: Path, *, hertz: float = 440, seconds: float = 1.0, rate: int = 48_000, channels: int = 1) -> Path:
    """Write a tone, half as loud as can be, as a WAV file."""
    times = np.arange(round(seconds * rate)) / rate
    samples = (16_384 * np.sin(2 * np.pi * hertz * times)).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.repeat(samples, channels).tobytes())
    return path


class Bot:
    """A running `manage.py speak`."""

    def __init__(self, web: Web | None, log: Path, *arguments: str) -> None:
        own = {"DATABASE_URL": database_url(), "REDIS_URL": settings.REDIS_URL, "REDIS_PREFIX": settings.REDIS_PREFIX}
        url = f"http://127.0.0.1:{web.port if web else 1}"
        self._log = log
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "speak", *arguments, "--url", url],
                cwd=ROOT,
                env=os.environ | own | {"LOG_FORMAT": "json"},
                stdout=output,
                stderr=output,
            )

    def said(self) -> str:
        return self._log.read_text()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        self.process.send_signal(number)

    def wait(self, seconds: float = 30) -> int:
        """Wait for its end and return its exit code."""
        return self.process.wait(timeout=seconds)

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(timeout=10)
