"""Noting that holders of tickets came in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ticketing.models import Ticket

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime


def people_seen(seen: Mapping[int, Collection[int]], at: datetime) -> None:
    """Write down that these people (row numbers, by room) came in with their tickets; the first time stays.

    One of `settings.ATTENDANCE_HANDLERS`: called every few seconds, so a room without tickets costs one query.
    """
    for room_id, people in seen.items():
        unseen = Ticket.objects.filter(room_id=room_id, voided_at=None, checked_in_at=None)
        holders = unseen.filter(holder__in=people)
        if found := list(holders.values_list("pk", flat=True)):
            unseen.filter(pk__in=found).update(checked_in_at=at)
