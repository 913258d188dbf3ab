"""Stripe's events as they came in. Each is a hint that an object changed, and worked off once."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class StripeEventState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    DONE = "done", _("Handled")
    # Nothing here is for events of that type.
    IGNORED = "ignored", _("Ignored")
    # Tried for days; reconciliation finds what it would have told.
    FAILED = "failed", _("Failed")


class StripeEvent(models.Model):
    """One event, whole as Stripe signed it. A job holds `claim` until `claimed_until`, one at a time."""

    id = models.CharField(max_length=255, primary_key=True)
    type = models.CharField(max_length=255)
    # What it is about; "" for the few objects without a name.
    object_id = models.CharField(max_length=255, blank=True)
    livemode = models.BooleanField()
    created_at = models.DateTimeField()
    received_at = models.DateTimeField(default=timezone.now)
    # Text, not JSON: PostgreSQL's has no place for the NUL characters that one may write in JSON.
    payload = models.TextField()
    state = models.CharField(max_length=8, choices=StripeEventState, default=StripeEventState.WAITING)
    processed_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    # The kind of the last failure; no sentence, which could quote people.
    error = models.CharField(max_length=200, blank=True)
    due_at = models.DateTimeField(default=timezone.now)
    claim = models.CharField(max_length=14, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="waiting", processed_at=None) | (~Q(state="waiting") & Q(processed_at__isnull=False)),
                name="ticketing_stripeevent_processed",
            ),
            models.CheckConstraint(
                condition=Q(claimed_until=None) | Q(state="waiting"), name="ticketing_stripeevent_claimed_waiting"
            ),
            models.CheckConstraint(condition=~Q(id="") & ~Q(type=""), name="ticketing_stripeevent_named"),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="waiting"), name="ticketing_stripeevent_due"),
            models.Index(fields=["object_id"], name="ticketing_stripeevent_object"),
            models.Index(fields=["processed_at"], name="ticketing_stripeevent_old"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.id}"
