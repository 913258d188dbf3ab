"""What several of Stripe's objects have in common, in our dataclasses: of the SDK's objects or its plain answers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import stripe

from ticketing.stripe_objects import BalanceTransaction, Charge

# As many as Stripe gives at once.
PAGE_SIZE = 100


def charge_of(found: Any) -> Charge:
    details = found["payment_method_details"]
    card = details["card"] if details else None
    address = found["billing_details"]["address"]
    return Charge(
        id=found["id"],
        status=found["status"],
        amount=found["amount"],
        refunded=found["amount_refunded"],
        currency=found["currency"],
        payment_intent=id_of(found["payment_intent"]),
        disputed=found["disputed"],
        transfer_group=found["transfer_group"] or "",
        billing_country=(address["country"] if address else None) or "",
        card_country=(card["country"] if card else None) or "",
        balance=balance_line(found["balance_transaction"]),
    )


def balance_line(found: Any) -> BalanceTransaction | None:
    if found is None or isinstance(found, str):
        return None
    return BalanceTransaction(
        id=found["id"],
        type=found["type"],
        amount=found["amount"],
        fee=found["fee"],
        net=found["net"],
        currency=found["currency"],
        source=id_of(found["source"]),
        created=time_of(found["created"]),
    )


def id_of(found: Any) -> str | None:
    """Return the id of what is named or, if it was expanded, here."""
    return found if found is None or isinstance(found, str) else str(found["id"])


def words_of(found: Any) -> dict[str, str]:
    words = found.to_dict() if isinstance(found, stripe.StripeObject) else found or {}
    return {str(name): str(value) for name, value in words.items()}


def time_of(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
