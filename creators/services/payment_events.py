"""What Stripe tells of payments, given to whose they are: a tip's to tips, all others to ticketing.

Handlers of settings.STRIPE_EVENT_HANDLERS. A tip knows its session before anybody can pay on it.
"""

from __future__ import annotations

from creators.models import Tip
from creators.services import tip_checkout, tip_disputes, tip_payments, tip_refunds
from ticketing import stripe_gateway as gateway
from ticketing.errors import PaymentMissingError
from ticketing.services import checkout, disputes, payments, refunds


def session_changed(kind: str, session: str) -> None:
    """Do what follows of a Checkout that was paid or is over."""
    tip = Tip.objects.filter(session=session).first()
    if tip is None:
        checkout.session_changed(kind, session)
    else:
        tip_checkout.follow(tip, gateway.retrieve_checkout(session))


def charge_changed(kind: str, charge: str) -> None:
    """Look whether it is known now what a payment cost."""
    tip = Tip.objects.filter(charge=charge).values_list("pk", flat=True).first()
    if tip is None:
        payments.charge_changed(kind, charge)
    else:
        tip_payments.fetch_cost(tip)


def refund_changed(kind: str, refund: str) -> None:
    """Follow a refund, ours or one made in Stripe's dashboard."""
    if not is_of_a_tip(refund):
        refunds.refund_changed(kind, refund)


def dispute_changed(kind: str, dispute: str) -> None:
    """Follow a dispute."""
    if not is_of_a_tip(dispute):
        disputes.dispute_changed(kind, dispute)


def is_of_a_tip(source: str) -> bool:
    """Follow a refund or dispute if it is of a tip, and say whether it is."""
    try:
        if source.startswith("re_"):
            return tip_refunds.follow_refund(gateway.retrieve_refund(source))
        return tip_disputes.follow_dispute(gateway.retrieve_dispute(source))
    except PaymentMissingError:
        return False
