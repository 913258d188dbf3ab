"""What every page's template needs: icons from the sprite, portraits, attributes that a component passes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import template
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join

from accounts.pictures import USUAL_SIZE
from accounts.selectors.people import portrait_url
from accounts.sharing import share_address
from config.lib.formats import page_locale

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.utils.safestring import SafeString

    from accounts.models import User

register = template.Library()

# Open Graph asks for a country beside each language.
TERRITORIES = {"en": "GB"}


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


@register.simple_tag
def rest(attrs: Any) -> SafeString:
    """Write the attributes that a component was given and does not know itself.

    Cotton's own `{{ attrs }}` leaves values as they are, so that a name like `" onclick="…"` would become attributes.
    """
    given: Mapping[str, object] = attrs.attrs_dict() if hasattr(attrs, "attrs_dict") else {}
    bare = format_html_join("", " {}", ((name,) for name, value in given.items() if value is True))
    said = ((name, value) for name, value in given.items() if value is not None and not isinstance(value, bool))
    return bare + format_html_join("", ' {}="{}"', said)


@register.filter(name="is")
def is_(value: object, other: object) -> bool:
    """Return whether both are the same, for a name given to the answer by {% with %}."""
    return value == other


@register.simple_tag
def portrait_of(person: User, size: int = USUAL_SIZE) -> str:
    """Return the address of somebody's portrait."""
    return portrait_url(person, size)


@register.simple_tag
def profile_picture(person: User) -> str:
    """Return the address of what a link to somebody's page shows elsewhere."""
    return share_address(person)


@register.simple_tag
def og_locale() -> str:
    """Return the language of the page as Open Graph names it: `fr_FR`."""
    locale = page_locale()
    return f"{locale.language}_{locale.territory or TERRITORIES.get(locale.language, locale.language.upper())}"
