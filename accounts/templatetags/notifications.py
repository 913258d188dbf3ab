"""What the bell on every page needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import template

from accounts.selectors.notifications import unread_count

if TYPE_CHECKING:
    from django.template import Context

register = template.Library()


@register.simple_tag(takes_context=True)
def unread(context: Context) -> int:
    """Return how many notifications whoever looks has not read; asked once for a page."""
    request: Any = context.get("request")
    if request is None:
        return 0
    if not hasattr(request, "unread_notifications"):
        request.unread_notifications = unread_count(request.user) if request.user.is_authenticated else 0
    number: int = request.unread_notifications
    return number
