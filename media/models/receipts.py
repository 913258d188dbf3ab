"""What relays say their listeners were sent and what of it arrived, and for how long their speakers talked."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class ListeningReceipt(models.Model):
    """What one listener was sent and has confirmed, in all since the session began, as the relay counts it.

    It names its session, and does not lean on it: sessions may be tidied away, what was heard is kept. It outlives its
    listener's account too, without them. Nothing in it ever becomes less.
    """

    session_key = models.CharField(_("media session"), max_length=64)
    relay_incarnation = models.CharField(max_length=64)
    room_key = models.CharField(_("room"), max_length=64)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="listening_receipts",
        verbose_name=_("person"),
    )
    guest_key = models.CharField(_("guest"), max_length=64, blank=True)
    delivered_ms = models.PositiveBigIntegerField(_("delivered, in milliseconds"))
    confirmed_ms = models.PositiveBigIntegerField(_("confirmed, in milliseconds"))
    updated_at = models.DateTimeField(_("updated"), default=timezone.now)

    class Meta:
        verbose_name = _("listening receipt")
        verbose_name_plural = _("listening receipts")
        constraints = [
            models.UniqueConstraint(fields=["session_key", "relay_incarnation"], name="media_receipt_one_per_session"),
            models.CheckConstraint(
                condition=Q(confirmed_ms__lte=F("delivered_ms")), name="media_receipt_confirmed_was_delivered"
            ),
            models.CheckConstraint(condition=Q(user=None) | Q(guest_key=""), name="media_receipt_person_or_guest"),
        ]
        indexes = [models.Index(fields=["room_key"], name="media_receipt_room")]

    def __str__(self) -> str:
        return f"{self.session_key}: {self.confirmed_ms} of {self.delivered_ms} ms"


class SpeakingReceipt(models.Model):
    """For how long one speaker talked, in all since the session began, as the relay counts it.

    It names its session and its room as a ListeningReceipt does, and outlives the account in the same way.
    """

    session_key = models.CharField(_("media session"), max_length=64)
    relay_incarnation = models.CharField(max_length=64)
    room_key = models.CharField(_("room"), max_length=64)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="speaking_receipts",
        verbose_name=_("person"),
    )
    received_ms = models.PositiveBigIntegerField(_("microphone open, in milliseconds"))
    voice_ms = models.PositiveBigIntegerField(_("talked, in milliseconds"))
    began_at = models.DateTimeField(_("began"), default=timezone.now)
    updated_at = models.DateTimeField(_("updated"), default=timezone.now)

    class Meta:
        verbose_name = _("speaking receipt")
        verbose_name_plural = _("speaking receipts")
        constraints = [
            models.UniqueConstraint(fields=["session_key", "relay_incarnation"], name="media_speaking_one_per_session"),
            models.CheckConstraint(
                condition=Q(voice_ms__lte=F("received_ms")), name="media_speaking_voice_was_received"
            ),
        ]
        indexes = [models.Index(fields=["room_key"], name="media_speaking_room")]

    def __str__(self) -> str:
        return f"{self.session_key}: {self.voice_ms} of {self.received_ms} ms"
