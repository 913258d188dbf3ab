"""Start a server that ends with the test run, even one that is killed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

LEASH = Path(__file__).parents[2] / "config" / "embedded" / "leash.py"


def start_leashed(command: Sequence[str], *, log: Path, options: Sequence[str] = ()) -> subprocess.Popen[bytes]:
    """Start `command` under config/embedded/leash.py; terminating what is returned ends it."""
    leash = [sys.executable, str(LEASH), "--quiet", "--log", str(log), "--watch", str(os.getpid()), *options]
    return subprocess.Popen(
        [*leash, "--", *command],
        # Ctrl-C reaches pytest, which then stops its servers in order.
        start_new_session=True,
    )


def stop_leashed(server: subprocess.Popen[bytes]) -> None:
    """End the server and wait until it is gone."""
    server.terminate()
    server.wait(timeout=15)
