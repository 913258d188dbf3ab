"""What people are told: notifications, on which ways they want them, and what has still to be sent."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.time_zones import NAME_MAX_LENGTH
from config.lib.public_id import new_public_id

KIND_MAX_LENGTH = 40
KEY_MAX_LENGTH = 100
LINK_MAX_LENGTH = 300


class Channel(models.TextChoices):
    """The ways on which somebody is told."""

    SITE = "site", _("On the site")
    MAIL = "mail", _("By e-mail")
    PUSH = "push", _("On your devices")


class Digest(models.TextChoices):
    """How often letters come."""

    OFF = "off", _("Each at once")
    DAILY = "daily", _("Together, once a day")
    WEEKLY = "weekly", _("Together, once a week")


class DeliveryState(models.TextChoices):
    """What has become of a delivery."""

    WAITING = "waiting", _("waiting")
    SENT = "sent", _("sent")
    # Not wanted or not true any more when its time came.
    DROPPED = "dropped", _("dropped")
    FAILED = "failed", _("failed")


class Notification(models.Model):
    """That something happened which concerns somebody. The row is what keeps an event from being told twice."""

    public_id = models.CharField(max_length=14, unique=True, editable=False, default=new_public_id)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notifications")
    kind = models.CharField(max_length=KIND_MAX_LENGTH)
    # Names the event within its kind.
    key = models.CharField(max_length=KEY_MAX_LENGTH)
    # Who did it; names and pictures are read from there, so that they are those of today.
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+")
    data: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(encoder=DjangoJSONEncoder, default=dict)
    link = models.CharField(max_length=LINK_MAX_LENGTH, blank=True)
    # Whether it stands in the list on the site; the person may want it by mail only.
    listed = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)
    # When the list with it was first shown, and when it was opened or called read.
    seen_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        constraints = [
            models.UniqueConstraint(fields=["user", "kind", "key"], name="accounts_notification_once"),
            models.CheckConstraint(condition=~Q(kind="") & ~Q(key=""), name="accounts_notification_named"),
            models.CheckConstraint(
                # Two strokes would begin the name of another site.
                condition=Q(link="") | (Q(link__startswith="/") & ~Q(link__startswith="//")),
                name="accounts_notification_link_is_ours",
            ),
        ]
        indexes = [
            models.Index(
                fields=["user", "-created_at", "-id"],
                condition=Q(listed=True, removed_at=None),
                name="accounts_notification_list",
            ),
            models.Index(
                fields=["user"],
                condition=Q(listed=True, removed_at=None, read_at=None),
                name="accounts_notification_unread",
            ),
            models.Index(fields=["created_at"], name="accounts_notification_age"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.user_id}"


class NotificationChoice(models.Model):
    """That somebody wants a kind on a channel, or does not. Without a row the kind's own default holds."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=KIND_MAX_LENGTH)
    channel = models.CharField(max_length=8, choices=Channel.choices)
    wanted = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "kind", "channel"], name="accounts_notificationchoice_once"),
            models.CheckConstraint(
                condition=Q(channel__in=Channel.values), name="accounts_notificationchoice_channel_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} by {self.channel} for {self.user_id}: {self.wanted}"


class NotificationRhythm(models.Model):
    """When somebody wants to be told: hours of quiet, letters at once or gathered. No row: at once, always."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+")
    # Both or none. From 22:00 until 7:00 goes over midnight.
    quiet_from = models.TimeField(null=True)
    quiet_until = models.TimeField(null=True)
    digest = models.CharField(max_length=8, choices=Digest.choices, default=Digest.OFF)
    # The zone of the page on which this was chosen; it holds while the person's own is "as the browser says".
    page_zone = models.CharField(max_length=NAME_MAX_LENGTH, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(quiet_from=None, quiet_until=None)
                | (Q(quiet_from__isnull=False, quiet_until__isnull=False) & ~Q(quiet_from=F("quiet_until"))),
                name="accounts_notificationrhythm_quiet_whole",
            ),
            models.CheckConstraint(
                condition=Q(digest__in=Digest.values), name="accounts_notificationrhythm_digest_known"
            ),
        ]

    def __str__(self) -> str:
        return f"rhythm of {self.user_id}"


class NotificationDelivery(models.Model):
    """A letter or a push that has to leave: the outbox. Whoever sends it claims it first, for a while."""

    notification = models.ForeignKey(Notification, on_delete=models.CASCADE, related_name="deliveries")
    channel = models.CharField(max_length=8, choices=Channel.choices)
    state = models.CharField(max_length=8, choices=DeliveryState.choices, default=DeliveryState.WAITING)
    # Whether it waits for the person's next letter with everything in it.
    gathered = models.BooleanField(default=False)
    attempts = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(default=timezone.now)
    # The lease of whoever sends it, and the name of that attempt.
    claimed_until = models.DateTimeField(null=True)
    claim = models.CharField(max_length=14, blank=True)
    # Of a push: the devices that have it already.
    reached: models.JSONField[list[int], list[int]] = models.JSONField(default=list)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["notification", "channel"], name="accounts_notificationdelivery_once"),
            models.CheckConstraint(
                condition=Q(channel__in=[Channel.MAIL, Channel.PUSH]),
                name="accounts_notificationdelivery_channel_known",
            ),
            models.CheckConstraint(
                condition=Q(state=DeliveryState.WAITING, ended_at=None)
                | Q(
                    state__in=[DeliveryState.SENT, DeliveryState.DROPPED, DeliveryState.FAILED], ended_at__isnull=False
                ),
                name="accounts_notificationdelivery_state_known",
            ),
        ]
        indexes = [
            models.Index(
                fields=["channel", "due_at"],
                condition=Q(state=DeliveryState.WAITING),
                name="accounts_delivery_due",
            )
        ]

    def __str__(self) -> str:
        return f"{self.channel} of {self.notification_id}: {self.state}"


class NotificationFanOut(models.Model):
    """An event that everybody who follows somebody shall hear of; a job works through them, also after its end."""

    kind = models.CharField(max_length=KIND_MAX_LENGTH)
    key = models.CharField(max_length=KEY_MAX_LENGTH)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    data: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(encoder=DjangoJSONEncoder, default=dict)
    link = models.CharField(max_length=LINK_MAX_LENGTH, blank=True)
    # The last person of those that were told, in the order of their numbers.
    after = models.PositiveBigIntegerField(default=0)
    told = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    claimed_until = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "key"], name="accounts_notificationfanout_once"),
        ]
        indexes = [models.Index(fields=["created_at"], condition=Q(done_at=None), name="accounts_fanout_due")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.actor_id}"
