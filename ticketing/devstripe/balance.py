"""The balance: one line for each payment, refund and dispute, with what Stripe keeps."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from django.conf import settings

from ticketing.devstripe.errors import missing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ticketing.devstripe.store import Body, Store

PAGE = 10
MOST_PAGE = 100


def book(store: Store, kind: str, amount: int, *, of: Body, fee: int = 0) -> Body:
    """Write a line for an object; `amount` below zero went out."""
    return store.add(
        "txn",
        "balance_transaction",
        type=kind,
        reporting_category={"payment_refund": "refund", "adjustment": "dispute"}.get(kind, kind),
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


def listed(store: Store, params: dict[str, Any], path: str) -> Body:
    """Return a page of lines, newest first (https://docs.stripe.com/api/pagination)."""
    found = _after(_within(store, params), params.get("starting_after"))
    page = list(islice(found, min(params.get("limit", PAGE), MOST_PAGE) + 1))
    limit = min(params.get("limit", PAGE), MOST_PAGE)
    return {"object": "list", "data": page[:limit], "has_more": len(page) > limit, "url": path}


def _within(store: Store, params: dict[str, Any]) -> Iterator[Body]:
    created = params.get("created") or {}
    for line in store.newest("balance_transaction"):
        at = line["created"]
        if created.get("gte", at) <= at < created.get("lt", at + 1):
            yield line


def _after(lines: Iterator[Body], last: str | None) -> Iterator[Body]:
    if last is not None:
        for line in lines:
            if line["id"] == last:
                break
        else:
            raise missing("balance transaction", last)
    yield from lines
