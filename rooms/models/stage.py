"""Who is on the stage, whose hand is up, who was asked up."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms.enums import StageRole
from rooms.models.room import Room

REASON_MAX_LENGTH = 140


class StageMember(models.Model):
    """Somebody on the stage. Whoever has no row here is a listener."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="stage")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=8, choices=StageRole.choices)
    muted = models.BooleanField(default=True)
    joined_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("person on a stage")
        verbose_name_plural = _("people on stages")
        constraints = [
            models.UniqueConstraint(fields=["room", "user"], name="rooms_stagemember_once"),
            models.UniqueConstraint(fields=["room"], condition=Q(role="host"), name="rooms_stagemember_one_host"),
            models.CheckConstraint(condition=Q(role__in=StageRole.values), name="rooms_stagemember_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.user_id} in {self.room_id}"


class Hand(models.Model):
    """What a hand is, up or just lowered: whose, since when, what about and where in the queue.

    Pinned hands stand before all others. `position` orders both kinds; it only counts within one room, has gaps, and
    two hands of equal position stand as they were raised.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    raised_at = models.DateTimeField(default=timezone.now)
    reason = models.CharField(max_length=REASON_MAX_LENGTH, blank=True)
    pinned = models.BooleanField(default=False)
    position = models.BigIntegerField(default=0)

    class Meta:
        abstract = True
        ordering = ["-pinned", "position", "id"]


class RaisedHand(Hand):
    """Somebody asks to speak; the server orders the queue."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="hands")

    class Meta(Hand.Meta):
        constraints = [models.UniqueConstraint(fields=["room", "user"], name="rooms_raisedhand_once")]

    def __str__(self) -> str:
        return f"hand of {self.user_id} in {self.room_id}"


class LoweredHand(Hand):
    """A hand that went down with all others, kept for the moment in which that can be taken back."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="+")
    lowered_at = models.DateTimeField()

    class Meta(Hand.Meta):
        constraints = [models.UniqueConstraint(fields=["room", "user"], name="rooms_loweredhand_once")]

    def __str__(self) -> str:
        return f"lowered hand of {self.user_id} in {self.room_id}"


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
