"""Recordings of rooms and who agreed to be heard in them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.lib.public_id import new_public_id
from media.enums import RecordingState


class Recording(models.Model):
    """What is kept of a room, from the press of the button to the replay. Rooms are known by their public id only.

    While `recording`, every relay that has one of its speakers is to write; that is repeated until it is so. Whoever
    makes the replay holds a lease: `claim` names them until `claimed_until`, then another may take over.
    """

    public_id = models.CharField(max_length=14, unique=True, editable=False, default=new_public_id)
    room_key = models.CharField(_("room"), max_length=32)
    state = models.CharField(
        _("state"), max_length=10, choices=RecordingState.choices, default=RecordingState.RECORDING
    )
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("started by")
    )
    started_at = models.DateTimeField(_("started"), default=timezone.now)
    stopped_at = models.DateTimeField(_("stopped"), null=True, blank=True)
    # A relay could not write lately: its disk is full, or it may not write there.
    trouble = models.BooleanField(_("in trouble"), default=False)
    # Not every relay has confirmed yet that it stopped; the replay waits for that a moment.
    stop_pending = models.BooleanField(default=False)
    progress = models.PositiveSmallIntegerField(_("progress in percent"), default=0)
    error = models.CharField(_("what went wrong"), max_length=64, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    claim = models.CharField(max_length=14, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)
    # Relative to settings.RECORDINGS_DIR.
    file = models.CharField(_("file"), max_length=100, blank=True)
    duration_ms = models.PositiveBigIntegerField(_("duration in milliseconds"), default=0)
    size = models.PositiveBigIntegerField(_("size in bytes"), default=0)
    # Public ids of those who are heard in the replay, in the order in which they first spoke.
    heard: models.JSONField[list[str], list[str]] = models.JSONField(_("heard"), default=list, blank=True)
    # The replay's outline for its waveform, see media.mixing; replays of before there were outlines have none.
    peaks: models.JSONField[list[int], list[int]] = models.JSONField(_("waveform"), default=list, blank=True)

    class Meta:
        verbose_name = _("recording")
        verbose_name_plural = _("recordings")
        constraints = [
            models.CheckConstraint(condition=Q(state__in=RecordingState.values), name="media_recording_state_known"),
            models.UniqueConstraint(
                fields=["room_key"], condition=Q(state="recording"), name="media_recording_one_open_per_room"
            ),
            models.CheckConstraint(
                condition=Q(state="recording", stopped_at=None) | (~Q(state="recording") & Q(stopped_at__isnull=False)),
                name="media_recording_stopped_has_time",
            ),
            models.CheckConstraint(
                condition=Q(stopped_at=None) | Q(stopped_at__gte=F("started_at")),
                name="media_recording_stops_after_start",
            ),
            models.CheckConstraint(condition=Q(progress__lte=100), name="media_recording_progress_is_percent"),
            models.CheckConstraint(
                condition=Q(state="mixing", claimed_until__isnull=False) & ~Q(claim="")
                | (~Q(state="mixing") & Q(claim="", claimed_until=None)),
                name="media_recording_claimed_while_mixing",
            ),
            models.CheckConstraint(
                condition=(Q(state="ready") & ~Q(file="")) | (~Q(state="ready") & Q(file="")),
                name="media_recording_ready_has_file",
            ),
            models.CheckConstraint(
                condition=(Q(state="failed") & ~Q(error="")) | (~Q(state="failed") & Q(error="")),
                name="media_recording_failed_has_error",
            ),
            models.CheckConstraint(
                condition=Q(stop_pending=False) | ~Q(state="recording"), name="media_recording_pending_after_stop"
            ),
        ]
        indexes = [
            models.Index(fields=["room_key", "started_at"], name="media_recording_room"),
            models.Index(fields=["state"], condition=~Q(state__in=["ready", "failed"]), name="media_recording_to_do"),
        ]

    def __str__(self) -> str:
        return f"recording {self.public_id} of {self.room_key}"

    @property
    def is_open(self) -> bool:
        return self.state == RecordingState.RECORDING


class RecordingConsent(models.Model):
    """That somebody agreed to be recorded, when, and to which words. It holds for the recording that it names."""

    recording = models.ForeignKey(Recording, on_delete=models.CASCADE, related_name="consents")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name=_("person")
    )
    agreed_at = models.DateTimeField(_("agreed at"), default=timezone.now)
    words = models.CharField(_("words"), max_length=16)

    class Meta:
        verbose_name = _("consent to a recording")
        verbose_name_plural = _("consents to recordings")
        constraints = [
            models.UniqueConstraint(fields=["recording", "user"], name="media_recordingconsent_once"),
            models.CheckConstraint(condition=~Q(words=""), name="media_recordingconsent_names_words"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} agreed to {self.recording_id}"
