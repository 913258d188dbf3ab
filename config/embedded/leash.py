"""Run one program on a leash: keep its log, show its warnings, and never let it outlive those it works for.

Started by its path (`python leash.py …`) and therefore alone in its file: importing the package would load Celery.
It ends with 0 only if it was told to stop; `until leash …; do sleep 0.2; done` starts everything else again.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import os
import pwd
import re
import selectors
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

TICK_SECONDS = 0.1
LOG_LIMIT_BYTES = 5_000_000
# A program that gives up at once would otherwise be started five times a second.
SHORT_LIFE_SECONDS = 1.0
PR_SET_PDEATHSIG = 1

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_LEVEL = re.compile(
    r"\[(debug|info|warning|error|critical)\s*\]"  # structlog's line for people
    r"|\"level\": ?\"(\w+)\""  # its JSON
    r"|^(Traceback) \(most recent|^((?:\w+\.)*\w*Error)\b"  # Python's last words
)
_QUIET_LEVELS = frozenset({"debug", "info"})


class Output:
    """Where a program's lines go: all to its log, those from a warning up (and what follows them) to the terminal."""

    def __init__(self, log: Path | None, *, quiet: bool) -> None:
        self._log = _open_log(log)
        self._quiet = quiet
        # Until a first level is seen: programs greet in many words.
        self._showing = False
        self._rest = b""

    def write(self, chunk: bytes) -> None:
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for raw in lines:
            line = _COLOUR.sub("", raw.decode(errors="replace")) + "\n"
            self._log.write(line)
            self._show(line)

    def _show(self, line: str) -> None:
        if found := _LEVEL.search(line):
            self._showing = next(filter(None, found.groups())) not in _QUIET_LEVELS
        if self._showing and not self._quiet:
            # Whoever read our output may be gone; the program goes on.
            with contextlib.suppress(OSError):
                sys.stdout.write(line)
                sys.stdout.flush()


class Leash:
    """One program and the two reasons to end it: a signal told us to, or the watched process is gone."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        self._output = Output(options.log, quiet=options.quiet)
        self._parent = os.getppid()
        self.told = False
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._on_signal)

    def run(self) -> None:
        """Start the program and stay until it has ended, by itself or by us."""
        started = time.monotonic()
        program = subprocess.Popen(
            self._options.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # A group of its own: signals for the terminal or for honcho's group reach it through us, once.
            start_new_session=True,
            preexec_fn=die_with_parent(),  # noqa: PLW1509 - there is one thread here.
            **_as_user(self._options.user),
        )
        self._follow(program)
        # What the program started must not stay behind.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(program.pid, signal.SIGKILL)
        program.wait()
        if not self.told and program.returncode > 0 and time.monotonic() - started < SHORT_LIFE_SECONDS:
            time.sleep(SHORT_LIFE_SECONDS)

    def _follow(self, program: subprocess.Popen[bytes]) -> None:
        """Copy the output until the program has ended, or did not end in time after it was asked to."""
        assert program.stdout is not None
        deadline = float("inf")
        with selectors.DefaultSelector() as waiting:
            waiting.register(program.stdout, selectors.EVENT_READ)
            while program.poll() is None and time.monotonic() < deadline:
                self._copy(waiting, program.stdout.fileno())
                if self._should_end() and deadline == float("inf"):
                    self._linger(program)
                    deadline = time.monotonic() + self._options.grace
                    program.send_signal(self._options.stop_with)
            self._copy(waiting, program.stdout.fileno(), seconds=0)

    def _copy(self, waiting: selectors.BaseSelector, source: int, seconds: float = TICK_SECONDS) -> None:
        if not waiting.get_map():
            time.sleep(seconds)
        elif waiting.select(seconds):
            chunk = os.read(source, 65536)
            self._output.write(chunk)
            if not chunk:
                waiting.unregister(source)

    def _linger(self, program: subprocess.Popen[bytes]) -> None:
        """Give those who need the program a head start to their own end."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            program.wait(self._options.linger)

    def _on_signal(self, _number: int, _frame: object) -> None:
        self.told = True

    def _should_end(self) -> bool:
        self.told = self.told or not _alive(self._options.watch, self._parent)
        return self.told


def _alive(watched: int, parent: int) -> bool:
    if not watched:
        return os.getppid() == parent
    try:
        os.kill(watched, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _open_log(path: Path | None) -> Any:
    if path is None:
        return Path(os.devnull).open("w")
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > LOG_LIMIT_BYTES:
        path.replace(path.with_suffix(".log.1"))
    return path.open("a", buffering=1, encoding="utf-8")


def die_with_parent() -> Callable[[], object] | None:
    """Return what makes the kernel end the program when we are killed; only Linux can."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl
    return lambda: prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)


def _as_user(name: str) -> dict[str, Any]:
    if not name:
        return {}
    return {"user": name, "group": pwd.getpwnam(name).pw_gid, "extra_groups": []}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--log", type=Path, help="file that takes the program's whole output")
    parser.add_argument("--quiet", action="store_true", help="show nothing on the terminal")
    parser.add_argument("--watch", type=int, default=0, help="process whose end ends the program (our parent)")
    parser.add_argument("--stop-with", type=lambda name: signal.Signals[name], default=signal.SIGTERM)
    parser.add_argument("--grace", type=float, default=2.0, help="seconds that the program has to end when told")
    parser.add_argument("--linger", type=float, default=0.0, help="seconds that it goes on when told to end")
    parser.add_argument("--user", default="", help="run the program as this user")
    parser.add_argument("--remove", type=Path, help="directory to remove at the end")
    parser.add_argument("command", nargs="+")
    options = parser.parse_args()
    leash = Leash(options)
    leash.run()
    if options.remove and leash.told:
        shutil.rmtree(options.remove, ignore_errors=True)
    return 0 if leash.told else 1


if __name__ == "__main__":
    sys.exit(main())
