"""Refunds: a payment given back, whole or in parts, never more than it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ticketing.devstripe import balance
from ticketing.devstripe.errors import ApiError
from ticketing.devstripe.events import emit
from ticketing.devstripe.store import now

if TYPE_CHECKING:
    from ticketing.devstripe.store import Body, Store

# How long a bank takes that does not answer at once.
THOUGHT_SECONDS = 5


def create(store: Store, params: dict[str, Any]) -> Body:
    charge = _charge_of(store, params)
    left = charge["amount"] - charge["amount_refunded"]
    amount = params.get("amount", left)
    _check(charge, amount, left)
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    store.save(charge)
    made = _refund(store, charge, amount, params)
    emit(store, "refund.created", made)
    emit(store, "charge.refunded", charge)
    return made


def settle_due(store: Store) -> None:
    """Let the bank answer for the refunds that it had to think about."""
    for refund in store.due("refund"):
        _settle(store, refund)


def _settle(store: Store, refund: Body) -> None:
    charge = store.get("charge", refund["charge"])
    refund["status"] = "failed" if charge["_refund"] == "failed" else "succeeded"
    if refund["status"] == "failed":
        refund["failure_reason"] = "expired_or_canceled_card"
        balance.book(store, "refund_failure", refund["amount"], of=refund)
        charge["amount_refunded"] -= refund["amount"]
        charge["refunded"] = False
        store.save(charge)
    store.save(refund, ended=True)
    emit(store, "refund.failed" if refund["status"] == "failed" else "refund.updated", refund)


def listed(store: Store, params: dict[str, Any]) -> Body:
    """Return the refunds of a payment, newest first, on one page."""
    payment = params.get("payment_intent")
    if payment is None:
        raise ApiError("devstripe lists the refunds of one payment.", code="parameter_missing", param="payment_intent")
    found = [made for made in store.newest("refund") if made["payment_intent"] == payment]
    return {"object": "list", "data": found[: params.get("limit", 10)], "has_more": False, "url": "/v1/refunds"}


def _charge_of(store: Store, params: dict[str, Any]) -> Body:
    if "payment_intent" not in params:
        if "charge" not in params:
            raise ApiError("One of the following params should be provided for this request: payment_intent or charge.")
        return store.get("charge", params["charge"])
    payment = store.get("payment_intent", params["payment_intent"])
    if payment["status"] != "succeeded":
        raise ApiError("This PaymentIntent does not have a successful charge to refund.", param="payment_intent")
    return store.get("charge", payment["latest_charge"])


def _check(charge: Body, amount: int, left: int) -> None:
    if charge.get("_charged_back"):
        raise ApiError(f"Charge {charge['id']} has been charged back; cannot issue a refund.", code="charge_disputed")
    if left == 0:
        raise ApiError(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    if amount < 1:
        raise ApiError("Invalid positive integer", code="parameter_invalid_integer", param="amount")
    if amount > left:
        raise ApiError(f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})", param="amount")


def _refund(store: Store, charge: Body, amount: int, params: dict[str, Any]) -> Body:
    at_once = charge["_refund"] == "succeeded"
    made = store.add(
        "re",
        "refund",
        amount=amount,
        balance_transaction=None,
        charge=charge["id"],
        currency=charge["currency"],
        metadata=params.get("metadata") or {},
        payment_intent=charge["payment_intent"],
        reason=params.get("reason"),
        status="succeeded" if at_once else "pending",
        due=None if at_once else now() + THOUGHT_SECONDS,
    )
    # What Stripe kept of the payment it keeps (https://support.stripe.com, "fees for refunded payments").
    made["balance_transaction"] = balance.book(store, "refund", -amount, of=made)["id"]
    store.save(made)
    return made
