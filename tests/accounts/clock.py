"""A clock for tests: what django.utils.timezone.now says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

# A Friday; in Paris it is an hour later.
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.moment = NOON

    def __call__(self) -> datetime:
        return self.moment

    def on(self, **much: float) -> None:
        self.moment += timedelta(**much)
