"""Thanking for a tip: one press, told to whoever gave it, also if nobody knows who that is."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from creators.models import Tip
from creators.services.telling_tips import tip_thanked


@transaction.atomic
def thank_for(tip: Tip) -> None:
    """Say thank you, once; the edge has checked that it was given to whoever thanks."""
    if Tip.objects.filter(pk=tip.pk, thanked_at=None).update(thanked_at=timezone.now()):
        tip_thanked(tip)
