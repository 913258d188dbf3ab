"""Writing down what hosts may know of their rooms: numbers by the minute, and the sum once a room is over."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from rooms import presence
from rooms.enums import RoomState
from rooms.head_counts import hand_count, head_count, minute_of
from rooms.models import Room, RoomFigures, RoomMinute
from rooms.stats import sum_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


# Whoever looks how many are there, and whoever sums up.
CLOCK = "clock"
BOOKS = "books"
# So long after a room's end all is told: attendance waits 5 s for its sockets to close and as long to be written.
SETTLED_AFTER = timedelta(seconds=60)
ROOMS_AT_ONCE = 50


def sample_rooms(now: datetime) -> None:
    """Look how many are in each live room and keep the largest number of each minute. Raises RedisError."""
    rooms = dict(Room.objects.filter(state=RoomState.LIVE).values_list("public_id", "pk"))
    if not rooms:
        return
    counts = presence.exact_counts_of(list(rooms))
    minute = minute_of(now)
    seen = {rooms[room_id]: found for room_id, found in counts.items()}
    fresh = [
        RoomMinute(room_id=room, at=minute, source=CLOCK, people=found["people"], guests=found["guests"])
        for room, found in sorted(seen.items())
    ]
    with transaction.atomic():
        RoomMinute.objects.bulk_create(fresh, ignore_conflicts=True, batch_size=500)
        rows = RoomMinute.objects.filter(room__in=seen, at=minute, source=CLOCK).select_for_update(of=("self",))
        raised = [row for row in rows.order_by("room") if _raise_to(row, seen[row.room_id])]
        RoomMinute.objects.bulk_update(raised, ["people", "guests"], batch_size=200)


def _raise_to(row: RoomMinute, found: presence.Counts) -> bool:
    if (row.people or 0) + (row.guests or 0) >= found["people"] + found["guests"]:
        return False
    row.people, row.guests = found["people"], found["guests"]
    return True


def note_reactions(counts: Mapping[tuple[str, datetime], dict[str, int]], *, source: str) -> None:
    """Write down how often which reaction was given in these rooms' minutes, as far as `source` has counted them.

    The numbers are whole: written once more they replace themselves.
    """
    rooms = dict(Room.objects.filter(public_id__in={room for room, _ in counts}).values_list("public_id", "pk"))
    rows = [
        RoomMinute(room_id=rooms[room], at=minute, source=source, reactions=reactions)
        for (room, minute), reactions in sorted(counts.items())
        if room in rooms
    ]
    RoomMinute.objects.bulk_create(
        rows,
        batch_size=500,
        update_conflicts=True,
        update_fields=["reactions"],
        unique_fields=["room", "at", "source"],
    )


def settle_due(now: datetime) -> int:
    """Sum up the rooms that ended a moment ago and return how many."""
    kept_from = now - timedelta(days=settings.ROOM_STATS_DAYS)
    ended = Room.objects.filter(state=RoomState.ENDED, ended_at__range=(kept_from, now - SETTLED_AFTER), figures=None)
    due = list(ended.order_by("ended_at")[:ROOMS_AT_ONCE])
    for room in due:
        settle(room)
    return len(due)


def settle(room: Room) -> None:
    """Write down the sum of a room that is over, once; whoever comes second finds it done."""
    assert room.ended_at is not None
    count, hands = head_count(room, until=room.ended_at), hand_count(room)
    minutes = count.came.keys() | count.left.keys() | hands.raised.keys() | hands.accepted.keys()
    rows = [
        RoomMinute(
            room=room,
            at=minute,
            source=BOOKS,
            came=count.came[minute],
            left=count.left[minute],
            raised=hands.raised[minute],
            accepted=hands.accepted[minute],
        )
        for minute in sorted(minutes)
    ]
    with transaction.atomic():
        Room.objects.select_for_update(no_key=True).get(pk=room.pk)
        if not RoomFigures.objects.filter(room=room).exists():
            RoomMinute.objects.bulk_create(rows, batch_size=500)
            sum_of(room, count).save(force_insert=True)
