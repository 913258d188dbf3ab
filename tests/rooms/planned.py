"""Planned rooms for tests, and the time moving on: rows move back instead."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import F
from django.utils import timezone

from rooms.models import Room, RoomAlarm
from rooms.services.planning import schedule_room

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import User


def soon(**distance: float) -> datetime:
    """Return a full minute so far ahead."""
    return (timezone.now() + timedelta(**distance)).replace(second=0, microsecond=0)


def planned(host: User, **given: Any) -> Room:
    """Return a room that is planned for tomorrow."""
    return schedule_room(host, **{"title": "Chess, out loud", "language": "en", "starts_at": soon(days=1), **given})


def pass_by(**time: float) -> None:
    """Let so much time pass for all rooms that are planned."""
    Room.objects.exclude(starts_at=None).update(starts_at=F("starts_at") - timedelta(**time))
    RoomAlarm.objects.update(due_at=F("due_at") - timedelta(**time))
