"""Who was there, and who is missed."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from rooms.models.room import Room


class Attendance(models.Model):
    """That somebody was in a room, and when first and last. Written in batches by the hub, never per join."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="attendance")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["room", "user"], name="rooms_attendance_once"),
            models.CheckConstraint(
                condition=Q(last_seen_at__gte=F("first_seen_at")), name="rooms_attendance_last_after_first"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.room_id}"


class Absence(models.Model):
    """That somebody who holds a place on the stage or in the queue of a live room is not connected, and since when."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="absences")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["room", "user"], name="rooms_absence_once")]

    def __str__(self) -> str:
        return f"{self.user_id} away from {self.room_id}"
