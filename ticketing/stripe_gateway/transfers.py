"""Transfers to connected accounts, and taking them back (https://docs.stripe.com/connect/separate-charges-and-transfers)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from ticketing.stripe_gateway.client import client
from ticketing.stripe_gateway.reading import PAGE_SIZE, balance_line, id_of, time_of, words_of
from ticketing.stripe_gateway.refusals import stripe_errors
from ticketing.stripe_objects import Transfer, TransferReversal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from stripe.params import TransferCreateParams

    from ticketing.stripe_objects import TransferRequest

WITH_LINE: Any = ["balance_transaction"]
WITH_LINES: Any = ["data.balance_transaction"]


def create_transfer(request: TransferRequest, *, key: str) -> Transfer:
    """Pass money on.

    Out of a charge, it is no more than the charge in all its transfers, and need not be available yet; out of the
    balance, no more than is available. Raises PayeeNotReadyError, PayeeUnsupportedError, BalanceTooLowError and
    TransferTooLargeError. Stripe keeps a refusal under its key for a day: the next attempt needs another key.
    """
    params: dict[str, Any] = {
        "amount": request.amount,
        "currency": request.currency,
        "destination": request.destination,
        "metadata": dict(request.metadata),
        "expand": WITH_LINE,
    }
    if request.charge is not None:
        params["source_transaction"] = request.charge
    if request.group:
        params["transfer_group"] = request.group
    with stripe_errors("transfer.create"):
        made = client().v1.transfers.create(cast("TransferCreateParams", params), {"idempotency_key": key})
        return _transfer(made)


def retrieve_transfer(transfer: str) -> Transfer:
    with stripe_errors("transfer.retrieve"):
        return _transfer(client().v1.transfers.retrieve(transfer, {"expand": WITH_LINE}))


def list_transfers(group: str) -> tuple[Transfer, ...]:
    """Return all transfers of a group, newest first."""
    listing = client().v1.transfers.list
    with stripe_errors("transfer.list"):
        found = _all(lambda page: listing(cast("Any", {"transfer_group": group, "expand": WITH_LINES, **page})))
        return tuple(map(_transfer, found))


def create_reversal(
    transfer: str, *, amount: int, key: str, metadata: Mapping[str, str] | None = None
) -> TransferReversal:
    """Take a transfer back, or a part of it.

    Raises ReversalTooLargeError above what is left of it, and PayeeBalanceTooLowError if the account has spent it.
    """
    params: Any = {"amount": amount, "metadata": dict(metadata or {}), "expand": WITH_LINE}
    with stripe_errors("reversal.create"):
        return _reversal(client().v1.transfers.reversals.create(transfer, params, {"idempotency_key": key}))


def list_reversals(transfer: str) -> tuple[TransferReversal, ...]:
    """Return what came back of a transfer, newest first."""
    listing = client().v1.transfers.reversals.list
    with stripe_errors("reversal.list"):
        found = _all(lambda page: listing(transfer, cast("Any", {"expand": WITH_LINES, **page})))
        return tuple(map(_reversal, found))


def _all(listing: Callable[[dict[str, Any]], Any]) -> list[Any]:
    """Return the rows of all pages."""
    page = listing({"limit": PAGE_SIZE})
    rows = list(page.data)
    while page.has_more:
        page = listing({"limit": PAGE_SIZE, "starting_after": rows[-1].id})
        rows += page.data
    return rows


def _transfer(found: Any) -> Transfer:
    return Transfer(
        id=found.id,
        amount=found.amount,
        reversed=found.amount_reversed,
        currency=found.currency,
        destination=id_of(found.destination) or "",
        charge=id_of(found.source_transaction),
        group=found.transfer_group or "",
        created=time_of(found.created),
        balance=balance_line(found.balance_transaction),
        metadata=words_of(found.metadata),
    )


def _reversal(found: Any) -> TransferReversal:
    return TransferReversal(
        id=found.id,
        transfer=id_of(found.transfer) or "",
        amount=found.amount,
        currency=found.currency,
        created=time_of(found.created),
        balance=balance_line(found.balance_transaction),
        metadata=words_of(found.metadata),
    )
