"""What hosts put up beside the stage."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from config.lib.public_id import new_public_id
from rooms.enums import BoardKind, LinkState
from rooms.models.room import Room

NOTE_MAX_LENGTH = 500
URL_MAX_LENGTH = 1000
LINK_TITLE_MAX_LENGTH = 200
SITE_MAX_LENGTH = 100


class BoardItem(models.Model):
    """A link or a note. One that was removed stays for a day, so that it can be put back where it was."""

    public_id = models.CharField(max_length=14, unique=True, editable=False, default=new_public_id)
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="board")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    # The number of the event that put it up: its place among the others.
    seq = models.PositiveBigIntegerField()
    kind = models.CharField(max_length=4, choices=BoardKind.choices)
    url = models.CharField(max_length=URL_MAX_LENGTH, blank=True)
    text = models.CharField(max_length=NOTE_MAX_LENGTH, blank=True)
    pinned = models.BooleanField(default=False)
    # What the linked page says of itself, once a job has read it. A note is always ready.
    state = models.CharField(max_length=8, choices=LinkState.choices, default=LinkState.READY)
    title = models.CharField(max_length=LINK_TITLE_MAX_LENGTH, blank=True)
    site = models.CharField(max_length=SITE_MAX_LENGTH, blank=True)
    picture = models.CharField(max_length=32, blank=True)
    # Until then a job has it in hand.
    claimed_until = models.DateTimeField(default=timezone.now)
    created_at = models.DateTimeField(default=timezone.now)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["room", "seq"], name="rooms_boarditem_seq_once"),
            models.UniqueConstraint(fields=["room"], condition=Q(pinned=True), name="rooms_boarditem_one_pinned"),
            models.CheckConstraint(condition=Q(kind__in=BoardKind.values), name="rooms_boarditem_kind_known"),
            models.CheckConstraint(condition=Q(state__in=LinkState.values), name="rooms_boarditem_state_known"),
            models.CheckConstraint(
                condition=(Q(kind=BoardKind.LINK, text="") & ~Q(url=""))
                | (Q(kind=BoardKind.NOTE, url="") & ~Q(text="")),
                name="rooms_boarditem_link_or_note",
            ),
            models.CheckConstraint(
                condition=Q(removed_at=None) | Q(pinned=False), name="rooms_boarditem_pinned_while_there"
            ),
        ]
        indexes = [
            models.Index(fields=["claimed_until"], condition=Q(state=LinkState.LOADING), name="rooms_boarditem_due")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id} in {self.room_id}"
