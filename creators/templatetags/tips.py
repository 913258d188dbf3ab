"""The way to give somebody a tip, where there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template
from django.conf import settings
from django.urls import reverse
from django.utils.http import urlencode

from creators.selectors.tips import takes_tips_from
from ticketing.selectors.receipts import percent

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User

register = template.Library()


@register.simple_tag
def tip_fee() -> str:
    """Return what share of a tip the site keeps, as it is written; "" if nothing."""
    return percent(settings.TIP_FEE_BASIS_POINTS) if settings.TIP_FEE_BASIS_POINTS else ""


@register.simple_tag
def tip_address(viewer: User | AnonymousUser, person: User, room_id: str = "") -> str:
    """Return where whoever looks may give the person a tip, from a room's page if it is named; "" if nowhere."""
    if not takes_tips_from(person, viewer):
        return ""
    address = reverse("creators:tip-give", args=[person.handle])
    return f"{address}?{urlencode({'room': room_id})}" if room_id else address
