"""Which fee schedules there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from creators.models import FeeSchedule

if TYPE_CHECKING:
    from creators import fees


def all_schedules() -> list[fees.FeeSchedule]:
    """Return every schedule that was ever laid down, also those that are still to begin."""
    return [schedule.rates() for schedule in FeeSchedule.objects.prefetch_related("tiers").order_by("pk")]
