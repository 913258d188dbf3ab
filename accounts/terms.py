"""What this site asks people to agree to: where its terms and its data-protection notice are, and which version."""

from __future__ import annotations

from typing import NamedTuple

from django.conf import settings


class SiteTerms(NamedTuple):
    """Addresses, empty where there is no such page; `words` is the version of the terms, empty without terms."""

    terms: str
    notice: str
    words: str


def site_terms() -> SiteTerms:
    """Return what this site's settings say."""
    terms: str = settings.TERMS_URL
    return SiteTerms(terms, settings.PRIVACY_NOTICE_URL, settings.TERMS_WORDS if terms else "")
