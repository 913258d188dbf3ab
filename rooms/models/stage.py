"""Who is on the stage, whose hand is up, who was asked up."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from rooms.enums import StageRole
from rooms.models.room import Room


class StageMember(models.Model):
    """Somebody on the stage. Whoever has no row here is a listener."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="stage")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=8, choices=StageRole.choices)
    muted = models.BooleanField(default=True)
    joined_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["room", "user"], name="rooms_stagemember_once"),
            models.UniqueConstraint(fields=["room"], condition=Q(role="host"), name="rooms_stagemember_one_host"),
            models.CheckConstraint(condition=Q(role__in=StageRole.values), name="rooms_stagemember_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.user_id} in {self.room_id}"


class RaisedHand(models.Model):
    """Somebody asks to speak; the server's clock orders the queue."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="hands")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    raised_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["room", "user"], name="rooms_raisedhand_once")]
        ordering = ["id"]

    def __str__(self) -> str:
        return f"hand of {self.user_id} in {self.room_id}"


class StageInvitation(models.Model):
    """A host asked somebody up and waits for the answer."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="invitations")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["room", "user"], name="rooms_stageinvitation_once")]
        ordering = ["id"]

    def __str__(self) -> str:
        return f"invitation of {self.user_id} to {self.room_id}"
