"""What a developer or a test may do to devstripe that no request of Stripe's API does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ticketing.devstripe import accounts, balance, disputes, events, transfers
from ticketing.devstripe.errors import missing
from ticketing.devstripe.store import opened

if TYPE_CHECKING:
    from ticketing.devstripe.events import Manner


def deliver_in_manner(manner: Manner) -> None:
    """Let events that happen from now on be delivered late, twice, out of order, or not at all."""
    with opened() as store:
        events.choose_manner(store, manner)


def open_dispute(payment: str) -> str:
    """Dispute a payment, named by its PaymentIntent or charge; return the dispute's id. Raises ApiError."""
    with opened() as store:
        found = store.find(payment)
        if found is not None and found["object"] == "payment_intent":
            found = store.find(found["latest_charge"] or "")
        if found is None or found["object"] != "charge":
            raise missing("charge", payment)
        return str(disputes.open_dispute(store, found)["id"])


def close_dispute(dispute: str, outcome: str) -> None:
    """Decide a dispute, `won` or `lost`. Raises ApiError."""
    with opened() as store:
        disputes.close_dispute(store, store.get("dispute", dispute), outcome)


def send_again(event: str) -> None:
    """Deliver an event once more, also one that was lost. Raises ApiError."""
    with opened() as store:
        store.get("event", event)
        store.rows.execute("INSERT INTO deliveries (event, due) VALUES (?, 0)", (event,))


def latest(count: int) -> list[tuple[str, str, str]]:
    """Return (event, type, object) of the latest events, newest first."""
    with opened() as store:
        found = store.rows.execute(
            "SELECT id FROM objects WHERE kind = 'event' ORDER BY number DESC LIMIT ?", (count,)
        ).fetchall()
        told = [store.get("event", event) for (event,) in found]
    return [(event["id"], event["type"], events.named_in(event)) for event in told]


def stand(account: str, standing: str) -> None:
    """Let a connected account stand so from now on (`accounts.STANDINGS`). Raises ApiError."""
    with opened() as store:
        accounts.stand(store, account, standing)


def close_account(account: str) -> None:
    """Close a connected account, as its owner or Stripe may. Raises ApiError."""
    with opened() as store:
        accounts.close(store, account)


def spend(account: str, amount: int, currency: str) -> None:
    """Let an account's owner take money to their bank: what is gone cannot be reversed. Raises ApiError."""
    with opened() as store:
        accounts.hold(store, store.get(accounts.ACCOUNT, account), -amount, currency)


def fail_transfers(times: int = 1, code: str = "transfers_not_allowed") -> None:
    """Let the next transfers be refused (`transfers.FAILURES`). Raises ApiError."""
    with opened() as store:
        transfers.fail_next(store, times, code)


def pay_out(amount: int, currency: str) -> None:
    """Let the site's own money leave to its bank, which may be more than there is: then the balance is below zero."""
    _move("po", "payout", -amount, currency)


def top_up(amount: int, currency: str) -> None:
    """Let money come in from the site's bank."""
    _move("tu", "topup", amount, currency)


def _move(prefix: str, kind: str, amount: int, currency: str) -> None:
    with opened() as store:
        made = store.add(prefix, kind, amount=abs(amount), currency=currency, status="succeeded")
        balance.book(store, kind, amount, of=made)
