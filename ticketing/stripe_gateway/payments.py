"""Payments by card, what is given back of them, and what banks take back (https://docs.stripe.com/api)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ticketing.stripe_gateway.client import client
from ticketing.stripe_gateway.reading import PAGE_SIZE, balance_line, charge_of, id_of, words_of
from ticketing.stripe_gateway.refusals import stripe_errors
from ticketing.stripe_objects import Dispute, PaymentIntent, Refund

if TYPE_CHECKING:
    from collections.abc import Mapping

    import stripe

    from ticketing.stripe_objects import Charge

REFUND_REASON = "requested_by_customer"


def retrieve_payment(payment_intent: str) -> PaymentIntent:
    with stripe_errors("payment_intent.retrieve"):
        found = client().v1.payment_intents.retrieve(payment_intent)
        return PaymentIntent(
            id=found.id,
            status=found.status,
            amount=found.amount,
            received=found.amount_received,
            currency=found.currency,
            charge=id_of(found.latest_charge),
            transfer_group=found.transfer_group or "",
            metadata=words_of(found.metadata),
        )


def retrieve_charge(charge: str) -> Charge:
    """Return a charge with its line of the balance, which says what Stripe kept."""
    with stripe_errors("charge.retrieve"):
        return charge_of(client().v1.charges.retrieve(charge, {"expand": ["balance_transaction"]}))


def create_refund(payment_intent: str, *, amount: int, key: str, metadata: Mapping[str, str] | None = None) -> Refund:
    """Give back a part of a payment, or all of it; raises RefundTooLargeError above what is left."""
    with stripe_errors("refund.create"):
        made = client().v1.refunds.create(
            {
                "payment_intent": payment_intent,
                "amount": amount,
                "reason": REFUND_REASON,
                "metadata": dict(metadata or {}),
            },
            {"idempotency_key": key},
        )
        return _refund(made)


def retrieve_refund(refund: str) -> Refund:
    with stripe_errors("refund.retrieve"):
        return _refund(client().v1.refunds.retrieve(refund))


def list_refunds(payment_intent: str) -> tuple[Refund, ...]:
    """Return the refunds of a payment, newest first; at most a hundred, more than we would ever make."""
    with stripe_errors("refund.list"):
        found = client().v1.refunds.list({"payment_intent": payment_intent, "limit": PAGE_SIZE})
        return tuple(map(_refund, found.data))


def retrieve_dispute(dispute: str) -> Dispute:
    with stripe_errors("dispute.retrieve"):
        found = client().v1.disputes.retrieve(dispute)
        return Dispute(
            id=found.id,
            status=found.status,
            amount=found.amount,
            currency=found.currency,
            reason=found.reason,
            charge=id_of(found.charge) or "",
            payment_intent=id_of(found.payment_intent),
            lines=tuple(line for line in map(balance_line, found.balance_transactions) if line is not None),
        )


def _refund(found: stripe.Refund) -> Refund:
    return Refund(
        id=found.id,
        status=found.status or "",
        amount=found.amount,
        currency=found.currency,
        charge=id_of(found.charge),
        payment_intent=id_of(found.payment_intent),
        # The SDK leaves out what an answer left out.
        failure_reason=getattr(found, "failure_reason", None) or "",
        metadata=words_of(found.metadata),
    )
