"""Which tax is in a price: where the buyer lives decides, by the table in vat_rates.toml or by Stripe's own reckoning.

Rates are basis points. Prices include the tax, so it is taken out of what was charged and never added to it. For a
country outside the table nothing is collected.
"""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings

from config.lib.money import BASIS_POINTS, Money

if TYPE_CHECKING:
    from datetime import date

TABLE: Final = Path(__file__).with_name("vat_rates.toml")


@dataclass(frozen=True)
class TaxDecision:
    """What of an order is tax. `rate` is None where Stripe worked it out; `evidence` is what shows the country."""

    country: str
    rate: int | None
    tax: Money
    evidence: dict[str, Any]


def rate_for(country: str, on: date) -> int:
    """Return the standard rate of a country on a day; 0 where nothing is collected."""
    held = [rate for begins, rate in _rates().get(country.upper(), ()) if begins <= on]
    return held[-1] if held else 0


def tax_in(amount: Money, rate: int) -> Money:
    """Return the tax that a price includes."""
    return amount.fraction(rate, BASIS_POINTS + rate)


def decide(
    *, billing_country: str, card_country: str, amount: Money, on: date, automatic_tax: int | None
) -> TaxDecision:
    """Say whose tax is in a payment, and how much. `automatic_tax` is what Stripe worked out, if it was asked.

    The billing address decides. Without one it is the site's own country: somebody is owed the tax, and at home the
    mistake is found. The card's country is kept as the second proof, whatever it says.
    """
    billing, card = _country(billing_country), _country(card_country)
    country = billing or settings.TICKET_HOME_COUNTRY
    evidence = {
        "billing_country": billing,
        "card_country": card,
        # None: there are not two proofs to compare.
        "agree": billing == card if billing and card else None,
        "decided_by": "billing_country" if billing else "home_country",
        "worked_out_by": "table" if automatic_tax is None else "stripe",
    }
    if automatic_tax is not None:
        return TaxDecision(country, None, Money(automatic_tax, amount.currency), evidence)
    rate = rate_for(country, on)
    return TaxDecision(country, rate, tax_in(amount, rate), evidence)


def _country(code: str) -> str:
    """Return a country as ISO 3166 writes it; "" for what is none, as money that came has to be written down."""
    code = code.strip().upper()
    return code if len(code) == 2 and code.isascii() and code.isalpha() else ""


@functools.cache
def _rates() -> dict[str, tuple[tuple[date, int], ...]]:
    """Return what each country asks and from when on, oldest first."""
    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    return {country: tuple(sorted((line["from"], line["rate"]) for line in lines)) for country, lines in table.items()}
