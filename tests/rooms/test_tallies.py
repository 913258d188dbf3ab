"""Reactions of one web process on their way into the books: whole numbers, seldom, and never twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import OperationalError

from config.lib.db import in_pool
from rooms.hub.tallies import Tallies
from rooms.models import RoomMinute
from rooms.services.figures import note_reactions

if TYPE_CHECKING:
    from rooms.models import Room

pytestmark = pytest.mark.django_db(transaction=True)

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


class Clock:
    """A clock that stands still unless it is told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = NOON
        monkeypatch.setattr("rooms.hub.tallies.timezone.now", lambda: self.now)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def _rows() -> list[tuple[datetime, str, dict[str, int]]]:
    return list(RoomMinute.objects.order_by("at", "source").values_list("at", "source", "reactions"))


async def rows() -> list[tuple[datetime, str, dict[str, int]]]:
    return await in_pool(_rows)()


async def test_burst_is_one_row_and_one_writing(room: Room, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[Any] = []
    real = note_reactions

    def counted(counts: Any, *, source: str) -> None:
        written.append(counts)
        real(counts, source=source)

    monkeypatch.setattr("rooms.hub.tallies.note_reactions", counted)
    one = Tallies("web-1")
    for _ in range(1000):
        one.react(room.public_id, "clap")
    await one.write()
    await one.write()
    assert (len(written), await rows()) == (1, [(NOON, "web-1", {"clap": 1000})])


async def test_minute_is_written_whole_again_and_each_process_for_itself(room: Room, clock: Clock) -> None:
    one, other = Tallies("web-1"), Tallies("web-2")
    one.react(room.public_id, "clap")
    await one.write()
    one.react(room.public_id, "heart")
    other.react(room.public_id, "clap")
    await one.write()
    await other.write()
    clock.now += timedelta(minutes=1)
    one.react(room.public_id, "clap")
    await one.write()
    assert await rows() == [
        (NOON, "web-1", {"clap": 1, "heart": 1}),
        (NOON, "web-2", {"clap": 1}),
        (NOON + timedelta(minutes=1), "web-1", {"clap": 1}),
    ]


async def test_database_that_is_away_loses_and_doubles_nothing(
    room: Room, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, broken = note_reactions, [True]

    def breaking(counts: Any, *, source: str) -> None:
        real(counts, source=source)
        if broken:
            # What it wrote it keeps; only its answer is lost.
            broken.clear()
            raise OperationalError

    monkeypatch.setattr("rooms.hub.tallies.note_reactions", breaking)
    one = Tallies("web-1")
    one.react(room.public_id, "clap")
    await one.write()
    clock.now += timedelta(minutes=10)
    one.react(room.public_id, "clap")
    await one.write()
    assert await rows() == [
        (NOON, "web-1", {"clap": 1}),
        (NOON + timedelta(minutes=10), "web-1", {"clap": 1}),
    ]


async def test_what_is_over_and_written_is_forgotten(room: Room, clock: Clock) -> None:
    one = Tallies("web-1")
    one.react(room.public_id, "clap")
    await one.write()
    clock.now += timedelta(minutes=3)
    await one.write()
    assert one._counts == {}
