"""Sums of money as the language of the page writes them; amounts are in the smallest unit, as with Stripe."""

from __future__ import annotations

from decimal import Decimal

from babel.numbers import format_currency, get_currency_precision
from django.utils.translation import get_language


def money(minor: int, currency: str) -> str:
    """Return `minor` (cents, yen) of an ISO 4217 currency: `money(120450, "EUR")` is `1 204,50 €` in French."""
    units = Decimal(minor).scaleb(-get_currency_precision(currency))
    locale = (get_language() or "en").replace("-", "_")
    # Our fonts lack the narrow space of French numbers.
    return format_currency(units, currency, locale=locale).replace("\u202f", "\u00a0")
