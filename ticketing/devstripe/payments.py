"""PaymentIntents and the charges that they lead to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ticketing.devstripe import balance, disputes
from ticketing.devstripe.cards import named_card
from ticketing.devstripe.errors import ApiError
from ticketing.devstripe.events import emit

if TYPE_CHECKING:
    from ticketing.devstripe.cards import Card
    from ticketing.devstripe.store import Body, Store

# In minor units; Stripe's for the euro (https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts).
LEAST_AMOUNT = 50
MOST_AMOUNT = 99_999_999
INSUFFICIENT = "Your card has insufficient funds."
DECLINED = "Your card was declined."


def create(store: Store, params: dict[str, Any]) -> Body:
    """Make a PaymentIntent and, with `confirm`, try to take it."""
    made = open_payment(
        store,
        params["amount"],
        params["currency"],
        metadata=params.get("metadata") or {},
        transfer_group=params.get("transfer_group"),
    )
    if params.get("confirm"):
        take(store, made, named_card(params.get("payment_method", "")))
    return made


def open_payment(
    store: Store, amount: int, currency: str, *, metadata: dict[str, str], transfer_group: str | None
) -> Body:
    check_amount(amount)
    return store.add(
        "pi",
        "payment_intent",
        amount=amount,
        amount_received=0,
        currency=currency,
        status="requires_payment_method",
        latest_charge=None,
        last_payment_error=None,
        metadata=metadata,
        transfer_group=transfer_group,
        payment_method_types=["card"],
    )


def check_amount(amount: int) -> None:
    if amount < LEAST_AMOUNT:
        raise ApiError(f"Amount must be at least {LEAST_AMOUNT} minor units.", code="amount_too_small", param="amount")
    if amount > MOST_AMOUNT:
        raise ApiError(f"Amount must be no more than {MOST_AMOUNT}.", code="amount_too_large", param="amount")


def take(store: Store, payment: Body, card: Card, *, country: str | None = None) -> Body:
    """Charge the card and return the charge; raises ApiError (402) if it is declined."""
    if payment["status"] == "succeeded":
        state = "This PaymentIntent has already succeeded."
        raise ApiError(state, code="payment_intent_unexpected_state", param="payment_intent")
    charge = _charge(store, payment, card, country)
    payment["latest_charge"] = charge["id"]
    if card.declined:
        _decline(store, payment, charge, card)
    line = balance.book(store, "charge", charge["amount"], of=charge, fee=balance.fee_of(charge["amount"]))
    charge |= {"status": "succeeded", "paid": True, "captured": True, "balance_transaction": line["id"]}
    payment |= {"status": "succeeded", "amount_received": payment["amount"], "last_payment_error": None}
    store.save(charge)
    store.save(payment)
    emit(store, "charge.succeeded", charge)
    emit(store, "payment_intent.succeeded", payment)
    if card.disputed:
        disputes.open_dispute(store, charge)
    return charge


def ask(store: Store, payment: Body) -> None:
    """Let the payment wait for the bank's question (3D Secure) to be answered."""
    payment["status"] = "requires_action"
    store.save(payment)
    emit(store, "payment_intent.requires_action", payment)


def fail_question(store: Store, payment: Body) -> None:
    """Note that the bank's question was answered wrongly: nothing is charged."""
    message = (
        "We are unable to authenticate your payment method. Please choose a different payment method and try again."
    )
    problem = {"type": "invalid_request_error", "code": "payment_intent_authentication_failure", "message": message}
    payment |= {"status": "requires_payment_method", "last_payment_error": problem}
    store.save(payment)
    emit(store, "payment_intent.payment_failed", payment)


def _charge(store: Store, payment: Body, card: Card, country: str | None) -> Body:
    return store.add(
        "ch",
        "charge",
        amount=payment["amount"],
        amount_refunded=0,
        balance_transaction=None,
        billing_details={"address": {"country": country}, "email": None, "name": None, "phone": None},
        captured=False,
        currency=payment["currency"],
        disputed=False,
        failure_code=None,
        metadata=payment["metadata"],
        paid=False,
        payment_intent=payment["id"],
        payment_method_details={"type": "card", "card": {"country": card.country, "last4": card.last4}},
        refunded=False,
        status="pending",
        transfer_group=payment["transfer_group"],
        _refund=card.refund,
    )


def _decline(store: Store, payment: Body, charge: Body, card: Card) -> None:
    message = INSUFFICIENT if card.declined == "insufficient_funds" else DECLINED
    refused = ApiError(
        message,
        status=402,
        kind="card_error",
        code="card_declined",
        decline_code=card.declined,
        charge=charge["id"],
    )
    charge |= {"status": "failed", "failure_code": "card_declined"}
    payment |= {"status": "requires_payment_method", "last_payment_error": refused.body["error"]}
    store.save(charge)
    store.save(payment)
    emit(store, "charge.failed", charge)
    emit(store, "payment_intent.payment_failed", payment)
    raise refused
