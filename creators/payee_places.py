"""The countries in which people can be paid, and in what currency."""

from __future__ import annotations

import unicodedata

from babel.numbers import get_territory_currencies
from django.conf import settings

from config.lib.formats import page_locale

# The CLDR that we have is of the year before (https://eur-lex.europa.eu/eli/reg/2025/1409).
_NEWER = {"BG": "eur"}


def countries() -> list[tuple[str, str]]:
    """Return each country and its name in the page's language, in the order of the names."""
    found = [(country, country_name(country)) for country in settings.PAYEE_COUNTRIES]
    return sorted(found, key=lambda one: _without_accents(one[1]))


def country_name(country: str) -> str:
    return str(page_locale().territories.get(country, country))


def currency_of(country: str) -> str:
    """Return in what people there are paid, as Stripe writes it; "" for what is no country."""
    used = get_territory_currencies(country)
    return _NEWER.get(country) or (used[0].lower() if used else "")


def _without_accents(name: str) -> str:
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold()
