"""Who ever led a room: whoever did has no part in its audience's figures, also if the role was taken back."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from rooms.models.room import Room


class RoomLeader(models.Model):
    """That somebody was host or co-host of a room, and since when first. The first of a room opened it."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="leaders")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["room", "user"], name="rooms_leader_once")]

    def __str__(self) -> str:
        return f"{self.user_id} of {self.room_id}"
