"""The room itself: what it is called, whose it is, what state it is in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.lib.languages import offered_languages
from config.lib.public_id import new_public_id
from rooms.enums import COMING, OVER, CancelReason, ChatPace, EntryRule, RoomState, SpeakRule

if TYPE_CHECKING:
    from datetime import datetime

TITLE_MAX_LENGTH = 100
DESCRIPTION_MAX_LENGTH = 500


class Room(models.Model):
    """A place where people talk. `seq` is the number of its latest event; whoever changes it holds the row's lock."""

    public_id = models.CharField(max_length=14, unique=True, editable=False, default=new_public_id)
    title = models.CharField(_("title"), max_length=TITLE_MAX_LENGTH)
    description = models.TextField(_("description"), max_length=DESCRIPTION_MAX_LENGTH, blank=True)
    language = models.CharField(_("language"), max_length=8, choices=offered_languages)
    state = models.CharField(_("state"), max_length=9, choices=RoomState.choices, default=RoomState.LIVE)
    host = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="hosted_rooms", verbose_name=_("host")
    )
    entry_rule = models.CharField(
        _("who may enter"), max_length=9, choices=EntryRule.choices, default=EntryRule.EVERYONE
    )
    guests_listen = models.BooleanField(_("people without an account may listen"), default=True)
    seq = models.PositiveBigIntegerField(default=0, editable=False)
    # Whether media.Recording has an open row for this room, and whether relays fail at writing it down: both change
    # with it, under this row's lock, so that pages need not ask.
    recording = models.BooleanField(_("being recorded"), default=False, editable=False)
    recording_trouble = models.BooleanField(default=False, editable=False)
    # Whether raising hands, and coming on the stage at all, is closed for now.
    hands_locked = models.BooleanField(default=False, editable=False)
    stage_locked = models.BooleanField(default=False, editable=False)
    speak_rule = models.CharField(max_length=8, choices=SpeakRule.choices, default=SpeakRule.EVERYONE, editable=False)
    # Somebody on the stage whom the host has offered the room, until they answer.
    offered_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, related_name="+", null=True, blank=True, editable=False
    )
    # When it got another host; None while it is whose it was.
    host_since = models.DateTimeField(null=True, blank=True, editable=False)
    # A room of the house: neither an absent host nor an empty hall closes it, and places are kept.
    stays_open = models.BooleanField(_("stays open"), default=False)
    # While the host is away: until when the room waits, and when it closes if nobody can take over.
    host_awaited_until = models.DateTimeField(null=True, blank=True, editable=False)
    closing_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Since when nobody has been connected.
    empty_since = models.DateTimeField(null=True, blank=True, editable=False)
    chat_open = models.BooleanField(_("chat is open"), default=True, editable=False)
    # Seconds between two messages of one person.
    chat_slow = models.PositiveSmallIntegerField(choices=ChatPace.choices, default=ChatPace.FREE, editable=False)
    # Since when staff put it forward: the only thing that lifts a room above others of its kind.
    featured_at = models.DateTimeField(_("put forward"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    # When a planned room is to begin; one that was opened at once has none.
    starts_at = models.DateTimeField(_("planned for"), null=True, blank=True, editable=False)
    # When a planned room began; any other began when it was made: see `began_at`.
    live_at = models.DateTimeField(_("began"), null=True, blank=True, editable=False)
    # Of a cancelled room, when that was.
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True, editable=False)
    cancel_reason = models.CharField(max_length=8, choices=CancelReason.choices, blank=True, editable=False)
    # How often the plan has changed, which calendars ask for (RFC 5545 section 3.8.7.4).
    revision = models.PositiveIntegerField(default=0, editable=False)
    series = models.ForeignKey(
        "rooms.RoomSeries", on_delete=models.SET_NULL, null=True, blank=True, related_name="rooms", editable=False
    )
    # Which one of its series, counted from 0.
    occurrence = models.PositiveIntegerField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("room")
        verbose_name_plural = _("rooms")
        constraints = [
            models.CheckConstraint(condition=Q(state__in=RoomState.values), name="rooms_room_state_known"),
            models.CheckConstraint(
                condition=Q(state__in=OVER, ended_at__isnull=False) | (~Q(state__in=OVER) & Q(ended_at=None)),
                name="rooms_room_ended_has_time",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[*COMING, RoomState.CANCELLED]) | Q(starts_at__isnull=False, live_at=None),
                name="rooms_room_planned_has_time",
            ),
            # Whatever was planned and has begun says when; whatever was not began when it was made.
            models.CheckConstraint(
                condition=Q(state__in=[*COMING, RoomState.CANCELLED])
                | Q(starts_at=None, live_at=None)
                | Q(starts_at__isnull=False, live_at__isnull=False),
                name="rooms_room_begun_has_time",
            ),
            models.CheckConstraint(
                condition=Q(live_at=None) | Q(live_at__gte=F("created_at")), name="rooms_room_begins_after_creation"
            ),
            models.CheckConstraint(
                condition=Q(live_at=None) | Q(ended_at=None) | Q(ended_at__gte=F("live_at")),
                name="rooms_room_ends_after_beginning",
            ),
            models.CheckConstraint(
                condition=Q(state=RoomState.CANCELLED, cancel_reason__in=CancelReason.values)
                | (~Q(state=RoomState.CANCELLED) & Q(cancel_reason="")),
                name="rooms_room_cancelled_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(series=None) | Q(occurrence__isnull=False, starts_at__isnull=False),
                name="rooms_room_of_series_is_planned",
            ),
            models.UniqueConstraint(fields=["series", "occurrence"], name="rooms_room_once_in_series"),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("created_at")), name="rooms_room_ends_after_start"
            ),
            models.CheckConstraint(
                condition=Q(recording=False) | Q(state=RoomState.LIVE), name="rooms_room_recorded_while_live"
            ),
            models.CheckConstraint(
                condition=Q(recording_trouble=False) | Q(recording=True), name="rooms_room_trouble_while_recorded"
            ),
            models.CheckConstraint(condition=Q(chat_slow__in=ChatPace.values), name="rooms_room_chat_slow_known"),
            models.CheckConstraint(condition=Q(speak_rule__in=SpeakRule.values), name="rooms_room_speak_rule_known"),
            models.CheckConstraint(
                condition=Q(offered_to=None) | Q(state=RoomState.LIVE), name="rooms_room_offered_while_live"
            ),
            models.CheckConstraint(condition=Q(entry_rule__in=EntryRule.values), name="rooms_room_entry_rule_known"),
            models.CheckConstraint(
                condition=Q(guests_listen=False) | Q(entry_rule=EntryRule.EVERYONE),
                name="rooms_room_guests_where_open",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "-created_at", "-id"], name="rooms_room_hallway"),
            models.Index(fields=["starts_at", "id"], condition=Q(state__in=COMING), name="rooms_room_coming"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_live(self) -> bool:
        return self.state == RoomState.LIVE

    @property
    def is_coming(self) -> bool:
        return self.state in COMING

    @property
    def is_over(self) -> bool:
        return self.state in OVER

    @property
    def began_at(self) -> datetime | None:
        """Return when the room went live; None if it has not, or never did."""
        if self.is_coming or self.state == RoomState.CANCELLED:
            return None
        return self.live_at or self.created_at
