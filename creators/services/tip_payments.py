"""Writing down that a tip was paid. The rule for every race: the money is recorded always, given if it can be, and
otherwise goes back by itself.

    debit stripe        credit held:tips:<recipient>   what came
    debit stripe:fees   credit stripe                  what Stripe kept
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import structlog
from django.db import transaction
from django.utils import timezone

from accounts.selectors.blocking import is_blocked_between
from config.lib.deadlocks import again_after_deadlock
from creators.enums import TipReturnReason, TipState
from creators.models import Tip
from creators.services import telling_tips
from creators.services.tip_refunds import refund_within
from creators.services.tip_settling import locked_tip, posting, settle
from ticketing import account_names as accounts
from ticketing import stripe_gateway as gateway
from ticketing.services.ledger import post
from ticketing.services.payments import PaymentMismatchError

if TYPE_CHECKING:
    from ticketing.stripe_objects import Charge, CheckoutSession

log = structlog.get_logger(__name__)

_OF_PAYMENT: Final = ("state", "paid_at", "charged", "payment_intent", "charge", "tell")


@again_after_deadlock
def record_tip(tip_id: int, session: CheckoutSession) -> Tip:
    """Write a paid Checkout down, and make it the recipient's as soon as it is known what it cost; return the tip.

    May be called again and again, and at once: it happens once. Raises PaymentMismatchError, PaymentsUnavailableError.
    """
    charge = _charge_of(session)
    with transaction.atomic():
        tip = locked_tip(tip_id)
        if charge.currency != tip.currency or (tip.charge and tip.charge != charge.id):
            msg = f"Tip {tip.public_id} in {tip.currency} ({tip.charge}) was paid by {charge.id} in {charge.currency}."
            raise PaymentMismatchError(msg)
        if not tip.is_paid:
            _pay(tip, session, charge)
        _note_cost(tip, charge)
        settle(tip)
    return tip


def fetch_cost(tip_id: int) -> None:
    """Ask what Stripe kept of a tip whose balance was not booked yet. Raises PaymentsUnavailableError."""
    tip = Tip.objects.get(pk=tip_id)
    if tip.cost is not None or not tip.charge:
        return
    charge = gateway.retrieve_charge(tip.charge)
    with transaction.atomic():
        tip = locked_tip(tip_id)
        _note_cost(tip, charge)
        settle(tip)


def _charge_of(session: CheckoutSession) -> Charge:
    if session.charge is not None and session.charge.status == "succeeded":
        return session.charge
    payment = gateway.retrieve_payment(session.payment_intent or "")
    if not payment.is_paid or payment.charge is None:
        msg = f"{session.id} is paid, {payment.id} is {payment.status}."
        raise PaymentMismatchError(msg)
    return gateway.retrieve_charge(payment.charge)


def _pay(tip: Tip, session: CheckoutSession, charge: Charge) -> None:
    """Record the money, and say who has it; inside the caller's transaction, with the tip locked."""
    tip.state, tip.paid_at, tip.charged = TipState.PAID, timezone.now(), charge.amount
    tip.payment_intent, tip.charge = session.payment_intent or "", charge.id
    refused = _is_refused(tip)
    tip.tell = not refused
    tip.save(update_fields=_OF_PAYMENT)
    held = accounts.tips_held_for(tip.recipient_key, tip.currency)
    post(posting(tip, accounts.stripe(tip.currency), held, charge.amount, "paid"))
    if refused:
        log.warning("tip_refused", tip=tip.public_id)
        refund_within(tip, reason=TipReturnReason.REFUSED, by=None)
    else:
        telling_tips.tip_paid(tip)


def _is_refused(tip: Tip) -> bool:
    """Say whether this money cannot be given: while it was paid things have changed."""
    if tip.recipient is None or not tip.recipient.is_active or tip.charged != tip.amount:
        return True
    return is_blocked_between(tip.giver, tip.recipient)


def _note_cost(tip: Tip, charge: Charge) -> None:
    """Write down what Stripe kept, once it has booked the payment. Raises PaymentMismatchError."""
    if tip.cost is not None or charge.balance is None:
        return
    if charge.balance.currency != tip.currency:
        msg = f"{charge.id} was booked in {charge.balance.currency}: the account at Stripe settles in another currency."
        raise PaymentMismatchError(msg)
    tip.cost = charge.balance.fee
    tip.save(update_fields=["cost"])
    if tip.cost:
        post(posting(tip, accounts.stripe_fees(tip.currency), accounts.stripe(tip.currency), tip.cost, "fee"))
