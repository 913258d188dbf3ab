"""What a host may know of a room: numbers by the minute, and their sum. Nothing here names anybody."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from rooms.models.room import Room


class RoomMinute(models.Model):
    """One minute of one room, as far as one source knows it.

    Each source, a web process or a job, writes its own rows, and always the whole number: whatever is written twice,
    late or by whomever is killed next counts once. Reading adds the sources up (rooms.stats).
    """

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="minutes")
    # When the minute begins.
    at = models.DateTimeField()
    source = models.CharField(max_length=64)
    # The largest number of people, and the guests with them, that were there in one look; None: nobody looked.
    people = models.PositiveIntegerField(null=True)
    guests = models.PositiveIntegerField(null=True)
    came = models.PositiveIntegerField(default=0)
    left = models.PositiveIntegerField(default=0)
    raised = models.PositiveIntegerField(default=0)
    accepted = models.PositiveIntegerField(default=0)
    # How often each was given.
    reactions: models.JSONField[dict[str, int], dict[str, int]] = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["room", "at", "source"], name="rooms_minute_once_per_source"),
            models.CheckConstraint(
                condition=Q(people=None, guests=None) | Q(people__isnull=False, guests__isnull=False),
                name="rooms_minute_counts_both",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.room_id} at {self.at:%H:%M} by {self.source}"


class RoomFigures(models.Model):
    """The sum of a room that is over, written down once, so that it outlives what it was counted from."""

    room = models.OneToOneField(Room, on_delete=models.CASCADE, related_name="figures")
    people = models.PositiveIntegerField()
    # Visits without an account: nobody knows how many people made them.
    guests = models.PositiveIntegerField()
    # None if nobody was there.
    mean_stay_s = models.PositiveIntegerField(null=True)
    median_stay_s = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(people=0, guests=0, mean_stay_s=None, median_stay_s=None)
                | (~Q(people=0, guests=0) & Q(mean_stay_s__isnull=False, median_stay_s__isnull=False)),
                name="rooms_figures_stay_of_somebody",
            )
        ]

    def __str__(self) -> str:
        return f"figures of {self.room_id}"


class ReplayListen(models.Model):
    """That somebody heard a replay on a day, and how far they came. `listener` means nothing outside of that day."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="replay_listens")
    recording = models.CharField(max_length=14)
    day = models.DateField()
    listener = models.CharField(max_length=32)
    reached_ms = models.PositiveBigIntegerField()
    length_ms = models.PositiveBigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["recording", "day", "listener"], name="rooms_replaylisten_once_a_day"),
            models.CheckConstraint(condition=Q(reached_ms__lte=F("length_ms")), name="rooms_replaylisten_within"),
        ]

    def __str__(self) -> str:
        return f"{self.recording} on {self.day}"
