"""Transfers to connected accounts and their reversals (https://docs.stripe.com/api/transfers)."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from ticketing.devstripe import accounts, balance
from ticketing.devstripe.errors import ApiError, missing
from ticketing.devstripe.events import emit
from ticketing.devstripe.listing import page_of

if TYPE_CHECKING:
    from ticketing.devstripe.store import Body, Store

TRANSFER, REVERSAL = "transfer", "transfer_reversal"
# What `failing` may be asked for: a status and an error's kind.
FAILURES = {"transfers_not_allowed": (400, "invalid_request_error"), "api_error": (500, "api_error")}


def create(store: Store, params: dict[str, Any]) -> Body:
    _fail_if_asked(store)
    amount, currency = _amount(params, None), params["currency"]
    account = accounts.payable(store, params["destination"])
    charge = (
        _take_from(store, params["source_transaction"], amount, currency) if "source_transaction" in params else None
    )
    if charge is None and amount > balance.available(store, currency):
        message = "You have insufficient available funds in your Stripe account."
        raise ApiError(message, code="balance_insufficient")
    made = store.add(
        "tr",
        TRANSFER,
        amount=amount,
        amount_reversed=0,
        balance_transaction=None,
        currency=currency,
        description=params.get("description"),
        destination=account["id"],
        destination_payment=f"py_{secrets.token_hex(12)}",
        metadata=params.get("metadata") or {},
        reversals={"object": "list", "data": [], "has_more": False, "url": ""},
        reversed=False,
        source_transaction=charge["id"] if charge else None,
        source_type="card",
        transfer_group=params.get("transfer_group") or (charge or {}).get("transfer_group"),
    )
    made["balance_transaction"] = balance.book(store, "transfer", -amount, of=made)["id"]
    store.save(made)
    accounts.hold(store, account, amount, currency)
    emit(store, "transfer.created", made)
    return made


def reverse(store: Store, wanted: str, params: dict[str, Any]) -> Body:
    """Take a transfer back, or a part of it; the account has to have that much of the currency still."""
    transfer = store.get(TRANSFER, wanted)
    left = transfer["amount"] - transfer["amount_reversed"]
    if left == 0:
        raise ApiError(f"Transfer {wanted} is already fully reversed.", param="amount")
    amount = _amount(params, left)
    if amount > left:
        message = f"Transfer reversal amount ({amount}) is greater than unreversed amount on transfer ({left})"
        raise ApiError(message, param="amount")
    accounts.hold(store, store.get(accounts.ACCOUNT, transfer["destination"]), -amount, transfer["currency"])
    made = store.add(
        "trr",
        REVERSAL,
        amount=amount,
        balance_transaction=None,
        currency=transfer["currency"],
        destination_payment_refund=f"pyr_{secrets.token_hex(12)}",
        metadata=params.get("metadata") or {},
        source_refund=None,
        transfer=wanted,
    )
    made["balance_transaction"] = balance.book(store, "transfer_refund", amount, of=made)["id"]
    store.save(made)
    transfer["amount_reversed"] += amount
    transfer["reversed"] = transfer["amount_reversed"] == transfer["amount"]
    store.save(transfer)
    emit(store, "transfer.reversed", transfer)
    return made


def listed(store: Store, params: dict[str, Any]) -> Body:
    filters = {name: params[name] for name in ("destination", "transfer_group") if name in params}
    found = (row for row in store.newest(TRANSFER) if all(row[name] == value for name, value in filters.items()))
    return page_of(found, params, "/v1/transfers")


def reversals(store: Store, wanted: str, params: dict[str, Any]) -> Body:
    store.get(TRANSFER, wanted)
    found = (row for row in store.newest(REVERSAL) if row["transfer"] == wanted)
    return page_of(found, params, f"/v1/transfers/{wanted}/reversals")


def fail_next(store: Store, times: int, code: str) -> None:
    """Refuse so many transfers from now on, whatever they are."""
    if code not in FAILURES:
        raise ApiError(f"A transfer fails with {', '.join(FAILURES)}.")
    store.choose("failing_transfers", {"times": times, "code": code})


def _fail_if_asked(store: Store) -> None:
    failing = store.option("failing_transfers")
    if failing and failing["times"] > 0:
        fail_next(store, failing["times"] - 1, failing["code"])
        status, kind = FAILURES[failing["code"]]
        raise ApiError("This transfer was made to fail.", status=status, kind=kind, code=failing["code"])


def _amount(params: dict[str, Any], default: int | None) -> int:
    amount = params.get("amount", default)
    if amount is None:
        raise ApiError("Missing required param: amount.", code="parameter_missing", param="amount")
    if amount < 1:
        raise ApiError("Invalid positive integer", code="parameter_invalid_integer", param="amount")
    return int(amount)


def _take_from(store: Store, wanted: str, amount: int, currency: str) -> Body:
    """Count a transfer against its charge; raises ApiError above what was paid.

    What comes back of a transfer is not free to go again out of the same charge: Stripe does not say whether it would
    be, so nothing may rely on it.
    """
    charge = store.find(wanted)
    if charge is None or charge["object"] != "charge":
        raise missing("charge", wanted)
    if charge["status"] != "succeeded":
        raise ApiError("A transfer needs a charge that has succeeded.", param="source_transaction")
    if charge["currency"] != currency:
        message = (
            f"The currency of source_transaction's balance transaction ({charge['currency']}) must be the same as the"
            f" transfer currency ({currency})"
        )
        raise ApiError(message, param="source_transaction")
    gone = charge.get("_transferred", 0)
    if gone + amount > charge["amount"]:
        message = (
            f"Transfers using this transaction as a source must not exceed the source amount of {charge['amount']}."
        )
        already = f" (There is already a transfer using this source, amounting to {gone}.)" if gone else ""
        raise ApiError(message + already)
    charge["_transferred"] = gone + amount
    store.save(charge)
    return charge
