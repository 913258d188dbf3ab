"""What this web process alone knows of its rooms' minutes: how often which reaction was given. For the host's figures.

The whole number of a minute is written every few seconds while it changes, never a single reaction: a burst of
thousands costs one row. What is lost with a process that is killed are the reactions since the last writing.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from django.db import DatabaseError
from django.utils import timezone

from config.lib.db import in_pool
from rooms.head_counts import minute_of
from rooms.services.figures import note_reactions

if TYPE_CHECKING:
    from collections.abc import Mapping

log = structlog.get_logger(__name__)

# A minute that is over and written is of no more use.
KEPT = timedelta(minutes=2)


class Tallies:
    """By room and minute. `source` is the process's own name."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._counts: dict[tuple[str, datetime], Counter[str]] = {}
        self._changed: set[tuple[str, datetime]] = set()

    def react(self, room_id: str, name: str) -> None:
        """Count one reaction."""
        minute = (room_id, minute_of(timezone.now()))
        self._counts.setdefault(minute, Counter())[name] += 1
        self._changed.add(minute)

    async def write(self) -> None:
        """Write down what has changed since the last time."""
        changed, self._changed = self._changed, set()
        if changed:
            counts: Mapping[tuple[str, datetime], dict[str, int]] = {
                minute: dict(self._counts[minute]) for minute in changed
            }
            try:
                await in_pool(note_reactions)(counts, source=self._source)
            except DatabaseError as error:
                log.warning("reactions_unwritten", error=type(error).__name__)
                self._changed |= changed
        old = timezone.now() - KEPT
        for minute in [one for one in self._counts if one[1] < old and one not in self._changed]:
            del self._counts[minute]
