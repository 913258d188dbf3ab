"""The room itself: what it is called, whose it is, what state it is in."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.lib.languages import offered_languages
from config.lib.public_id import new_public_id
from rooms.enums import RoomState

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
    # A room of the house: neither an absent host nor an empty hall closes it, and places are kept.
    stays_open = models.BooleanField(_("stays open"), default=False)
    # While the host is away: until when the room waits, and when it closes if nobody can take over.
    host_awaited_until = models.DateTimeField(null=True, blank=True, editable=False)
    closing_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Since when nobody has been connected.
    empty_since = models.DateTimeField(null=True, blank=True, editable=False)
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
