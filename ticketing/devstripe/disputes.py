"""Disputes: a cardholder's bank takes a payment back, for now or for good (https://docs.stripe.com/disputes)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ticketing.devstripe import balance
from ticketing.devstripe.errors import ApiError
from ticketing.devstripe.events import emit

if TYPE_CHECKING:
    from ticketing.devstripe.store import Body, Store

# What a dispute costs in the EU, whoever wins.
DISPUTE_FEE = 2_000
OUTCOMES = ("won", "lost")


def open_dispute(store: Store, charge: Body, *, reason: str = "fraudulent") -> Body:
    """Take the money of a charge back until it is decided."""
    if charge["disputed"] or charge["refunded"] or charge["status"] != "succeeded":
        raise ApiError(f"Charge {charge['id']} cannot be disputed.")
    charge |= {"disputed": True, "_charged_back": True}
    store.save(charge)
    made = store.add(
        "dp",
        "dispute",
        # What was given back before stays given back.
        amount=charge["amount"] - charge["amount_refunded"],
        balance_transactions=[],
        charge=charge["id"],
        currency=charge["currency"],
        metadata={},
        payment_intent=charge["payment_intent"],
        reason=reason,
        status="needs_response",
    )
    made["balance_transactions"].append(balance.book(store, "adjustment", -made["amount"], of=made, fee=DISPUTE_FEE))
    store.save(made)
    emit(store, "charge.dispute.created", made)
    emit(store, "charge.dispute.funds_withdrawn", made)
    return made


def close_dispute(store: Store, dispute: Body, outcome: str) -> Body:
    """Decide it: `won` brings the amount back, not the fee."""
    if outcome not in OUTCOMES:
        raise ApiError(f"A dispute is {' or '.join(OUTCOMES)}.")
    if dispute["status"] in OUTCOMES:
        raise ApiError("This dispute is already closed.")
    dispute["status"] = outcome
    if outcome == "won":
        # It stays one that was disputed, but the money is here again and can be given back.
        store.save(store.get("charge", dispute["charge"]) | {"_charged_back": False})
        dispute["balance_transactions"].append(balance.book(store, "adjustment", dispute["amount"], of=dispute))
    store.save(dispute)
    if outcome == "won":
        emit(store, "charge.dispute.funds_reinstated", dispute)
    emit(store, "charge.dispute.closed", dispute)
    return dispute
