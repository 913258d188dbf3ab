"""honcho, made quiet and quick: it runs the Procfile's lines until we are told to stop, then everything is gone."""

from __future__ import annotations

import contextlib
import ctypes
import multiprocessing
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING, Any

from honcho.manager import Manager

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# Every leash gives its program 2 s; then whatever is left is killed.
STOP_SECONDS = 2.6
PR_SET_PDEATHSIG = 1


class Terminal:
    """honcho's printer: the lines of our processes with their names, nothing about honcho itself."""

    def __init__(self, on_start: Callable[[], None]) -> None:
        # honcho widens this to the longest name.
        self.width = 0
        self._on_start: Callable[[], None] | None = on_start

    def write(self, message: Any) -> None:
        if self._on_start is not None:
            # honcho has forked its readers by the time that it prints; a thread before that would be copied.
            threading.Thread(target=self._on_start, daemon=True).start()
            self._on_start = None
        if message.name == "system":
            return
        data = message.data.decode(errors="replace") if isinstance(message.data, bytes) else message.data
        # The terminal may have been closed.
        with contextlib.suppress(OSError):
            sys.stdout.write(f"{message.name:<{self.width}} | {data.rstrip()}\n")
            sys.stdout.flush()


class Runner(Manager):
    """Runs the processes; `run` returns when all of them have ended."""

    def __init__(
        self, processes: Mapping[str, str], environment: Mapping[str, str], *, on_start: Callable[[], None]
    ) -> None:
        super().__init__(Terminal(on_start))
        self._owner = os.getpid()
        self.told = False
        for name, command in processes.items():
            self.add_process(name, command, env=dict(environment))

    def run(self) -> None:
        signal.signal(signal.SIGHUP, self._on_hangup)
        signal.signal(signal.SIGALRM, self._on_overdue)
        # honcho reads each process's output in a child of its own, by fork: spawning would import everything again.
        multiprocessing.set_start_method("fork", force=True)
        _children_die_with_us()
        self.loop()
        signal.setitimer(signal.ITIMER_REAL, 0)

    def terminate(self) -> None:
        """End all processes; honcho calls this on SIGINT, on SIGTERM, and when one of them has ended for good."""
        # honcho noted a signal in `returncode`; the end of a process it notes there as well, but as its own code.
        self.told = self.told or self.returncode in {130, 143}
        signal.setitimer(signal.ITIMER_REAL, STOP_SECONDS)
        super().terminate()

    def _on_hangup(self, _number: int, _frame: object) -> None:
        # honcho's own children inherit this handler; the closed terminal is ours to answer.
        if os.getpid() == self._owner:
            self.told = True
            self.terminate()

    def _on_overdue(self, _number: int, _frame: object) -> None:
        self.kill()
        for reader in multiprocessing.active_children():
            reader.kill()
        os._exit(0 if self.told else 1)


def _children_die_with_us() -> None:
    """Let the kernel end honcho's readers when we are killed: they would wait for us to read what they send."""
    if sys.platform == "linux":
        prctl = ctypes.CDLL(None).prctl
        os.register_at_fork(after_in_child=lambda: prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0))
