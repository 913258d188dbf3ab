"""Processes that are started, killed at any moment (SIGKILL) and started anew."""

from __future__ import annotations

import multiprocessing
import random
import signal
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

FORK = multiprocessing.get_context("fork")


class Running(Protocol):
    """What `kill` ends at once, and `join` waits for."""

    def kill(self) -> None: ...

    def join(self) -> None: ...


@dataclass(frozen=True)
class Part:
    """One process of several: how it is started, with a seed, and how often it dies beside the others."""

    name: str
    start: Callable[[int], Running]
    weight: float = 1.0


class Crew:
    """Processes that live and die together."""

    def __init__(self, parts: Sequence[Part], chance: random.Random) -> None:
        self._parts = parts
        self._chance = chance
        self._running: list[Running] = []

    def start(self) -> None:
        self._running = [self._started(part) for part in self._parts]

    def let_die(self, seconds: float, calm: float) -> Counter[str]:
        """Kill one after the other, each `calm` seconds on average; return how many of each name died."""
        until, died = time.monotonic() + seconds, Counter[str]()
        while (left := until - time.monotonic()) > 0:
            pause = self._chance.expovariate(1 / calm)
            time.sleep(min(pause, left))
            if pause > left:
                break
            died[self.let_one_die()] += 1
        return died

    def let_one_die(self) -> str:
        """Kill one of them and start another in its place; return its name."""
        (place,) = self._chance.choices(range(len(self._parts)), [part.weight for part in self._parts])
        _end(self._running[place])
        self._running[place] = self._started(self._parts[place])
        return self._parts[place].name

    def end(self) -> None:
        for process in self._running:
            _end(process)
        self._running = []

    def _started(self, part: Part) -> Running:
        return part.start(self._chance.randrange(1 << 30))


def start(act: Callable[[], object]) -> Running:
    """Do something in a child that ends with us."""
    process = FORK.Process(target=_quietly, args=(act,), daemon=True)
    process.start()
    return process


def in_child(act: Callable[[], Any]) -> Any:
    """Do something in a child and return what it returned, so that nothing of it is open when others are forked."""
    ours, theirs = FORK.Pipe(duplex=False)

    def run() -> None:
        from django.db import connections

        theirs.send(act())
        connections.close_all()

    process = FORK.Process(target=run)
    process.start()
    theirs.close()
    try:
        return ours.recv()
    finally:
        process.join()


def _quietly(act: Callable[[], object]) -> None:
    """Be a process of its own: no connection is taken over from the one that forked it, as it has none open."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    random.seed()
    act()


def _end(process: Running) -> None:
    process.kill()
    process.join()
