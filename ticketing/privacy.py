"""What selling keeps of somebody: handed out in the copy of their data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts.exports import ExportPart
from ticketing.models import Order, Refund, Ticket, WaitingPlace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from accounts.models import User


def ticket_parts(person: User) -> Iterator[ExportPart]:
    """Yield somebody's orders, tickets, refunds and waiting places; an exporter of settings.DATA_EXPORTERS."""
    orders = Order.objects.filter(buyer=person).order_by("pk")
    refunds = Refund.objects.filter(order__buyer=person).order_by("pk")
    tickets = Ticket.objects.filter(holder=person).order_by("pk")
    places = WaitingPlace.objects.filter(user=person).order_by("pk")
    yield ExportPart(
        "tickets.json",
        {
            "orders": list(
                orders.values(
                    "public_id",
                    "offer__room__public_id",
                    "offer__room__title",
                    "state",
                    "amount",
                    "currency",
                    "charged",
                    "refunded",
                    "country",
                    "tax_rate",
                    "tax",
                    "tax_evidence",
                    "dispute_state",
                    "created_at",
                    "paid_at",
                    "released_at",
                )
            ),
            "refunds": list(
                refunds.values("public_id", "order__public_id", "amount", "reason", "state", "created_at", "settled_at")
            ),
            "tickets": list(
                tickets.values(
                    "public_id", "room__public_id", "room__title", "kind", "created_at", "checked_in_at", "voided_at"
                )
            ),
            "waiting": list(places.values("offer__room__public_id", "state", "created_at", "offered_until")),
        },
    )
