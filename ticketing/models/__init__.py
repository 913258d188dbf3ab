"""What must be remembered of money and tickets, one file for each noun."""

from ticketing.models.ledger import (
    ACCOUNT_NAME_MAX_LENGTH,
    ENTRY_KEY_MAX_LENGTH,
    MEMO_MAX_LENGTH,
    ORDER_KEY_MAX_LENGTH,
    Account,
    Entry,
    LedgerDigest,
)
from ticketing.models.reconciliation import Reconciliation
from ticketing.models.selling import Offer, Order, Refund, Ticket, WaitingPlace
from ticketing.models.stripe import StripeEvent, StripeEventState

__all__ = [
    "ACCOUNT_NAME_MAX_LENGTH",
    "ENTRY_KEY_MAX_LENGTH",
    "MEMO_MAX_LENGTH",
    "ORDER_KEY_MAX_LENGTH",
    "Account",
    "Entry",
    "LedgerDigest",
    "Offer",
    "Order",
    "Reconciliation",
    "Refund",
    "StripeEvent",
    "StripeEventState",
    "Ticket",
    "WaitingPlace",
]
