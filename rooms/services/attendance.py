"""Remembering who was in a room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.module_loading import import_string

from accounts.models import User
from rooms.models import Attendance, Room

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime


def note_attendance(seen: Mapping[str, Collection[str]], at: datetime) -> None:
    """Write down that these people (public ids, by room) were here at `at`; the first time stays as it was."""
    rooms = dict(Room.objects.filter(public_id__in=seen).values_list("public_id", "pk"))
    everybody = {person_id for people in seen.values() for person_id in people}
    users = dict(User.objects.filter(public_id__in=everybody).values_list("public_id", "pk"))
    rows = [
        Attendance(room_id=rooms[room_id], user_id=users[person_id], first_seen_at=at, last_seen_at=at)
        for room_id, people in sorted(seen.items())
        for person_id in sorted(people)
        if room_id in rooms and person_id in users
    ]
    Attendance.objects.bulk_create(
        rows, batch_size=500, update_conflicts=True, update_fields=["last_seen_at"], unique_fields=["room", "user"]
    )
    by_room: dict[int, list[int]] = {}
    for row in rows:
        by_room.setdefault(row.room_id, []).append(row.user_id)
    for path in settings.ATTENDANCE_HANDLERS:
        import_string(path)(by_room, at)
