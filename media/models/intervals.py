"""When listeners with an account heard something: what a creator's share of a fund is reckoned from."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from media.models.receipts import ListeningReceipt
from media.relay.intervals import INTERVAL_MS


class ListeningInterval(models.Model):
    """What one session was sent within a minute, and how much of it arrived (media.relay.messages.IntervalReceipt).

    Written once and never changed. There is one for each minute and listener, so it holds numbers only: who listened
    and where is in its receipt, and whoever is erased there is gone from here. Kept for LISTENING_INTERVAL_DAYS.
    """

    pk = models.CompositePrimaryKey("receipt", "number")
    receipt = models.ForeignKey(ListeningReceipt, on_delete=models.CASCADE, related_name="intervals", db_index=False)
    # Counts within the receipt, so that one that comes twice is known.
    number = models.PositiveIntegerField()
    # Unix time by the relay's clock.
    start_ms = models.PositiveBigIntegerField(_("begin, in milliseconds since 1970"))
    end_ms = models.PositiveBigIntegerField(_("end, in milliseconds since 1970"))
    delivered = models.PositiveIntegerField(_("packets delivered"))
    confirmed = models.PositiveIntegerField(_("packets confirmed"))

    class Meta:
        verbose_name = _("interval of listening")
        verbose_name_plural = _("intervals of listening")
        constraints = [
            models.CheckConstraint(
                condition=Q(confirmed__lte=F("delivered")), name="media_interval_confirmed_was_delivered"
            ),
            models.CheckConstraint(
                condition=Q(end_ms__gt=F("start_ms"), end_ms__lte=F("start_ms") + INTERVAL_MS),
                name="media_interval_within_a_minute",
            ),
        ]
        indexes = [models.Index(fields=["start_ms"], name="media_interval_start")]

    def __str__(self) -> str:
        return f"{self.receipt_id}/{self.number}: {self.confirmed} of {self.delivered} packets"
