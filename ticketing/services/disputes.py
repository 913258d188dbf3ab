"""Disputes: a bank takes a payment back until it is decided whose it is. The ticket is frozen meanwhile.

What Stripe books is written down by its own lines: taken, its fee, and brought back if we win. If we lose, the money
comes out of what was held for the room and of the tax; what had gone back to the buyer before is the platform's loss.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import structlog
from django.db import transaction

from config.lib.money import Money
from ticketing import account_names as accounts
from ticketing import stripe_gateway as gateway
from ticketing.enums import DisputeState
from ticketing.errors import PaymentMissingError
from ticketing.models import Order
from ticketing.services import telling
from ticketing.services.going_back import tell_going_back
from ticketing.services.ledger import Posting, post
from ticketing.services.refunds import finish, give_up_wanted, hurry_wanted, left_of, locked_order, tax_left
from ticketing.services.tickets import freeze_ticket, thaw_ticket, void_ticket

if TYPE_CHECKING:
    from ticketing.stripe_objects import Dispute

log = structlog.get_logger(__name__)

_STATES: Final = {
    "needs_response": DisputeState.OPEN,
    "under_review": DisputeState.OPEN,
    "won": DisputeState.WON,
    "prevented": DisputeState.WON,
    "lost": DisputeState.LOST,
}
_AFTER: Final = {
    DisputeState.NONE: frozenset({DisputeState.OPEN, DisputeState.WON, DisputeState.LOST}),
    DisputeState.OPEN: frozenset({DisputeState.WON, DisputeState.LOST}),
    DisputeState.WON: frozenset[DisputeState](),
    DisputeState.LOST: frozenset[DisputeState](),
}


def dispute_changed(_kind: str, dispute: str) -> None:
    """Follow a dispute; a handler of settings.STRIPE_EVENT_HANDLERS. An inquiry, which takes no money, is none."""
    try:
        found = gateway.retrieve_dispute(dispute)
    except PaymentMissingError:
        log.warning("dispute_unknown", dispute=dispute)
        return
    key = Order.objects.filter(charge=found.charge or "-").values_list("pk", flat=True).first()
    if key is None:
        log.warning("dispute_not_ours", dispute=dispute)
        return
    with transaction.atomic():
        _follow(locked_order(key), found)


def look_at_dispute(order_id: int) -> None:
    """Ask Stripe how an order's dispute stands. Raises PaymentsUnavailableError."""
    dispute = Order.objects.values_list("dispute", flat=True).get(pk=order_id)
    if dispute:
        dispute_changed("", dispute)


def _follow(order: Order, found: Dispute) -> None:
    state = _STATES.get(found.status)
    if state is None or order.dispute not in ("", found.id):
        return
    _post_lines(order, found)
    before = DisputeState(order.dispute_state)
    if state not in _AFTER[before]:
        return
    order.dispute, order.dispute_state = found.id, state
    order.save(update_fields=["dispute", "dispute_state"])
    log.warning("dispute", order=order.public_id, state=state)
    if before == DisputeState.NONE:
        freeze_ticket(order)
        telling.dispute_opened(order)
    if state == DisputeState.WON:
        thaw_ticket(order)
        hurry_wanted(order)
    elif state == DisputeState.LOST:
        _lose(order, found)
    if state != DisputeState.OPEN:
        telling.dispute_closed(order)


def _post_lines(order: Order, found: Dispute) -> None:
    """Write down what Stripe has booked, line by line; keys say which, so nothing is written twice."""
    disputes, stripe = accounts.disputes(order.currency), accounts.stripe(order.currency)
    for number, line in enumerate(sorted(found.lines, key=lambda line: (line.created, line.amount))):
        key, money = f"dispute:{found.id}", Money(abs(line.amount), line.currency)
        if line.amount < 0:
            post(Posting(disputes, stripe, money, f"{key}:taken{number or ''}", order=order.public_id))
        elif line.amount > 0:
            post(Posting(stripe, disputes, money, f"{key}:won", order=order.public_id))
        if line.fee:
            fee, fees = Money(abs(line.fee), line.currency), accounts.stripe_fees(order.currency)
            debit, credit, name = (fees, stripe, "fee") if line.fee > 0 else (stripe, fees, "fee-back")
            post(Posting(debit, credit, fee, f"{key}:{name}", order=order.public_id))


def _lose(order: Order, found: Dispute) -> None:
    """Cover what the bank keeps, and end the ticket."""
    give_up_wanted(order)
    left = left_of(order)
    taken = min(Money(found.amount, order.currency), left)
    tax = tax_left(order) if taken == left else tax_left(order).fraction(taken.minor, left.minor)
    parts = [
        (accounts.held_for_room(order.offer.room.public_id, order.currency), taken - tax, "lost"),
        (accounts.vat(order.country.lower(), order.currency) if tax else "", tax, "lost-vat"),
        (accounts.platform_fees(order.currency), Money(found.amount, order.currency) - taken, "lost-ours"),
    ]
    tell_going_back(order, taken - tax, f"dispute:{found.id}")
    disputes = accounts.disputes(order.currency)
    post(
        *(
            Posting(account, disputes, money, f"dispute:{found.id}:{name}", order=order.public_id)
            for account, money, name in parts
            if money
        )
    )
    order.disputed = taken.minor
    order.save(update_fields=["disputed"])
    void_ticket(order)
    finish(order)
