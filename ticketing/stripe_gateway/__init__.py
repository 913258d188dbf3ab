"""The one door to Stripe: typed functions for what we need of it, our dataclasses out, our errors.

Nothing behind it knows Stripe's SDK, and nobody can tell from here whether Stripe answers or devstripe, its stand-in.
Every POST takes a key of the caller's, derived from a row that was committed before: the same call with the same key
does nothing twice, for 24 hours (https://docs.stripe.com/api/idempotent_requests). Amounts are minor units.

    client     which Stripe it is      refusals   its errors in our words      reading    what its objects share
    checkouts, payments, balances      what people pay                         events     what it tells
"""

from ticketing.stripe_gateway.balances import list_balance
from ticketing.stripe_gateway.checkouts import create_checkout, expire_checkout, retrieve_checkout
from ticketing.stripe_gateway.client import is_live, payments_are_on, payments_are_tests
from ticketing.stripe_gateway.events import read_webhook, retrieve_event
from ticketing.stripe_gateway.payments import (
    create_refund,
    list_refunds,
    retrieve_charge,
    retrieve_dispute,
    retrieve_payment,
    retrieve_refund,
)

__all__ = [
    "create_checkout",
    "create_refund",
    "expire_checkout",
    "is_live",
    "list_balance",
    "list_refunds",
    "payments_are_on",
    "payments_are_tests",
    "read_webhook",
    "retrieve_charge",
    "retrieve_checkout",
    "retrieve_dispute",
    "retrieve_event",
    "retrieve_payment",
    "retrieve_refund",
]
