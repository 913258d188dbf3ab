"""Whether the way to one's earnings is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template

from creators.selectors.earnings import has_sold

if TYPE_CHECKING:
    from accounts.models import User

register = template.Library()


@register.filter
def sells(person: User) -> bool:
    """Say whether anybody has ever paid for one of the person's rooms."""
    return has_sold(person)
