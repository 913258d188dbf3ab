"""What rooms keep of somebody: handed out in the copy of their data, and forgotten when it is old."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings

from accounts.exports import ExportPart
from rooms.enums import OVER
from rooms.models import Attendance, Room, RoomAlarm, RoomEvent, RoomReminder, RoomSeries

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from accounts.models import User


def room_parts(person: User) -> Iterator[ExportPart]:
    """Yield the rooms that somebody hosted and those they were in; an exporter of settings.DATA_EXPORTERS."""
    hosted = Room.objects.filter(host=person).order_by("pk")
    visited = Attendance.objects.filter(user=person).order_by("pk")
    series = RoomSeries.objects.filter(host=person).order_by("pk")
    reminders = RoomReminder.objects.filter(user=person).order_by("pk")
    yield ExportPart(
        "rooms.json",
        {
            "hosted": list(
                hosted.values(
                    "public_id", "title", "description", "language", "created_at", "starts_at", "live_at", "ended_at"
                )
            ),
            "series": list(series.values("title", "description", "rhythm", "first_day", "hour", "zone", "ended_at")),
            "reminders": list(reminders.values("room__public_id", "room__title", "created_at")),
            "visited": list(visited.values("room__public_id", "room__title", "first_seen_at", "last_seen_at")),
        },
    )


def forget_old(now: datetime) -> None:
    """Remove what was told in rooms that ended long ago, who waited for them and who was there.

    A handler of settings.RETENTION_HANDLERS.
    """
    events_from = now - timedelta(days=settings.ROOM_EVENT_DAYS)
    for kept in (RoomEvent, RoomReminder, RoomAlarm):
        kept.objects.filter(room__state__in=OVER, room__ended_at__lt=events_from).delete()
    attendance_from = now - timedelta(days=settings.ATTENDANCE_DAYS)
    Attendance.objects.filter(last_seen_at__lt=attendance_from).delete()
