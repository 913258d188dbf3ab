"""Giving tips back: written down first, then asked of Stripe, then followed until the bank has it.

As for tickets (ticketing.services.refunds): a refund's row is the outbox, and has its key. Staff may ask for one; and
a tip that cannot be given goes back by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import structlog
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from config.lib.deadlocks import again_after_deadlock
from config.lib.money import Money
from creators.enums import TipReturnReason
from creators.models import Tip, TipRefund
from creators.services import telling_tips
from creators.services.tip_settling import give_again, held_for, hold_again, locked_tip, settle
from creators.tip_errors import TipNotRefundableError
from creators.tip_money import left_of
from ticketing import account_names as accounts
from ticketing import stripe_gateway as gateway
from ticketing.enums import DisputeState, RefundState
from ticketing.errors import PaymentRefusedError
from ticketing.services.ledger import Posting, post
from ticketing.services.refunds import BATCH, LEASE, PAUSES

if TYPE_CHECKING:
    from accounts.models import User
    from ticketing import stripe_objects

log = structlog.get_logger(__name__)

# What Stripe's words for a refund mean here; of others we wait for the next.
_STATES: Final = {
    "pending": RefundState.PENDING,
    "requires_action": RefundState.PENDING,
    "succeeded": RefundState.SUCCEEDED,
    "failed": RefundState.FAILED,
    "canceled": RefundState.FAILED,
}
# A refund only goes on; a bank may send back what it had taken.
_AFTER: Final = {
    RefundState.WANTED: frozenset({RefundState.PENDING, RefundState.SUCCEEDED, RefundState.FAILED}),
    RefundState.PENDING: frozenset({RefundState.SUCCEEDED, RefundState.FAILED}),
    RefundState.SUCCEEDED: frozenset({RefundState.FAILED}),
    RefundState.FAILED: frozenset[RefundState](),
}


@again_after_deadlock
def refund_tip(tip_id: int, *, by: User | None) -> TipRefund:
    """Give back what is left of a tip, for staff; a job sends it. Raises TipNotRefundableError."""
    with transaction.atomic():
        return refund_within(locked_tip(tip_id), reason=TipReturnReason.STAFF, by=by)


def refund_within(
    tip: Tip, *, reason: TipReturnReason, by: User | None, amount: Money | None = None, stripe_id: str = ""
) -> TipRefund:
    """Promise money back inside the caller's transaction, which has locked the tip. Raises TipNotRefundableError."""
    wanted = left_of(tip) if amount is None else amount
    if not wanted or wanted > left_of(tip) or (tip.dispute_state == DisputeState.OPEN and not stripe_id):
        raise TipNotRefundableError
    refund = TipRefund.objects.create(
        tip=tip,
        amount=wanted.minor,
        reason=reason,
        asked_by=by,
        stripe_id=stripe_id,
    )
    hold_again(tip, wanted, _key(refund))
    tip.refunded += wanted.minor
    tip.save(update_fields=["refunded"])
    _post(tip, refund, held_for(tip), accounts.refunds(tip.currency), wanted.minor, "promise")
    return refund


def send_tip_refund(refund_id: int) -> bool:
    """Ask Stripe for a refund; False if there is nothing to do or another job has it."""
    now = timezone.now()
    free = Q(leased_until=None) | Q(leased_until__lte=now)
    taken = TipRefund.objects.filter(free, pk=refund_id, state=RefundState.WANTED, due_at__lte=now).update(
        leased_until=now + LEASE, attempts=F("attempts") + 1
    )
    if not taken:
        return False
    refund = TipRefund.objects.select_related("tip").get(pk=refund_id)
    try:
        found = _at_stripe(refund)
    except Exception as error:
        # Whatever it was: the row stays, and the others are not kept waiting.
        log.exception("tip_refund_not_sent", refund=refund.public_id, attempts=refund.attempts)
        pause = PAUSES[min(refund.attempts, len(PAUSES)) - 1]
        said_no = int(isinstance(error, PaymentRefusedError))
        TipRefund.objects.filter(pk=refund_id).update(
            leased_until=None, due_at=timezone.now() + pause, refusals=F("refusals") + said_no
        )
        return True
    apply_refund(refund.pk, found)
    return True


def send_due_tip_refunds(limit: int = BATCH) -> int:
    """Send what waits; return how many. Any number of these may run at once."""
    due = TipRefund.objects.filter(state=RefundState.WANTED, due_at__lte=timezone.now()).order_by("due_at", "pk")
    return sum(send_tip_refund(pk) for pk in due.values_list("pk", flat=True)[:limit])


def follow_refund(found: stripe_objects.Refund) -> bool:
    """Follow a refund at Stripe, ours or one made in its dashboard; False if it is of no tip."""
    ours = TipRefund.objects.filter(stripe_id=found.id).first()
    if ours is None and (name := found.metadata.get("refund")):
        # One that was given up before its answer came is no longer ours: the money left all the same.
        ours = TipRefund.objects.filter(public_id=name).exclude(state=RefundState.FAILED, stripe_id="").first()
    if ours is None:
        ours = _from_outside(found)
    if ours is None:
        return False
    apply_refund(ours.pk, found)
    return True


def look_at_tip_refund(refund_id: int) -> None:
    """Ask Stripe how a refund stands. Raises PaymentsUnavailableError."""
    refund = TipRefund.objects.get(pk=refund_id)
    if refund.stripe_id:
        apply_refund(refund.pk, gateway.retrieve_refund(refund.stripe_id))


def give_up_wanted(tip: Tip) -> None:
    """Undo what was promised and not yet sent, as a bank has taken the money itself; the tip is locked."""
    for refund in TipRefund.objects.filter(tip=tip, state=RefundState.WANTED).select_for_update(no_key=True):
        _fail(tip, refund)


def apply_refund(refund_id: int, found: stripe_objects.Refund) -> None:
    """Take over how a refund stands at Stripe, if that is further than what we know."""
    state = _STATES.get(found.status)
    with transaction.atomic():
        tip = locked_tip(TipRefund.objects.values_list("tip", flat=True).get(pk=refund_id))
        refund = TipRefund.objects.select_for_update(no_key=True).get(pk=refund_id)
        if state is None or state not in _AFTER[RefundState(refund.state)]:
            return
        refund.stripe_id, refund.leased_until = found.id, None
        if refund.state == RefundState.WANTED:
            # It leaves the balance when Stripe takes it, and returns to it if the bank does not.
            _post(tip, refund, accounts.refunds(tip.currency), accounts.stripe(tip.currency), refund.amount, "paid")
        if state == RefundState.FAILED:
            _post(tip, refund, accounts.stripe(tip.currency), accounts.refunds(tip.currency), refund.amount, "returned")
            _fail(tip, refund)
        else:
            refund.state = state
            refund.settled_at = timezone.now() if state == RefundState.SUCCEEDED else None
            refund.save(update_fields=["state", "stripe_id", "leased_until", "settled_at"])
            telling_tips.tip_returned(tip, refund)
        settle(tip)


def _at_stripe(refund: TipRefund) -> stripe_objects.Refund:
    """Have the refund made, once: keys are forgotten after a day, so a later try looks first."""
    if refund.stripe_id:
        return gateway.retrieve_refund(refund.stripe_id)
    if refund.attempts > 1:
        for found in gateway.list_refunds(refund.tip.payment_intent):
            if found.metadata.get("refund") == refund.public_id:
                return found
    return gateway.create_refund(
        refund.tip.payment_intent,
        amount=refund.amount,
        key=f"tiprefund:{refund.public_id}:{refund.refusals}",
        metadata={"refund": refund.public_id, "tip": refund.tip.public_id},
    )


def _from_outside(found: stripe_objects.Refund) -> TipRefund | None:
    """Write down a refund that somebody made in Stripe's dashboard; None if it is of no tip."""
    key = Tip.objects.filter(payment_intent=found.payment_intent or "-").values_list("pk", flat=True).first()
    if key is None:
        return None
    with transaction.atomic():
        tip = locked_tip(key)
        if (known := TipRefund.objects.filter(stripe_id=found.id).first()) is not None:
            return known
        amount = Money(found.amount, found.currency)
        if left_of(tip) < amount:
            # What we have promised and not sent can no longer be had.
            give_up_wanted(tip)
        log.warning("tip_refund_from_outside", tip=tip.public_id, refund=found.id)
        return refund_within(tip, reason=TipReturnReason.OUTSIDE, by=None, amount=amount, stripe_id=found.id)


def _fail(tip: Tip, refund: TipRefund) -> None:
    """The promise is undone, and the money is where it was. Staff have to look."""
    refund.state, refund.settled_at, refund.leased_until = RefundState.FAILED, timezone.now(), None
    refund.save(update_fields=["state", "stripe_id", "leased_until", "settled_at"])
    tip.refunded -= refund.amount
    tip.save(update_fields=["refunded"])
    _post(tip, refund, accounts.refunds(tip.currency), held_for(tip), refund.amount, "undo")
    give_again(tip, _key(refund))
    log.error("tip_refund_failed", tip=tip.public_id, refund=refund.public_id)


def _key(refund: TipRefund) -> str:
    return f"tiprefund:{refund.public_id}"


def _post(tip: Tip, refund: TipRefund, debit: str, credit: str, minor: int, name: str) -> None:
    key = f"{_key(refund)}:{name}"
    post(Posting(debit, credit, Money(minor, tip.currency), key, order=tip.public_id))
