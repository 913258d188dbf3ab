"""What the gateway relies on, held against devstripe and, with STRIPE_TEST_SECRET_KEY, against a sandbox of Stripe."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from ticketing import stripe_gateway as gateway
from ticketing.errors import (
    PaymentConflictError,
    PaymentDeclinedError,
    PaymentMissingError,
    PaymentRefusedError,
    RefundTooLargeError,
)
from ticketing.stripe_gateway.client import client
from ticketing.stripe_gateway.refusals import stripe_errors

if TYPE_CHECKING:
    from collections.abc import Callable

    from ticketing.stripe_objects import CheckoutRequest

    Ask = Callable[..., CheckoutRequest]

pytestmark = pytest.mark.usefixtures("either_stripe")


def key() -> str:
    return f"test_{secrets.token_hex(8)}"


def paid(amount: int = 1_200, method: str = "pm_card_visa") -> str:
    """Return a PaymentIntent of whoever pays without a page."""
    params: Any = {
        "amount": amount,
        "currency": "eur",
        "confirm": True,
        "capture_method": "automatic",
        "payment_method": method,
        "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
    }
    with stripe_errors("payment_intent.create"):
        return client().v1.payment_intents.create(params, {"idempotency_key": key()}).id


def test_checkout_is_open_and_says_what_was_asked(ask: Ask) -> None:
    request = ask()
    made = gateway.create_checkout(request, key=key())
    assert replace(made, id="", url="") == replace(
        made,
        id="",
        url="",
        status="open",
        payment_status="unpaid",
        amount=1_200,
        tax=0,
        currency="eur",
        reference="order_1",
        expires_at=request.expires_at.replace(microsecond=0),
        payment_intent=None,
        country="",
        metadata={"order": "order_1"},
    )
    assert (made.id[:8], bool(made.url), made.is_paid) == ("cs_test_", True, False)
    assert gateway.retrieve_checkout(made.id) == made


def test_same_key_makes_one_checkout(ask: Ask) -> None:
    request, once = ask(), key()
    assert gateway.create_checkout(request, key=once).id == gateway.create_checkout(request, key=once).id


def test_same_key_for_another_sum_is_a_conflict(ask: Ask) -> None:
    request, once = ask(), key()
    gateway.create_checkout(request, key=once)
    with pytest.raises(PaymentConflictError):
        gateway.create_checkout(replace(request, item=replace(request.item, amount=900)), key=once)


def test_checkout_is_expired_once(ask: Ask) -> None:
    made = gateway.create_checkout(ask(), key=key())
    assert (gateway.expire_checkout(made.id, key=key()).status, gateway.retrieve_checkout(made.id).url) == (
        "expired",
        None,
    )
    assert gateway.expire_checkout(made.id, key=key()).status == "expired"


@pytest.mark.parametrize("minutes", [29, 24 * 60 + 2])
def test_checkout_is_refused_outside_its_time(ask: Ask, minutes: int) -> None:
    with pytest.raises(PaymentRefusedError) as refused:
        gateway.create_checkout(ask(expires_at=timezone.now() + timedelta(minutes=minutes)), key=key())
    assert refused.value.param == "expires_at"


def test_unknown_checkout_is_missing() -> None:
    with pytest.raises(PaymentMissingError):
        gateway.retrieve_checkout("cs_test_none")
    with pytest.raises(PaymentMissingError):
        gateway.expire_checkout("cs_test_none", key=key())


def test_payment_and_charge_agree() -> None:
    payment = gateway.retrieve_payment(paid())
    assert (payment.status, payment.amount, payment.received, payment.currency) == ("succeeded", 1_200, 1_200, "eur")
    charge = gateway.retrieve_charge(payment.charge or "")
    assert charge.balance is not None
    assert (charge.status, charge.amount, charge.refunded, charge.payment_intent, charge.disputed) == (
        "succeeded",
        1_200,
        0,
        payment.id,
        False,
    )
    assert (charge.card_country, charge.balance.source) == ("US", charge.id)
    assert charge.balance.net == charge.balance.amount - charge.balance.fee


@pytest.mark.parametrize(
    ("method", "reason"),
    [
        ("pm_card_visa_chargeDeclined", "generic_decline"),
        ("pm_card_visa_chargeDeclinedInsufficientFunds", "insufficient_funds"),
    ],
)
def test_declined_card_says_why(method: str, reason: str) -> None:
    with pytest.raises(PaymentDeclinedError) as declined:
        paid(method=method)
    assert declined.value.reason == reason


def test_refund_in_parts_until_nothing_is_left() -> None:
    payment = paid()
    first = gateway.create_refund(payment, amount=500, key=key())
    assert (first.status, first.amount, first.currency, first.payment_intent) == ("succeeded", 500, "eur", payment)
    assert gateway.retrieve_refund(first.id) == first
    with pytest.raises(RefundTooLargeError):
        gateway.create_refund(payment, amount=701, key=key())
    gateway.create_refund(payment, amount=700, key=key())
    with pytest.raises(RefundTooLargeError):
        gateway.create_refund(payment, amount=1, key=key())
    charge = gateway.retrieve_charge(first.charge or "")
    assert (charge.amount, charge.refunded) == (1_200, 1_200)


def test_same_key_refunds_once() -> None:
    payment, once = paid(), key()
    refunds = {gateway.create_refund(payment, amount=500, key=once).id for _ in range(3)}
    charge = gateway.retrieve_charge(gateway.retrieve_payment(payment).charge or "")
    assert (len(refunds), charge.refunded) == (1, 500)


def test_parameter_that_stripe_does_not_know_is_refused() -> None:
    params: Any = {"amount": 1_200, "currency": "eur", "tip": 3}
    with pytest.raises(PaymentRefusedError) as refused, stripe_errors("payment_intent.create"):
        client().v1.payment_intents.create(params, {"idempotency_key": key()})
    assert (refused.value.reason, refused.value.param) == ("parameter_unknown", "tip")


def test_balance_is_read_page_by_page() -> None:
    since = timezone.now() - timedelta(seconds=5)
    amounts = [1_200, 1_300, 1_400]
    for amount in amounts:
        paid(amount)
    page = gateway.list_balance(since=since, limit=2)
    rest = gateway.list_balance(since=since, after=page.after, limit=2)
    # A sandbox of others may have moved meanwhile.
    found = [row.amount for row in (*page.rows, *rest.rows) if row.type == "charge"]
    assert (len(page.rows), found[:3]) == (2, [1_400, 1_300, 1_200])
