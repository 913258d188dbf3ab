"""What came of holding the ledger against Stripe's balance, one row for each time."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone


class Reconciliation(models.Model):
    """The balance was read from `since` on and before `until`; the next one begins before `until` again."""

    since = models.DateTimeField()
    until = models.DateTimeField()
    begun_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(default=timezone.now)
    # How many of Stripe's lines were read, and how many orders, refunds and disputes asked about before.
    lines = models.PositiveIntegerField(default=0)
    looked_at = models.PositiveIntegerField(default=0)
    # Lists of {"source": Stripe's id, or "", "since": when it was first found, "text": a sentence}.
    findings = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(since__lt=F("until")), name="ticketing_reconciliation_window"),
        ]
        indexes = [models.Index(fields=["begun_at"], name="ticketing_reconciliation_begun")]

    def __str__(self) -> str:
        return f"until {self.until:%Y-%m-%d %H:%M}: {len(self.findings)}"
