"""What the gateway tells of Stripe's objects: only what we use, amounts in minor units, nothing to write back.

The names and states are Stripe's (https://docs.stripe.com/api); a state that we do not know yet is passed on as it is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


@dataclass(frozen=True)
class CheckoutItem:
    """What somebody is asked to pay for, tax included. `name` and `description` stand on Stripe's page."""

    name: str
    amount: int
    currency: str
    description: str = ""
    # Tells Stripe's own tax what is sold, if it is asked (https://docs.stripe.com/tax/tax-codes).
    tax_code: str = ""


@dataclass(frozen=True)
class CheckoutRequest:
    """What a Checkout Session is made of. `reference` is ours, and comes back with the session and its payment."""

    item: CheckoutItem
    reference: str
    success_url: str
    cancel_url: str
    expires_at: datetime
    transfer_group: str = ""
    email: str = ""
    locale: str = "auto"
    automatic_tax: bool = False
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class CheckoutSession:
    """`status` is open, complete or expired; `payment_status` is paid, unpaid or no_payment_required."""

    id: str
    status: str
    payment_status: str
    amount: int
    tax: int
    currency: str
    reference: str
    expires_at: datetime
    # Where to pay; None once it is closed.
    url: str | None
    # None until somebody has tried to pay.
    payment_intent: str | None
    # Where the buyer says to live, two letters; "" while unknown.
    country: str
    metadata: Mapping[str, str]
    # What paid for it, if it was retrieved; None until somebody has.
    charge: Charge | None = None

    @property
    def is_paid(self) -> bool:
        return self.status == "complete" and self.payment_status == "paid"


@dataclass(frozen=True)
class PaymentIntent:
    id: str
    status: str
    amount: int
    received: int
    currency: str
    charge: str | None
    transfer_group: str
    metadata: Mapping[str, str]

    @property
    def is_paid(self) -> bool:
        return self.status == "succeeded"


@dataclass(frozen=True)
class BalanceTransaction:
    """One line of the account's balance: `amount` came in or (below zero) went out, `fee` stayed with Stripe."""

    id: str
    type: str
    amount: int
    fee: int
    net: int
    currency: str
    source: str | None
    created: datetime


@dataclass(frozen=True)
class Charge:
    id: str
    status: str
    amount: int
    refunded: int
    currency: str
    payment_intent: str | None
    disputed: bool
    transfer_group: str
    # Two letters each, "" if unknown: two of the proofs of where a buyer lives.
    billing_country: str
    card_country: str
    # None while Stripe has not booked it.
    balance: BalanceTransaction | None


@dataclass(frozen=True)
class Refund:
    """`status` is pending, requires_action, succeeded, failed or canceled."""

    id: str
    status: str
    amount: int
    currency: str
    charge: str | None
    payment_intent: str | None
    failure_reason: str
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Dispute:
    """`status` is won, lost, needs_response, under_review, prevented, or an inquiry's, which moves no money."""

    id: str
    status: str
    amount: int
    currency: str
    reason: str
    charge: str
    payment_intent: str | None
    # What it took from the balance and, if it was won, brought back.
    lines: tuple[BalanceTransaction, ...] = ()


@dataclass(frozen=True)
class Page:
    """Some balance transactions, newest first; `after` names the last one if there are more."""

    rows: tuple[BalanceTransaction, ...]
    after: str | None


@dataclass(frozen=True)
class EventHint:
    """That something happened to an object. What, is asked of the object itself."""

    id: str
    type: str
    object_id: str
    livemode: bool
    created: datetime


@dataclass(frozen=True)
class AccountRequest:
    """What a connected account is made of; `country` is ISO 3166, both as the creator says."""

    country: str
    currency: str
    email: str
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ConnectedAccount:
    """Somebody whom Stripe pays for us. `country` and `currency` are "" while Stripe does not know them."""

    id: str
    country: str
    currency: str
    # Whether transfers may go there: active, pending, restricted, rejected or unsupported; "" if never asked for.
    transfers: str
    # Why not, in Stripe's codes; nothing if active.
    reasons: tuple[str, ...]
    # What Stripe wants to be told by its owner, in Stripe's names: now, and some day.
    missing: tuple[str, ...]
    later: tuple[str, ...]
    # What the owner has told and Stripe is looking into.
    in_review: tuple[str, ...]
    # When something that is missing is going to have an effect.
    deadline: datetime | None
    closed: bool
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def may_be_paid(self) -> bool:
        return self.transfers == "active" and not self.closed


@dataclass(frozen=True)
class AccountLink:
    """Where Stripe asks an account's owner for what is missing: once, and only for some minutes."""

    url: str
    expires_at: datetime


@dataclass(frozen=True)
class TransferRequest:
    """What is to go to a connected account: out of one charge, or out of the balance if `charge` is None."""

    amount: int
    currency: str
    destination: str
    charge: str | None = None
    group: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Transfer:
    """`reversed` of `amount` came back."""

    id: str
    amount: int
    reversed: int
    currency: str
    destination: str
    charge: str | None
    group: str
    created: datetime
    # Its line of the balance, if it was retrieved or just made.
    balance: BalanceTransaction | None
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class TransferReversal:
    """A transfer that was taken back, or a part of it."""

    id: str
    transfer: str
    amount: int
    currency: str
    created: datetime
    balance: BalanceTransaction | None
    metadata: Mapping[str, str] = field(default_factory=dict)
