"""What every page's template needs: icons from the sprite, fields with their help and errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import template
from django.templatetags.static import static
from django.utils.html import format_html

from accounts.selectors import portrait_url

if TYPE_CHECKING:
    from django.forms import BoundField
    from django.utils.safestring import SafeString

    from accounts.models import User

register = template.Library()


@register.simple_tag
def icon(name: str, classes: str = "icon") -> SafeString:
    """Draw an icon of site/icons.svg. It is silent to a screen reader: words stand beside it or name its control."""
    return format_html(
        '<svg class="{}" aria-hidden="true"><use href="{}#i-{}"/></svg>', classes, static("site/icons.svg"), name
    )


@register.simple_tag
def waves() -> SafeString:
    """Draw the mark of what is live: guillemets that are also sound waves."""
    return icon("waves", "waves")


@register.inclusion_tag("partials/_field.html")
def field(bound: BoundField, *, classes: str = "", counter: int = 0) -> dict[str, Any]:
    """Show one field with its label, help and errors; `counter` is the most characters, counted while typing."""
    return {
        "field": bound,
        "classes": classes,
        "counter": counter,
        "is_check": getattr(bound.field.widget, "input_type", "") == "checkbox",
    }


@register.simple_tag
def portrait_of(person: User) -> str:
    """Return the address of somebody's portrait."""
    return portrait_url(person.public_id)
