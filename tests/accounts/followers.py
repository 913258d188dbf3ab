"""Followers for tests: everybody but the one who is followed. Named in settings.FOLLOWER_IDS."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from accounts.models import User


def everybody_else(person: User, *, after: int, limit: int) -> list[int]:
    from accounts.models import User

    rows = User.objects.filter(pk__gt=after).exclude(pk=person.pk).order_by("pk")
    return list(rows.values_list("pk", flat=True)[:limit])
