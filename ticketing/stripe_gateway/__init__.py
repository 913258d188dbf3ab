"""The one door to Stripe: typed functions for what we need of it, our dataclasses out, our errors.

Nothing behind it knows Stripe's SDK, and nobody can tell from here whether Stripe answers or devstripe, its stand-in.
Every POST takes a key of the caller's, derived from a row that was committed before: the same call with the same key
does nothing twice, for 24 hours (https://docs.stripe.com/api/idempotent_requests). Amounts are minor units.

    client     which Stripe it is      refusals   its errors in our words      reading    what its objects share
    checkouts, payments, balances      what people pay                         events     what it tells
    accounts, transfers                whom we pass it on to, and how
"""

from ticketing.stripe_gateway.accounts import create_account, create_account_link, retrieve_account
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
from ticketing.stripe_gateway.transfers import (
    create_reversal,
    create_transfer,
    list_reversals,
    list_transfers,
    retrieve_transfer,
)

__all__ = [
    "create_account",
    "create_account_link",
    "create_checkout",
    "create_refund",
    "create_reversal",
    "create_transfer",
    "expire_checkout",
    "is_live",
    "list_balance",
    "list_refunds",
    "list_reversals",
    "list_transfers",
    "payments_are_on",
    "payments_are_tests",
    "read_webhook",
    "retrieve_account",
    "retrieve_charge",
    "retrieve_checkout",
    "retrieve_dispute",
    "retrieve_event",
    "retrieve_payment",
    "retrieve_refund",
    "retrieve_transfer",
]
