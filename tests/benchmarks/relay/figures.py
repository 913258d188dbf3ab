"""What the notes of a window say: packets, loss, and how long each packet took from the speaker to each listener."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

Times: TypeAlias = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class Heard:
    """Of the packets that were sent in a window: how many reached whom, and the milliseconds that each took."""

    expected: int
    received: int
    added_ms: np.ndarray[Any, np.dtype[np.float64]]

    @property
    def loss(self) -> float:
        return 1 - self.received / self.expected

    def quantile(self, share: float) -> float:
        return float(np.quantile(self.added_ms, share))


def arrivals(notes: np.ndarray[Any, Any]) -> Times:
    """Return the kernel's time of each note in ns since 1970."""
    times: Times = notes["s"] * 1_000_000_000 + notes["ns"]
    return times


def heard(notes: np.ndarray[Any, Any], sent: Times, window: tuple[int, int], *, offset: int, listeners: int) -> Heard:
    """Read the notes of the first `listeners`. `sent` and `window` are in ns since 1970; copies count once."""
    first, last = np.searchsorted(sent, window)
    numbers = (notes["sequence"].astype(np.int64) - offset) & 0xFFFF
    wanted = (numbers >= first) & (numbers < last) & (notes["listener"] < listeners)
    chosen, numbers = notes[wanted], numbers[wanted]
    _, once = np.unique(chosen["listener"].astype(np.int64) << 16 | numbers, return_index=True)
    added = (arrivals(chosen[once]) - sent[numbers[once]]) / 1e6
    return Heard(int(last - first) * listeners, len(once), added)


def packets_between(notes: np.ndarray[Any, Any], window: tuple[int, int]) -> int:
    """Return how many packets arrived in a window."""
    times = arrivals(notes)
    return int(((times >= window[0]) & (times < window[1])).sum())
