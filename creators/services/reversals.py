"""Asking transfers back of Stripe, whole or in part. What the creator has spent already stays their debt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import structlog
from django.db import transaction

from creators.enums import TransferState
from creators.models import Reversal
from creators.selectors.owing import open_of
from creators.services.outbox import BATCH, due, put_off, take
from creators.services.transfers import ask_back, learn_of_reversal, locked_transfer, refuse_reversals
from ticketing import stripe_gateway as gateway
from ticketing.errors import PayeeBalanceTooLowError, PaymentMissingError, ReversalTooLargeError

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from ticketing import stripe_objects

log = structlog.get_logger(__name__)
# What Stripe says of a reversal, and not of our key to it or of something else that is in the way for now.
ANSWERS: Final = (PayeeBalanceTooLowError, ReversalTooLargeError, PaymentMissingError)


def send_reversal(reversal_id: int) -> bool:
    """Ask Stripe for money back; False if there is nothing to do, another job has it, or payouts are stopped."""
    if not take(_sendable(), reversal_id):
        return False
    reversal = Reversal.objects.select_related("transfer").get(pk=reversal_id)
    try:
        _send(reversal, _made_before(reversal) if reversal.attempts > 1 else None)
    except Exception:
        # Whatever it was: the row stays, and the others are not kept waiting.
        log.exception("reversal_not_sent", reversal=reversal.public_id, attempts=reversal.attempts)
        put_off(reversal)
    return True


def send_due_reversals(limit: int = BATCH) -> int:
    """Send some of what waits; return how many. Any number of these may run at once."""
    rows = due(_sendable()).order_by("due_at", "pk").values_list("pk", flat=True)
    return sum(send_reversal(pk) for pk in rows[:limit])


@transaction.atomic
def ask_again(reversal_id: int) -> Reversal | None:
    """Ask once more for what was refused, as far as it is still owed to us; None if there is nothing left.

    By a row of its own: Stripe keeps its answer under the key of the old one.
    """
    reversal = Reversal.objects.get(pk=reversal_id)
    transfer = locked_transfer(reversal.transfer_id)
    reversal.refresh_from_db()
    left = min(transfer.amount - transfer.reversed, -open_of(transfer.earning))
    if reversal.state != TransferState.REFUSED or transfer.state != TransferState.DONE or left <= 0:
        return None
    return ask_back(transfer, min(reversal.amount, left))


def _sendable() -> QuerySet[Reversal]:
    """Return those whose transfer has left: before that nothing can come back."""
    return Reversal.objects.filter(transfer__state=TransferState.DONE)


def _send(reversal: Reversal, found: stripe_objects.TransferReversal | None) -> None:
    """Have the money taken back, if that was not found, and take over what Stripe answers."""
    transfer = reversal.transfer
    key, said = f"reversal:{reversal.public_id}", {"reversal": reversal.public_id}
    try:
        made = found or gateway.create_reversal(transfer.stripe_id, amount=reversal.amount, key=key, metadata=said)
    except ANSWERS as error:
        _refuse(reversal, error.code)
        for each in gateway.list_reversals(transfer.stripe_id) if isinstance(error, ReversalTooLargeError) else ():
            # Somebody has taken it back in Stripe's dashboard.
            learn_of_reversal(transfer.pk, each)
    else:
        learn_of_reversal(transfer.pk, made)


def _made_before(reversal: Reversal) -> stripe_objects.TransferReversal | None:
    """Return what an earlier attempt has made, of which only the answer was lost: keys are forgotten after a day."""
    made = gateway.list_reversals(reversal.transfer.stripe_id)
    return next((each for each in made if each.metadata.get("reversal") == reversal.public_id), None)


def _refuse(reversal: Reversal, why: str) -> None:
    with transaction.atomic():
        transfer = locked_transfer(reversal.transfer_id)
        log.error("reversal_refused", reversal=reversal.public_id, transfer=transfer.public_id, why=why)
        refuse_reversals(transfer, why, only=reversal.pk)
