"""Going on once another thread waits for a lock that this one's transaction holds."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from django.db import connection

if TYPE_CHECKING:
    import threading

SECONDS: Final = 20


def wait_for_a_lock(other: threading.Thread) -> bool:
    """Return True once somebody waits for a lock, or False if the thread came to its end without."""
    until = time.monotonic() + SECONDS
    while not _somebody_waits():
        if not other.is_alive():
            return False
        assert time.monotonic() < until
    return True


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone()[0])
