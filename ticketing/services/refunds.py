"""Giving money back: written down first, then asked of Stripe, then followed until the bank has it.

A refund's row is the outbox: a job sends it until Stripe answers, under a key of its own, and looks before each further
try whether Stripe has it already. In the ledger a refund is promised with its row, paid when Stripe has taken it, and
if it fails the money returns and the promise is undone.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, Sum
from django.utils import timezone

from config.lib.deadlocks import again_after_deadlock
from config.lib.money import Money
from ticketing import account_names as accounts
from ticketing import stripe_gateway as gateway
from ticketing.enums import DisputeState, OrderState, RefundReason, RefundState
from ticketing.errors import PaymentMissingError, PaymentRefusedError, RefundTooLargeError
from ticketing.models import Order, Refund, Ticket
from ticketing.selling_errors import InDisputeError, NotRefundableError, RefundChangedError, RefundTooLateError
from ticketing.services import telling
from ticketing.services.going_back import tell_going_back
from ticketing.services.ledger import Posting, post
from ticketing.services.tickets import void_ticket

if TYPE_CHECKING:
    from accounts.models import User
    from ticketing import stripe_objects

log = structlog.get_logger(__name__)

LEASE: Final = timedelta(minutes=5)
PAUSES: Final = tuple(timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 3600))
BATCH: Final = 100
LIVE: Final = (RefundState.WANTED, RefundState.PENDING, RefundState.SUCCEEDED)
# What Stripe's words for a refund mean here; of others we wait for the next.
_STATES: Final = {
    "pending": RefundState.PENDING,
    "requires_action": RefundState.PENDING,
    "succeeded": RefundState.SUCCEEDED,
    "failed": RefundState.FAILED,
    "canceled": RefundState.FAILED,
}
# A refund only goes on.
_AFTER: Final = {
    RefundState.WANTED: frozenset({RefundState.PENDING, RefundState.SUCCEEDED, RefundState.FAILED}),
    RefundState.PENDING: frozenset({RefundState.SUCCEEDED, RefundState.FAILED}),
    # A bank may send back what it had taken.
    RefundState.SUCCEEDED: frozenset({RefundState.FAILED}),
    RefundState.FAILED: frozenset[RefundState](),
}


@again_after_deadlock
def ask_refund(
    order_id: int, *, reason: RefundReason, by: User | None, amount: Money | None = None, left: Money | None = None
) -> Refund:
    """Give back a part of a payment, or what is left of it. Given back whole, the ticket is void and its seat free.

    The buyer is told once Stripe has answered: mostly it is done by then, and one letter says it all.

    Who may ask is the edge's to check; the buyer's deadline is checked here, for RefundReason.BUYER. With `left` only
    if that is still what can go back: whoever presses twice, or beside somebody else, does not give back twice.
    Raises NotRefundableError, RefundTooLateError, RefundTooLargeError, RefundChangedError, InDisputeError.
    """
    with transaction.atomic():
        order = locked_order(order_id)
        if order.dispute_state == DisputeState.OPEN:
            raise InDisputeError
        if reason == RefundReason.BUYER and not buyer_may_refund(order, timezone.now()):
            raise RefundTooLateError
        if left is not None and left != left_of(order):
            raise RefundChangedError
        return refund_within(order, reason=reason, by=by, amount=amount)


def buyer_may_refund(order: Order, now: datetime) -> bool:
    """Say whether the buyer may have the money back without asking anybody: `offer__room` is at hand."""
    room = order.offer.room
    if order.free_refund_until is not None and now < order.free_refund_until:
        # A host may begin before the new time: whoever came then has had what they paid for.
        return not Ticket.objects.filter(order=order, checked_in_at__isnull=False).exists()
    return room.is_coming and room.starts_at is not None and now <= refund_deadline(room.starts_at)


def refund_deadline(starts_at: datetime) -> datetime:
    """Return until when buyers may give back their tickets for a room of that time."""
    return starts_at - timedelta(hours=settings.TICKET_REFUND_HOURS)


def left_of(order: Order) -> Money:
    """Return what of a payment neither went back nor was taken back."""
    return Money((order.charged or 0) - order.refunded - order.disputed, order.currency)


def tax_left(order: Order) -> Money:
    """Return the tax in what is left of a payment."""
    back = Refund.objects.filter(order=order, state__in=LIVE).aggregate(found=Sum("tax"))["found"] or 0
    return Money((order.tax or 0) - back, order.currency)


def refund_within(order: Order, *, reason: RefundReason, by: User | None, amount: Money | None = None) -> Refund:
    """Promise money back inside the caller's transaction, which has locked the order; a job sends it.

    Raises NotRefundableError, RefundTooLargeError.
    """
    left = left_of(order)
    if order.state not in (OrderState.PAID, OrderState.REFUNDED) or not left:
        raise NotRefundableError
    wanted = left if amount is None else amount
    if wanted > left:
        raise RefundTooLargeError
    if wanted.minor <= 0:
        raise NotRefundableError
    return _promise(order, wanted, reason, by)


def send_refund(refund_id: int) -> bool:
    """Ask Stripe for a refund; False if there is nothing to do or another job has it."""
    now = timezone.now()
    free = Q(leased_until=None) | Q(leased_until__lte=now)
    taken = Refund.objects.filter(free, pk=refund_id, state=RefundState.WANTED, due_at__lte=now).update(
        leased_until=now + LEASE, attempts=F("attempts") + 1
    )
    if not taken:
        return False
    refund = Refund.objects.select_related("order").get(pk=refund_id)
    try:
        found = _at_stripe(refund)
    except Exception as error:
        # Whatever it was: the row stays, and the others are not kept waiting.
        log.exception("refund_not_sent", refund=refund.public_id, attempts=refund.attempts)
        pause = PAUSES[min(refund.attempts, len(PAUSES)) - 1]
        said_no = int(isinstance(error, PaymentRefusedError))
        Refund.objects.filter(pk=refund_id).update(
            leased_until=None, due_at=timezone.now() + pause, refusals=F("refusals") + said_no
        )
        if isinstance(error, RefundTooLargeError):
            _learn_of_others(refund)
        else:
            _tell_promised(refund)
        return True
    # Not always our own row: if it was given up meanwhile, the money left all the same.
    if (ours := _ours(found)) is not None:
        _apply(ours.pk, found)
    return True


def send_due_refunds(limit: int = BATCH) -> int:
    """Send what waits, because a job or the broker died; return how many. Any number of these may run at once."""
    due = Refund.objects.filter(state=RefundState.WANTED, due_at__lte=timezone.now()).order_by("due_at", "pk")
    return sum(send_refund(pk) for pk in due.values_list("pk", flat=True)[:limit])


def refund_changed(_kind: str, refund: str) -> None:
    """Follow a refund at Stripe, ours or one made in its dashboard; a handler of settings.STRIPE_EVENT_HANDLERS."""
    try:
        found = gateway.retrieve_refund(refund)
    except PaymentMissingError:
        log.warning("refund_unknown", refund=refund)
        return
    if (ours := _ours(found)) is not None:
        _apply(ours.pk, found)


def look_at_refund(refund_id: int) -> None:
    """Ask Stripe how a refund stands. Raises PaymentsUnavailableError."""
    refund = Refund.objects.get(pk=refund_id)
    if refund.stripe_id:
        _apply(refund.pk, gateway.retrieve_refund(refund.stripe_id))


def hurry_wanted(order: Order) -> None:
    """Have what was promised and refused asked for again at once: a bank has decided."""
    Refund.objects.filter(order=order, state=RefundState.WANTED).update(due_at=timezone.now())


def give_up_wanted(order: Order) -> None:
    """Undo what was promised and not yet sent, as the bank has taken the money itself; the order is locked."""
    for refund in Refund.objects.filter(order=order, state=RefundState.WANTED).select_for_update(no_key=True):
        _fail(order, refund)


def finish(order: Order) -> None:
    """Say so once all of the money is back with whoever paid; the order is locked."""
    under_way = Refund.objects.filter(order=order, state__in=(RefundState.WANTED, RefundState.PENDING))
    if order.state == OrderState.PAID and not left_of(order) and not under_way.exists():
        order.state = OrderState.REFUNDED
        order.save(update_fields=["state"])


def locked_order(order_id: int) -> Order:
    """Lock an order for the rest of the transaction; before its refunds, before its offer."""
    orders = Order.objects.select_for_update(no_key=True, of=("self",)).select_related("offer__room", "buyer")
    return orders.get(pk=order_id)


def _promise(order: Order, amount: Money, reason: RefundReason, by: User | None, *, stripe_id: str = "") -> Refund:
    tax = _tax_of(order, amount)
    refund = Refund.objects.create(
        order=order, amount=amount.minor, tax=tax.minor, reason=reason, asked_by=by, stripe_id=stripe_id
    )
    order.refunded += amount.minor
    order.save(update_fields=["refunded"])
    _post_promise(order, refund)
    if not left_of(order):
        void_ticket(order)
    return refund


def _tax_of(order: Order, amount: Money) -> Money:
    """Return how much of what goes back is tax: its share of what is left, so that all parts add up to the whole."""
    left = left_of(order)
    return tax_left(order) if amount == left else tax_left(order).fraction(amount.minor, left.minor)


def _at_stripe(refund: Refund) -> stripe_objects.Refund:
    """Have the refund made, once: keys are forgotten after a day, so a later try looks first."""
    if refund.stripe_id:
        # It was made in the dashboard, and we died before we had taken that over.
        return gateway.retrieve_refund(refund.stripe_id)
    if refund.attempts > 1:
        for found in gateway.list_refunds(refund.order.payment_intent):
            if found.metadata.get("refund") == refund.public_id:
                return found
    return gateway.create_refund(
        refund.order.payment_intent,
        amount=refund.amount,
        key=f"refund:{refund.public_id}:{refund.refusals}",
        metadata={"refund": refund.public_id, "order": refund.order.public_id},
    )


def _learn_of_others(refund: Refund) -> None:
    """Somebody gave the money back in Stripe's dashboard: write that down, which ends our own wish."""
    for found in gateway.list_refunds(refund.order.payment_intent):
        if (ours := _ours(found)) is not None:
            _apply(ours.pk, found)


def _ours(found: stripe_objects.Refund) -> Refund | None:
    """Return our row of a refund at Stripe; of one that was made there, a new one."""
    known = Refund.objects.filter(stripe_id=found.id).first()
    if known is None and (name := found.metadata.get("refund")):
        # One that was given up before its answer came is no longer ours: the money left all the same.
        known = Refund.objects.filter(public_id=name).exclude(state=RefundState.FAILED, stripe_id="").first()
    return known or _from_outside(found)


def _from_outside(found: stripe_objects.Refund) -> Refund | None:
    key = Order.objects.filter(payment_intent=found.payment_intent or "-").values_list("pk", flat=True).first()
    if key is None:
        log.warning("refund_not_ours", refund=found.id)
        return None
    with transaction.atomic():
        order = locked_order(key)
        if (known := Refund.objects.filter(stripe_id=found.id).first()) is not None:
            return known
        amount = Money(found.amount, found.currency)
        if left_of(order) < amount:
            # What we have promised and not sent can no longer be had.
            give_up_wanted(order)
        log.warning("refund_from_outside", order=order.public_id, refund=found.id)
        return _promise(order, amount, RefundReason.OUTSIDE, None, stripe_id=found.id)


def _apply(refund_id: int, found: stripe_objects.Refund) -> None:
    """Take over how a refund stands at Stripe, if that is further than what we know."""
    state = _STATES.get(found.status)
    with transaction.atomic():
        order = locked_order(Refund.objects.values_list("order", flat=True).get(pk=refund_id))
        refund = Refund.objects.select_for_update(no_key=True).get(pk=refund_id)
        refund.order = order
        if state is None or state not in _AFTER[RefundState(refund.state)]:
            return
        refund.stripe_id, refund.leased_until = found.id, None
        if refund.state == RefundState.WANTED:
            # It leaves the balance when Stripe takes it, and returns to it if the bank does not.
            _post_paid(order, refund)
        if state == RefundState.FAILED:
            _post_returned(order, refund)
            _fail(order, refund)
            return
        refund.state = state
        refund.settled_at = timezone.now() if state == RefundState.SUCCEEDED else None
        refund.save(update_fields=["state", "stripe_id", "leased_until", "settled_at"])
        if state == RefundState.SUCCEEDED:
            finish(order)
            telling.refund_done(refund)
        else:
            _tell_promised(refund)


def _tell_promised(refund: Refund) -> None:
    """Say that it takes a while, where nobody has said anything yet and somebody here has asked for it."""
    if refund.reason not in {RefundReason.OUTSIDE, RefundReason.NO_SEAT}:
        telling.refund_promised(refund)


def _fail(order: Order, refund: Refund) -> None:
    """The promise is undone, and the money is where it was; the ticket stays void. Staff have to look."""
    refund.state, refund.settled_at, refund.leased_until = RefundState.FAILED, timezone.now(), None
    refund.save(update_fields=["state", "stripe_id", "leased_until", "settled_at"])
    order.refunded -= refund.amount
    order.save(update_fields=["refunded"])
    _post_promise(order, refund, undone=True)
    log.error("refund_failed", order=order.public_id, refund=refund.public_id)
    telling.refund_failed(refund)


def _post_promise(order: Order, refund: Refund, *, undone: bool = False) -> None:
    """Take what goes back from where it is held and from the tax, or put it there again."""
    owed, name = accounts.refunds(order.currency), "undo" if undone else "promise"
    rows = []
    kept = Money(refund.amount - refund.tax, order.currency)
    if not undone:
        tell_going_back(order, kept, f"refund:{refund.public_id}")
    for account, minor, suffix in (
        (accounts.held_for_room(order.offer.room.public_id, order.currency), kept.minor, ""),
        (accounts.vat(order.country.lower(), order.currency) if refund.tax else "", refund.tax, "-vat"),
    ):
        if minor:
            debit, credit = (owed, account) if undone else (account, owed)
            money, key = Money(minor, order.currency), f"refund:{refund.public_id}:{name}{suffix}"
            rows.append(Posting(debit, credit, money, key, order=order.public_id))
    post(*rows)
    if undone:
        tell_going_back(order, kept, f"refund:{refund.public_id}", undone=True)


def _post_paid(order: Order, refund: Refund) -> None:
    owed, stripe = accounts.refunds(order.currency), accounts.stripe(order.currency)
    post(Posting(owed, stripe, refund.money, f"refund:{refund.public_id}:paid", order=order.public_id))


def _post_returned(order: Order, refund: Refund) -> None:
    owed, stripe = accounts.refunds(order.currency), accounts.stripe(order.currency)
    post(Posting(stripe, owed, refund.money, f"refund:{refund.public_id}:returned", order=order.public_id))
