"""The lines of the account's balance (https://docs.stripe.com/api/balance_transactions)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from ticketing.stripe_gateway.client import client
from ticketing.stripe_gateway.reading import PAGE_SIZE, balance_line
from ticketing.stripe_gateway.refusals import stripe_errors
from ticketing.stripe_objects import Page

if TYPE_CHECKING:
    from datetime import datetime


def list_balance(
    *, since: datetime, until: datetime | None = None, after: str | None = None, limit: int = PAGE_SIZE
) -> Page:
    """Return a page of the balance's lines from `since` on and before `until`, newest first; go on with its `after`."""
    created: dict[str, int] = {"gte": int(since.timestamp())}
    if until is not None:
        created["lt"] = int(until.timestamp())
    params: dict[str, Any] = {"created": created, "limit": limit}
    if after is not None:
        params["starting_after"] = after
    with stripe_errors("balance.list"):
        found = client().v1.balance_transactions.list(cast("Any", params))
        rows = tuple(row for row in map(balance_line, found.data) if row is not None)
        return Page(rows, rows[-1].id if found.has_more and rows else None)
