"""Disputes of tips: a bank takes one back until it is decided whose it is. What is not earned yet waits for that.

What Stripe books is written down line by line, as for tickets. If we lose, the money comes out of whose it was; what
had gone back to the giver before is the platform's loss.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import structlog
from django.db import transaction

from config.lib.money import Money
from creators.models import Tip, TipRefund
from creators.services.tip_refunds import give_up_wanted
from creators.services.tip_settling import held_for, hold_again, locked_tip, settle
from creators.tip_money import left_of
from ticketing import account_names as accounts
from ticketing import stripe_gateway as gateway
from ticketing.enums import DisputeState, RefundState
from ticketing.services.ledger import Posting, post

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


def follow_dispute(found: Dispute) -> bool:
    """Follow a dispute; False if it is of no tip. An inquiry, which takes no money, is none."""
    key = Tip.objects.filter(charge=found.charge or "-").values_list("pk", flat=True).first()
    if key is None:
        return False
    with transaction.atomic():
        _follow(locked_tip(key), found)
    return True


def look_at_tip_dispute(tip_id: int) -> None:
    """Ask Stripe how a tip's dispute stands. Raises PaymentsUnavailableError."""
    dispute = Tip.objects.values_list("dispute", flat=True).get(pk=tip_id)
    if dispute:
        follow_dispute(gateway.retrieve_dispute(dispute))


def _follow(tip: Tip, found: Dispute) -> None:
    state = _STATES.get(found.status)
    if state is None or tip.dispute not in ("", found.id):
        return
    _post_lines(tip, found)
    if state not in _AFTER[DisputeState(tip.dispute_state)]:
        return
    tip.dispute, tip.dispute_state = found.id, state
    tip.save(update_fields=["dispute", "dispute_state"])
    log.warning("tip_dispute", tip=tip.public_id, state=state)
    if state == DisputeState.LOST:
        _lose(tip, found)
    elif state == DisputeState.WON:
        # What staff had promised back waits no longer.
        TipRefund.objects.filter(tip=tip, state=RefundState.WANTED).update(due_at=tip.created_at)
    settle(tip)


def _post_lines(tip: Tip, found: Dispute) -> None:
    """Write down what Stripe has booked; keys say which line, so nothing is written twice."""
    disputes, stripe = accounts.disputes(tip.currency), accounts.stripe(tip.currency)
    fees = accounts.stripe_fees(tip.currency)
    for number, line in enumerate(sorted(found.lines, key=lambda line: (line.created, line.amount))):
        if line.amount < 0:
            _post(tip, found, disputes, stripe, -line.amount, f"taken{number or ''}")
        elif line.amount > 0:
            _post(tip, found, stripe, disputes, line.amount, "won")
        if line.fee > 0:
            _post(tip, found, fees, stripe, line.fee, "fee")
        elif line.fee < 0:
            _post(tip, found, stripe, fees, -line.fee, "fee-back")


def _lose(tip: Tip, found: Dispute) -> None:
    """Cover what the bank keeps."""
    give_up_wanted(tip)
    whole = Money(found.amount, tip.currency)
    taken = min(whole, left_of(tip))
    disputes = accounts.disputes(tip.currency)
    if taken:
        hold_again(tip, taken, f"dispute:{found.id}")
        _post(tip, found, held_for(tip), disputes, taken.minor, "lost")
    if beyond := whole - taken:
        _post(tip, found, accounts.platform_fees(tip.currency), disputes, beyond.minor, "lost-ours")
    tip.disputed = taken.minor
    tip.save(update_fields=["disputed"])


def _post(tip: Tip, found: Dispute, debit: str, credit: str, minor: int, name: str) -> None:
    key = f"dispute:{found.id}:{name}"
    post(Posting(debit, credit, Money(minor, tip.currency), key, order=tip.public_id))
