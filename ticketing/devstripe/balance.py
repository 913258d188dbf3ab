"""The balance: one line for each payment, refund, dispute and transfer, with what Stripe keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings

from ticketing.devstripe.listing import page_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ticketing.devstripe.store import Body, Store

# How Stripe sums the types up in its reports, where not by their own name.
REPORTED_AS = {"payment_refund": "refund", "adjustment": "dispute", "transfer_refund": "transfer_reversal"}


def book(store: Store, kind: str, amount: int, *, of: Body, fee: int = 0) -> Body:
    """Write a line for an object; `amount` below zero went out."""
    store.choose(_sum_name(of["currency"]), available(store, of["currency"]) + amount - fee)
    return store.add(
        "txn",
        "balance_transaction",
        type=kind,
        reporting_category=REPORTED_AS.get(kind, kind),
        amount=amount,
        fee=fee,
        net=amount - fee,
        currency=of["currency"],
        source=of["id"],
        status="available",
        fee_details=[],
        description=None,
        exchange_rate=None,
    )


def fee_of(amount: int) -> int:
    """Return what is kept of a payment, half a cent upwards."""
    return (amount * settings.DEVSTRIPE_FEE_BASIS_POINTS + 5_000) // 10_000 + settings.DEVSTRIPE_FEE_FIXED


def available(store: Store, currency: str) -> int:
    """Return what the balance holds of a currency; here everything is available at once."""
    known = store.option(_sum_name(currency))
    if known is None:
        # A file from before sums were kept.
        lines = store.newest("balance_transaction")
        known = sum(line["net"] for line in lines if line["currency"] == currency)
    return int(known)


def _sum_name(currency: str) -> str:
    return f"balance:{currency}"


def listed(store: Store, params: dict[str, Any], path: str) -> Body:
    return page_of(_within(store, params), params, path)


def _within(store: Store, params: dict[str, Any]) -> Iterator[Body]:
    created = params.get("created") or {}
    for line in store.newest("balance_transaction"):
        at = line["created"]
        if created.get("gte", at) <= at < created.get("lt", at + 1):
            yield line
