"""When the relay collects garbage: a full collection looks at every object of every session, and no sound passes then.

At 1,500 listeners one took 270 ms, and a storm of joins set off several (measured). Sessions that end are taken apart
(`aiortc_internals.dismantle`) and need none; what little there is besides can wait until nobody speaks.
"""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections import Counter

# Young objects are looked at as often as Python does by itself: that takes 1 to 2 ms. (Python 3.14 collects the old
# ones bit by bit and takes no notice of the last number.)
YOUNG: Final = 700
MIDDLE: Final = 10
NEVER: Final = 1_000_000_000
# How long nobody must have spoken before all is looked at, and how long until the next time.
QUIET_SECONDS: Final = 2
PAUSE_SECONDS: Final = 60
# Peers that never connected cannot be taken apart; so many (60 KB each) are collected although somebody speaks.
ABANDONED_LIMIT: Final = 1000


class Garbage:
    """Collects in silence. `counts` is the relay's: `in_packets` stands still while nobody speaks, `abandoned` counts
    the sessions that ended without ever being connected.
    """

    def __init__(self, counts: Counter[str]) -> None:
        self._counts = counts
        self._packets = 0
        self._quiet = 0
        self._since = 0
        self._abandoned = 0

    def settle(self) -> None:
        """Leave what the start has made out of every collection, and full collections to `look`."""
        gc.collect()
        gc.freeze()
        gc.set_threshold(YOUNG, MIDDLE, NEVER)

    def look(self) -> bool:
        """Once a second: collect if it is time and nobody speaks, or if it must be; say whether that was so."""
        packets = self._counts["in_packets"]
        self._quiet = self._quiet + 1 if packets == self._packets else 0
        self._packets = packets
        self._since += 1
        must = self._counts["abandoned"] - self._abandoned >= ABANDONED_LIMIT
        may = self._quiet >= QUIET_SECONDS and self._since >= PAUSE_SECONDS
        if not (must or may):
            return False
        self._since = 0
        self._abandoned = self._counts["abandoned"]
        gc.collect()
        return True
