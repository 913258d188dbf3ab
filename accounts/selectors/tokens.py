"""Reads about keys of the API, for the person whose they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone

from accounts.models import ApiToken

if TYPE_CHECKING:
    from accounts.models import User


def tokens_of(person: User) -> list[ApiToken]:
    """Return the person's good keys, the latest first: one that is over or was taken back opens nothing."""
    good = ApiToken.objects.filter(user=person, revoked_at=None, expires_at__gt=timezone.now())
    return list(good.order_by("-pk"))
