"""What happened in a room, numbered."""

from __future__ import annotations

from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils import timezone

from rooms.models.room import Room


class RoomEvent(models.Model):
    """One numbered change of a room, as members are told of it: 1, 2, 3 … without a gap."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="events")
    seq = models.PositiveBigIntegerField()
    type = models.CharField(max_length=32)
    body: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(encoder=DjangoJSONEncoder)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["room", "seq"], name="rooms_roomevent_seq_once"),
            models.CheckConstraint(condition=Q(seq__gte=1), name="rooms_roomevent_seq_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.room_id}#{self.seq} {self.type}"
