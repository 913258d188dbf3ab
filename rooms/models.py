"""Rooms and what must be remembered of them: who is on the stage, whose hand is up, who was asked up, what happened.

The audience is not here: it lives in Redis (rooms.presence), because a join as a row costs 1.3 ms of Python.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.lib.languages import offered_languages
from config.lib.public_id import new_public_id
from rooms.enums import RoomState, StageRole

TITLE_MAX_LENGTH = 100
DESCRIPTION_MAX_LENGTH = 500


class Room(models.Model):
    """A place where people talk. `seq` is the number of its latest event; whoever changes it holds the row's lock."""

    public_id = models.CharField(max_length=14, unique=True, editable=False, default=new_public_id)
    title = models.CharField(_("title"), max_length=TITLE_MAX_LENGTH)
    description = models.TextField(_("description"), max_length=DESCRIPTION_MAX_LENGTH, blank=True)
    language = models.CharField(_("language"), max_length=8, choices=offered_languages)
    state = models.CharField(_("state"), max_length=8, choices=RoomState.choices, default=RoomState.LIVE)
    host = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="hosted_rooms", verbose_name=_("host")
    )
    seq = models.PositiveBigIntegerField(default=0, editable=False)
    # Whether media.Recording has an open row for this room, and whether relays fail at writing it down: both change
    # with it, under this row's lock, so that pages need not ask.
    recording = models.BooleanField(_("being recorded"), default=False, editable=False)
    recording_trouble = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("room")
        verbose_name_plural = _("rooms")
        constraints = [
            models.CheckConstraint(condition=Q(state__in=RoomState.values), name="rooms_room_state_known"),
            models.CheckConstraint(
                condition=Q(state=RoomState.ENDED, ended_at__isnull=False) | Q(state=RoomState.LIVE, ended_at=None),
                name="rooms_room_ended_has_time",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("created_at")), name="rooms_room_ends_after_start"
            ),
            models.CheckConstraint(
                condition=Q(recording=False) | Q(state=RoomState.LIVE), name="rooms_room_recorded_while_live"
            ),
            models.CheckConstraint(
                condition=Q(recording_trouble=False) | Q(recording=True), name="rooms_room_trouble_while_recorded"
            ),
        ]
        indexes = [models.Index(fields=["state", "-created_at", "-id"], name="rooms_room_hallway")]

    def __str__(self) -> str:
        return self.title

    @property
    def is_live(self) -> bool:
        return self.state == RoomState.LIVE


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
