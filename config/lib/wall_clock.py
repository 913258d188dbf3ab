"""Hours as clocks on the wall show them, which summer time skips and repeats. Pure, on the zones of IANA."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo


def moment_at(wall: datetime, zone: str, *, again: bool = False) -> datetime:
    """Return in UTC when the clocks of `zone` show the naive `wall`.

    Of an hour that comes twice it is the first, with `again` the second; one that is skipped counts on from before the
    jump, so that 02:30 is 03:30 (PEP 495).
    """
    return wall.replace(tzinfo=ZoneInfo(zone), fold=int(again)).astimezone(UTC)


def wall_at(moment: datetime, zone: str) -> datetime:
    """Return what the clocks of `zone` show then, naive."""
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)


def is_skipped(wall: datetime, zone: str) -> bool:
    """Say whether the clocks never show this: they were put forward over it."""
    return wall_at(moment_at(wall, zone), zone) != wall


def is_repeated(wall: datetime, zone: str) -> bool:
    """Say whether the clocks show this twice: they were put back over it."""
    first, second = moment_at(wall, zone), moment_at(wall, zone, again=True)
    return first != second and not is_skipped(wall, zone)
