"""How long to wait before trying again: as docs/protocol.md asks of every client."""

from __future__ import annotations

import random


class Backoff:
    """Seconds to wait, doubling from `first` to `most`, with full jitter so that many do not come back at once."""

    def __init__(self, first: float, most: float) -> None:
        self._first = first
        self._most = most
        self._tries = 0

    def delay(self) -> float:
        """Return the seconds before the next attempt."""
        ceiling = min(self._most, self._first * 2**self._tries)
        # Beyond it nothing changes, and the power would grow without bound.
        self._tries += ceiling < self._most
        return random.uniform(0, ceiling)  # noqa: S311 - spreads clients, keeps no secret

    def reset(self) -> None:
        """Begin at `first` again: the last attempt has succeeded."""
        self._tries = 0
