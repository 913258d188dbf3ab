"""The address of somebody's calendar: made when it is first asked for, and anew when it has become known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone

from rooms.models import CalendarFeed
from rooms.models.planning import new_feed_token

if TYPE_CHECKING:
    from accounts.models import User


def feed_of(user: User) -> CalendarFeed:
    """Return somebody's feed."""
    return CalendarFeed.objects.get_or_create(user=user)[0]


def renew_feed(user: User) -> None:
    """Give the feed another address; the old one is nobody's from now on."""
    fresh = {"token": new_feed_token(), "created_at": timezone.now()}
    CalendarFeed.objects.update_or_create(user=user, defaults=fresh)
