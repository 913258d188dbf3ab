"""What is planned around a room: its series, who is reminded of it and when, whose calendar shows it."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.time_zones import NAME_MAX_LENGTH
from config.lib.languages import offered_languages
from rooms.enums import AlarmKind, EntryRule, Rhythm, SpeakRule
from rooms.models.room import DESCRIPTION_MAX_LENGTH, TITLE_MAX_LENGTH, Room


def new_feed_token() -> str:
    """Return 256 bits that nobody guesses."""
    return secrets.token_urlsafe(32)


class RoomSeries(models.Model):
    """Rooms that come again, of which a job plans the next ones.

    Number `anchor` of the series is on `first_day` at `hour` by the clocks of `zone`, and all others are counted from
    it: the hour stays what it is when clocks change.
    """

    host = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="room_series")
    title = models.CharField(max_length=TITLE_MAX_LENGTH)
    description = models.TextField(max_length=DESCRIPTION_MAX_LENGTH, blank=True)
    language = models.CharField(max_length=8, choices=offered_languages)
    # Who may enter its rooms, as of `Room`.
    entry_rule = models.CharField(max_length=9, choices=EntryRule.choices, default=EntryRule.EVERYONE)
    guests_listen = models.BooleanField(default=True)
    topics = models.ManyToManyField("rooms.Topic", related_name="+", blank=True)
    speak_rule = models.CharField(max_length=8, choices=SpeakRule.choices, default=SpeakRule.EVERYONE)
    rhythm = models.CharField(max_length=7, choices=Rhythm.choices)
    first_day = models.DateField()
    hour = models.TimeField()
    zone = models.CharField(max_length=NAME_MAX_LENGTH)
    anchor = models.PositiveIntegerField(default=0)
    # The number of the next room that is to be planned.
    next_number = models.PositiveIntegerField(default=0)
    # Before that the next one is too far ahead, and nobody need look.
    resume_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(rhythm__in=Rhythm.values), name="rooms_roomseries_rhythm_known"),
            models.CheckConstraint(
                condition=Q(next_number__gte=F("anchor")), name="rooms_roomseries_counts_from_anchor"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}, {self.rhythm}"


class RoomReminder(models.Model):
    """Somebody wants to be reminded of a room."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="reminders")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="room_reminders")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["room", "user"], name="rooms_roomreminder_once")]

    def __str__(self) -> str:
        return f"reminder of {self.room_id} for {self.user_id}"


class RoomAlarm(models.Model):
    """That those who wait for a room are to be told something from `due_at` on; a job works through them."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="alarms")
    kind = models.CharField(max_length=9, choices=AlarmKind.choices)
    due_at = models.DateTimeField()
    # The number of the last reminder whose person was told: whoever goes on after a kill begins behind it.
    told_up_to = models.PositiveBigIntegerField(default=0)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["room", "kind"], name="rooms_roomalarm_once"),
            models.CheckConstraint(condition=Q(kind__in=AlarmKind.values), name="rooms_roomalarm_kind_known"),
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(done_at=None), name="rooms_roomalarm_due")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.room_id}"


class CalendarFeed(models.Model):
    """The address at which somebody's calendar program reads their rooms. Whoever knows it may read them."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="calendar_feed")
    token = models.CharField(max_length=43, unique=True, default=new_feed_token)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"calendar of {self.user_id}"
