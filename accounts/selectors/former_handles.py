"""Reads about handles that were given up: where they lead, whose they still are."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone

from accounts.models import FormerHandle

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from accounts.models import User


def _kept(handle: str) -> QuerySet[FormerHandle]:
    since = timezone.now() - timedelta(days=settings.HANDLE_KEPT_DAYS)
    return FormerHandle.objects.filter(handle__iexact=handle, given_up_at__gt=since)


def former_owner(handle: str) -> User | None:
    """Return who had this handle lately, if anybody did and the account is open."""
    found = _kept(handle).filter(person__is_active=True).select_related("person").order_by("-given_up_at").first()
    return found.person if found else None


def is_kept_for_another(handle: str, person: User | None = None) -> bool:
    """Say whether somebody else gave this handle up so lately that it still leads to them."""
    kept = _kept(handle)
    return (kept if person is None else kept.exclude(person=person)).exists()


def next_change_at(person: User) -> datetime | None:
    """Return when the person may change their handle again; None if they may now."""
    span = timedelta(days=settings.HANDLE_CHANGES_DAYS)
    since = timezone.now() - span
    latest = FormerHandle.objects.filter(person=person, given_up_at__gt=since).order_by("-given_up_at")
    counted = list(latest.values_list("given_up_at", flat=True)[: settings.HANDLE_CHANGES])
    return counted[-1] + span if len(counted) >= settings.HANDLE_CHANGES else None
