"""Media sessions: one person's sound in one direction at one relay."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.lib.public_id import new_public_id
from media.enums import MediaKind, MediaState

LIVE = Q(state__in=[MediaState.OPENING, MediaState.CONNECTED])


class MediaSession(models.Model):
    """Who sends to or hears from which relay. Rooms are known by their public id only: they are a higher app's.

    `relay` is the relay's lasting name, `relay_incarnation` the life of it that holds the session. `close_pending`
    says that the session is gone here but the relay has not yet confirmed it. `muted` is what the relay was last to be
    told of a publisher's microphone, `mute_pending` that it has not yet confirmed that.
    """

    public_id = models.CharField(max_length=14, unique=True, editable=False, default=new_public_id)
    room_key = models.CharField(_("room"), max_length=32)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="media_sessions",
        verbose_name=_("person"),
    )
    guest_key = models.CharField(_("guest"), max_length=48, blank=True)
    kind = models.CharField(_("kind"), max_length=8, choices=MediaKind.choices)
    state = models.CharField(_("state"), max_length=10, choices=MediaState.choices, default=MediaState.OPENING)
    relay = models.CharField(_("relay"), max_length=64)
    relay_incarnation = models.CharField(max_length=64)
    epoch = models.PositiveBigIntegerField()
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    connected_at = models.DateTimeField(_("connected at"), null=True, blank=True)
    gone_at = models.DateTimeField(_("gone at"), null=True, blank=True)
    gone_reason = models.CharField(_("why it is gone"), max_length=32, blank=True)
    close_pending = models.BooleanField(default=False)
    muted = models.BooleanField(_("muted"), default=True)
    mute_pending = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("media session")
        verbose_name_plural = _("media sessions")
        constraints = [
            models.CheckConstraint(condition=Q(state__in=MediaState.values), name="media_session_state_known"),
            models.CheckConstraint(condition=Q(kind__in=MediaKind.values), name="media_session_kind_known"),
            models.CheckConstraint(condition=Q(user=None) ^ Q(guest_key=""), name="media_session_person_or_guest"),
            models.CheckConstraint(
                condition=Q(user__isnull=False) | ~Q(kind=MediaKind.PUBLISH), name="media_session_guest_listens"
            ),
            models.CheckConstraint(
                condition=~Q(state=MediaState.CONNECTED) | Q(connected_at__isnull=False),
                name="media_session_connected_has_time",
            ),
            models.CheckConstraint(
                condition=~Q(state=MediaState.GONE) | (Q(gone_at__isnull=False) & ~Q(gone_reason="")),
                name="media_session_gone_has_time_and_reason",
            ),
            models.CheckConstraint(
                condition=Q(state=MediaState.GONE) | Q(gone_at=None, gone_reason=""),
                name="media_session_live_has_no_end",
            ),
            models.CheckConstraint(
                condition=Q(gone_at=None) | Q(gone_at__gte=F("created_at")), name="media_session_gone_after_created"
            ),
            models.CheckConstraint(
                condition=Q(close_pending=False) | Q(state=MediaState.GONE), name="media_session_pending_only_gone"
            ),
            models.CheckConstraint(
                condition=Q(mute_pending=False) | Q(kind=MediaKind.PUBLISH), name="media_session_mute_pending_publishes"
            ),
            models.UniqueConstraint(
                fields=["room_key", "user", "kind"], condition=LIVE, name="media_session_one_live_per_person"
            ),
            models.UniqueConstraint(
                fields=["room_key", "guest_key", "kind"],
                condition=LIVE & Q(user=None),
                name="media_session_one_live_per_guest",
            ),
        ]
        indexes = [
            models.Index(fields=["room_key"], condition=LIVE, name="media_session_live_room"),
            models.Index(fields=["relay_incarnation"], condition=LIVE, name="media_session_live_relay"),
            models.Index(fields=["room_key", "kind", "gone_at"], name="media_session_room_history"),
            models.Index(fields=["gone_at"], condition=Q(close_pending=True), name="media_session_close_pending"),
            models.Index(
                fields=["relay_incarnation"], condition=LIVE & Q(mute_pending=True), name="media_session_mute_pending"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id} at {self.relay}"

    @property
    def is_live(self) -> bool:
        return self.state != MediaState.GONE
