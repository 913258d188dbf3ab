"""The site's terms: where they are, and whether whoever looks has still to agree to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import template

from accounts.enums import ConsentKind
from accounts.selectors.people import person_of
from accounts.selectors.privacy import agrees_to
from accounts.terms import site_terms

if TYPE_CHECKING:
    from accounts.terms import SiteTerms

register = template.Library()

# Which words somebody is known to have agreed to, kept with the session so that pages need not ask the database.
SESSION_KEY = "terms_agreed"


@register.simple_tag(name="site_terms")
def site_terms_tag() -> SiteTerms:
    """Return where the terms and the notice are."""
    return site_terms()


@register.simple_tag(takes_context=True)
def terms_to_agree_to(context: dict[str, Any]) -> SiteTerms | None:
    """Return the terms if whoever looks has an account and has not agreed to their present version."""
    request, site = context.get("request"), site_terms()
    person = person_of(request.user) if request and site.words else None
    if request is None or person is None or request.session.get(SESSION_KEY) == site.words:
        return None
    if not agrees_to(person, ConsentKind.TERMS, site.words):
        return site
    request.session[SESSION_KEY] = site.words
    return None
