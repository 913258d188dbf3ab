"""All that ever happened to an order, from every table that knows something of it, in the order of its happening."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import Notification
from accounts.notices.kinds import kind_named
from ticketing.models import Order, Refund, StripeEvent, Ticket, WaitingPlace
from ticketing.movement_words import entry_words
from ticketing.selectors.ledger import entries_of_order

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime


class Happening(NamedTuple):
    """One thing that happened. `source` says which table knows of it."""

    at: datetime
    source: str
    what: str
    more: str = ""


def timeline(order: Order) -> list[Happening]:
    """Return everything, oldest first. The order's buyer is at hand."""
    refunds = list(Refund.objects.filter(order=order).select_related("order", "asked_by"))
    found = [
        *_of_order(order),
        *_of_ticket(order),
        *_of_refunds(refunds),
        *_of_stripe(order, refunds),
        *_of_ledger(order),
        *_of_notifications(order),
        *_of_staff(order),
    ]
    return sorted(found, key=lambda happening: happening.at)


def _of_order(order: Order) -> Iterator[Happening]:
    source = _("Order")
    yield Happening(order.created_at, source, _("Seat held"), order.total.written())
    if order.released_at is not None:
        yield Happening(order.released_at, source, _("Hold ended"), order.get_release_reason_display())
    if order.paid_at is not None:
        yield Happening(order.paid_at, source, _("Paid"), order.charge)
    for place in WaitingPlace.objects.filter(order=order):
        yield Happening(place.created_at, _("Waiting list"), _("Joined the line"), place.get_state_display())


def _of_ticket(order: Order) -> Iterator[Happening]:
    source = _("Ticket")
    for ticket in Ticket.objects.filter(order=order):
        yield Happening(ticket.created_at, source, _("Ticket made"), ticket.public_id)
        times = (
            (ticket.checked_in_at, _("Holder came in")),
            (ticket.frozen_at, _("Ticket frozen")),
            (ticket.voided_at, _("Ticket void")),
        )
        for at, what in times:
            if at is not None:
                yield Happening(at, source, what, ticket.public_id)


def _of_refunds(refunds: list[Refund]) -> Iterator[Happening]:
    source = _("Money back")
    for refund in refunds:
        more = f"{refund.money.written()} · {refund.get_reason_display()}"
        if refund.asked_by is not None:
            more = f"{more} · @{refund.asked_by.handle}"
        yield Happening(refund.created_at, source, _("Refund asked for"), more)
        if refund.settled_at is not None:
            yield Happening(refund.settled_at, source, refund.get_state_display(), refund.stripe_id)


def _of_stripe(order: Order, refunds: list[Refund]) -> Iterator[Happening]:
    ids = {order.session, order.payment_intent, order.charge, order.dispute, *(one.stripe_id for one in refunds)}
    for event in StripeEvent.objects.filter(object_id__in=ids - {""}).defer("payload"):
        yield Happening(event.received_at, "Stripe", event.type, f"{event.id} · {event.get_state_display()}")


def _of_ledger(order: Order) -> Iterator[Happening]:
    for entry in entries_of_order(order.public_id):
        more = f"{entry.money.written()} · {entry.credit} → {entry.debit}"
        yield Happening(entry.at, _("Ledger"), entry_words(entry.key), more)


def _of_notifications(order: Order) -> Iterator[Happening]:
    if order.buyer is None:
        return
    told = Notification.objects.filter(user=order.buyer, data__order=order.public_id)
    for notification in told.order_by("pk"):
        what = notification.data.get("what", "")
        label = str(kind_named(notification.kind).label) or notification.kind
        yield Happening(notification.created_at, _("Told"), label, str(what))


def _of_staff(order: Order) -> Iterator[Happening]:
    kind = ContentType.objects.get_for_model(Order)
    rows = LogEntry.objects.filter(Q(content_type=kind), object_id=str(order.pk)).select_related("user")
    for row in rows:
        yield Happening(row.action_time, _("Staff"), row.get_change_message(), f"@{row.user.handle}")
