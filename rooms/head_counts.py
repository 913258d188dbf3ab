"""Who came, who left, how long they stayed, whose hands went up: counted from what is written down of them by name.

The host sees the numbers only. They are the same whichever web process people were connected to, and whether it died.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from media.measured import guest_visits
from rooms.models import Attendance, RoomEvent

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from rooms.models import Room

ROWS_AT_ONCE = 2000
HAND_EVENTS = ("hand.raised", "hand.lowered", "hands.cleared", "hands.restored", "stage.joined")


@dataclass
class HeadCount:
    """People and visits of guests; by minute, for how many it was the first and for how many the last; seconds."""

    people: int = 0
    guests: int = 0
    came: Counter[datetime] = field(default_factory=Counter)
    left: Counter[datetime] = field(default_factory=Counter)
    stays: list[float] = field(default_factory=list)


@dataclass
class Hands:
    """By minute, how many hands went up, and how many of them were accepted."""

    raised: Counter[datetime] = field(default_factory=Counter)
    accepted: Counter[datetime] = field(default_factory=Counter)


def minute_of(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def head_count(room: Room, *, until: datetime, here: Collection[str] = ()) -> HeadCount:
    """Count everybody who was there until then; `here` are the ids of those who still are."""
    began = room.began_at or room.created_at
    count = HeadCount()
    rows = Attendance.objects.filter(room=room).order_by()
    for person, first, last in rows.values_list("user__public_id", "first_seen_at", "last_seen_at").iterator(
        ROWS_AT_ONCE
    ):
        count.people += 1
        _add(count, first, None if person in here else last, began, until)
    for first, last_heard in guest_visits(room.public_id):
        count.guests += 1
        _add(count, first, last_heard, began, until)
    return count


def _add(count: HeadCount, first: datetime, last: datetime | None, began: datetime, until: datetime) -> None:
    """Add one stay, as far as it was within the room's time."""
    came = min(max(first, began), until)
    left = until if last is None else min(max(last, came), until)
    count.came[minute_of(came)] += 1
    if last is not None:
        count.left[minute_of(left)] += 1
    count.stays.append((left - came).total_seconds())


def hand_count(room: Room) -> Hands:
    """Count hands from the room's numbered events, as long as these are kept."""
    events = RoomEvent.objects.filter(room=room, type__in=HAND_EVENTS).order_by("seq")
    return hands_in(events.values_list("type", "body", "created_at").iterator(ROWS_AT_ONCE))


def hands_in(events: Iterable[tuple[str, dict[str, object], datetime]]) -> Hands:
    """Count the hands of these events: accepted is who comes on the stage while their hand is up."""
    hands = Hands()
    up: set[str] = set()
    for kind, body, at in events:
        if kind == "hand.raised":
            up.add(_person(body))
            hands.raised[minute_of(at)] += 1
        elif kind == "stage.joined":
            hands.accepted[minute_of(at)] += _person(body) in up
            up.discard(_person(body))
        elif kind == "hand.lowered":
            up.discard(str(body["id"]))
        elif kind == "hands.cleared":
            up.clear()
        else:
            # Taken back: they are up again, and do not count as raised once more.
            restored: Iterable[dict[str, object]] = body["hands"]  # type: ignore[assignment]
            up.update(_person(hand) for hand in restored)
    return hands


def _person(body: dict[str, object]) -> str:
    person: dict[str, str] = body["person"]  # type: ignore[assignment]
    return person["id"]
