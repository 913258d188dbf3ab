"""Laying down what the platform keeps of sales. Nothing is taken back: another schedule follows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from config.lib.plain_text import tidy_line
from creators import fees
from creators.errors import FeeStartsInPastError, FeeTiersError
from creators.models import FeeSchedule, FeeTier

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from accounts.models import User

log = structlog.get_logger(__name__)


@transaction.atomic
def begin_schedule(
    tiers: Sequence[fees.Tier], *, currency: str, valid_from: datetime | None, name: str, note: str, by: User | None
) -> FeeSchedule:
    """Let these rates hold from then on, or from now; "" is all currencies.

    Raises FeeStartsInPastError, FeeTiersError.
    """
    now = timezone.now()
    begins = now if valid_from is None else valid_from
    if begins < now:
        raise FeeStartsInPastError
    check_tiers(tiers, currency)
    schedule = FeeSchedule.objects.create(
        name=tidy_line(name),
        currency=currency,
        valid_from=begins,
        note=tidy_line(note),
        created_by=by,
        created_at=now,
    )
    FeeTier.objects.bulk_create(
        FeeTier(schedule=schedule, from_minor=tier.from_minor, basis_points=tier.basis_points) for tier in tiers
    )
    log.info("fee_schedule", schedule=schedule.pk, currency=currency, valid_from=begins.isoformat())
    return schedule


def check_tiers(tiers: Sequence[fees.Tier], currency: str) -> None:
    """Refuse what is no schedule. Raises FeeTiersError."""
    if currency == fees.ALL and len(tiers) > 1:
        raise FeeTiersError(_("A fee for all currencies has one rate: a border between rates is a sum of money."))
    try:
        fees.FeeSchedule(tuple(tiers), timezone.now(), currency)
    except ValueError as error:
        raise FeeTiersError from error
