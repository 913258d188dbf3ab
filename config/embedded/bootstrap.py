"""Make `.venv` and install into it what `make run` (embedded) or `make test` (dev) needs.

Started by its path with whatever `python3` there is, hence nothing newer than Python 3.8 here, and no import of ours.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed.txt"
LOG = Path(os.environ.get("VAR_DIR") or ROOT / "var") / "log" / "install.log"
SUPPORTED = ((3, 14), (3, 13), (3, 12), (3, 11))
PROBE = "import ensurepip, venv, sys; print(*sys.version_info[:2])"
NO_PYTHON = (
    "Causerie needs Python 3.11 to 3.14 with venv. Install it, then try again. "
    "Debian, Ubuntu: sudo apt-get install python3 python3-venv. macOS: brew install python@3.13."
)
# dev.txt holds all of embedded.txt in the same versions.
COVERED = {"embedded": ("embedded",), "dev": ("dev", "embedded")}


class InstallError(Exception):
    """Its text is what the person at the terminal has to know."""


def suitable_python() -> str:
    """Return `python3` if it will do, else the newest one in PATH that does; raises InstallError."""
    for name in ("python3", *(f"python{major}.{minor}" for major, minor in SUPPORTED)):
        found = shutil.which(name)
        if found and _version(found) in SUPPORTED:
            return found
    raise InstallError(NO_PYTHON)


def _version(python: str) -> tuple[int, ...]:
    """Return (major, minor) of an interpreter that can make environments, () of anything else."""
    try:
        done = subprocess.run([python, "-c", PROBE], capture_output=True, timeout=30, check=False)
    except (OSError, subprocess.SubprocessError):
        return ()
    return tuple(int(part) for part in done.stdout.split()) if done.returncode == 0 else ()


def make_venv() -> None:
    """Make the environment unless a working one is there."""
    if PYTHON.exists() and _version(str(PYTHON)) in SUPPORTED:
        return
    python = suitable_python()
    _say("Making .venv with Python {}.{} …".format(*_version(python)))
    _run([python, "-m", "venv", "--clear", str(VENV)])


def install(kind: str) -> None:
    """Install requirements/<kind>.txt, checked against its hashes, unless that was done already."""
    if STAMP.exists() and _line(kind) in STAMP.read_text().splitlines() and PYTHON.exists():
        return
    make_venv()
    uv = VENV / "bin" / "uv"
    if not uv.exists():
        _run([str(PYTHON), "-m", "pip", "install", "-q", "--require-hashes", "-r", str(_requirements("uv"))])
    _say(f"Installing what requirements/{kind}.txt names; the first time takes a minute …")
    _run_first_that_works(_ways(kind, str(uv)))
    STAMP.write_text("".join(f"{_line(name)}\n" for name in COVERED[kind]))


def _ways(kind: str, uv: str) -> list[list[str]]:
    """Return the commands that may install it: uv, uv as this machine's certificates say, pip as its settings say."""
    wanted = str(_requirements(kind))
    # `sync` also removes what is named no longer. Somebody who runs only `make run` has no dev tools to lose.
    verb = ["sync"] if kind == "dev" else ["install", "-r"]
    fast = [uv, "pip", *verb, wanted, "--require-hashes", "--compile-bytecode", "--python", str(PYTHON)]
    return [
        fast,
        [*fast, "--system-certs"],
        [str(PYTHON), "-m", "pip", "install", "-q", "--require-hashes", "-r", wanted],
    ]


def _requirements(kind: str) -> Path:
    return ROOT / "requirements" / f"{kind}.txt"


def _line(kind: str) -> str:
    return f"{kind} {hashlib.sha256(_requirements(kind).read_bytes()).hexdigest()}"


def _say(sentence: str) -> None:
    print(sentence, flush=True)


def _run(command: list[str]) -> None:
    _run_first_that_works([command])


def _run_first_that_works(commands: list[list[str]]) -> None:
    """Run one command after the other until one succeeds; raises InstallError if none does."""
    LOG.parent.mkdir(parents=True, exist_ok=True)
    with LOG.open("a", encoding="utf-8") as log:
        for command in commands:
            if subprocess.run(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT, check=False).returncode == 0:
                return
    last = LOG.read_text(encoding="utf-8").splitlines()[-20:]
    reason = f"That failed: {' '.join(commands[-1])}. All of it is in {LOG}; try again once it is put right."
    raise InstallError("\n".join([*last, reason]))


def main() -> int:
    try:
        install(sys.argv[1])
    except InstallError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
