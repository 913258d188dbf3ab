"""The test cards of https://docs.stripe.com/testing, as far as they mean something here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from ticketing.devstripe.errors import ApiError

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class Card:
    """`declined` is a decline code; `asks` for 3D Secure; a payment with a `disputed` one is disputed at once."""

    number: str
    words: StrOrPromise
    declined: str = ""
    asks: bool = False
    disputed: bool = False
    # What becomes of a refund: at once, or some seconds after it was pending.
    refund: str = "succeeded"
    country: str = "US"

    @property
    def last4(self) -> str:
        return self.number[-4:]

    @property
    def spaced(self) -> str:
        return " ".join(self.number[at : at + 4] for at in range(0, len(self.number), 4))


CARDS = {
    card.number: card
    for card in (
        Card("4242424242424242", _("Succeeds")),
        Card("4000000000000002", _("Is declined"), declined="generic_decline"),
        Card("4000000000009995", _("Has too little money"), declined="insufficient_funds"),
        Card("4000002500003155", _("Asks for 3D Secure"), asks=True, country="FR"),
        Card("4000000000003220", _("Always asks for 3D Secure"), asks=True),
        Card("4000000000000259", _("Succeeds, and is disputed"), disputed=True),
        Card("4000000000007726", _("Succeeds; a refund takes a moment"), refund="pending"),
        Card("4000000000005126", _("Succeeds; a refund fails after a moment"), refund="failed"),
    )
}
# What tests name instead of a number; they ask for nothing, as nobody is there to answer.
PAYMENT_METHODS = {
    "pm_card_visa": "4242424242424242",
    "pm_card_visa_chargeDeclined": "4000000000000002",
    "pm_card_visa_chargeDeclinedInsufficientFunds": "4000000000009995",
    "pm_card_createDispute": "4000000000000259",
}


def card_numbered(number: str) -> Card | None:
    """Return the test card, however its number is spaced; None: no test card, and a real one has no business here."""
    return CARDS.get("".join(number.split()))


def named_card(payment_method: str) -> Card:
    number = PAYMENT_METHODS.get(payment_method)
    if number is None:
        raise ApiError(f"No such PaymentMethod: '{payment_method}'", code="resource_missing", param="payment_method")
    return CARDS[number]
