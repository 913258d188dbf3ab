"""What a developer or a test may do to devstripe that no request of Stripe's API does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ticketing.devstripe import disputes, events
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
    return [(event["id"], event["type"], event["data"]["object"]["id"]) for event in told]
