"""Reads about bans, for the host whose they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.lib.public_id import is_public_id
from rooms.models import Ban

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from accounts.models import User


def bans_of(host: User) -> QuerySet[Ban]:
    """Return whom the host's rooms do not let in, the latest first."""
    return Ban.objects.filter(host=host).select_related("user", "room").order_by("-pk")


def ban_of(host: User, public_id: str) -> Ban | None:
    """Return one of these bans; None if there is no such any more."""
    return bans_of(host).filter(public_id=public_id).first() if is_public_id(public_id) else None
