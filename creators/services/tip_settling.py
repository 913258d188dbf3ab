"""Making what is left of a paid tip the recipient's, once nobody may take of it any more.

debit held:tips   credit stripe:fees           what the payment cost, as the recipient bears it
debit held:tips   credit platform:fees         settings.TIP_FEE_BASIS_POINTS of it; none, unless staff say so
debit held:tips   credit creator:<recipient>   the rest, by creators.services.earnings.earn
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.conf import settings

from config.lib.money import Money
from creators.enums import TIP_STEPS, EarningSource, TipState
from creators.models import Earning, Tip, TipRefund
from creators.services.earnings import earn
from creators.tip_money import left_of, shares_of
from ticketing import account_names as accounts
from ticketing.enums import DisputeState, RefundState
from ticketing.services.ledger import Posting, post

UNDER_WAY: Final = (RefundState.WANTED, RefundState.PENDING)


def locked_tip(tip_id: int) -> Tip:
    """Lock a tip for the rest of the transaction: after its room, before its refunds."""
    tips = Tip.objects.select_for_update(no_key=True, of=("self",))
    return tips.select_related("giver", "recipient", "room").get(pk=tip_id)


def settle(tip: Tip) -> None:
    """Make what is left of a paid tip the recipient's, or say that nothing is; the tip is locked.

    While a bank or a refund under way may still take of it, it waits.
    """
    if tip.state not in {TipState.PAID, TipState.EARNED} or tip.dispute_state == DisputeState.OPEN:
        return
    if TipRefund.objects.filter(tip=tip, state__in=UNDER_WAY).exists():
        return
    if not left_of(tip):
        step(tip, TipState.RETURNED)
    elif tip.state == TipState.PAID and tip.cost is not None:
        _earn(tip)


def step(tip: Tip, state: TipState) -> None:
    """Let a locked tip go on. Raises ValueError for a step that there is not."""
    if state not in TIP_STEPS[TipState(tip.state)]:
        msg = f"Tip {tip.public_id} does not go from {tip.state} to {state}."
        raise ValueError(msg)
    tip.state = state
    tip.save(update_fields=["state"])


def posting(tip: Tip, debit: str, credit: str, minor: int, name: str) -> Posting:
    """Return an entry about a tip; the ledger finds it by the tip's id."""
    money = Money(minor, tip.currency)
    return Posting(debit, credit, money, f"tip:{tip.public_id}:{name}", order=tip.public_id)


def _earn(tip: Tip) -> None:
    shares = shares_of(tip)
    held = accounts.tips_held_for(tip.recipient_key, tip.currency)
    parts = (
        (accounts.stripe_fees(tip.currency), shares.cost, "cost"),
        (accounts.platform_fees(tip.currency), shares.fee, "platform"),
    )
    post(*(posting(tip, held, account, minor, name) for account, minor, name in parts if minor))
    assert tip.paid_at is not None
    earning = Earning(
        creator=tip.recipient,
        creator_key=tip.recipient_key,
        source=EarningSource.TIP,
        source_key=tip.public_id,
        room=tip.room,
        charge=tip.charge,
        currency=tip.currency,
        gross=shares.gross,
        cost=shares.cost,
        fee=shares.fee,
        net=shares.net,
        earned_at=tip.paid_at,
        available_at=tip.paid_at + timedelta(days=settings.TIP_MARGIN_DAYS),
    )
    earn(earning, out_of=held, order=tip.public_id)
    step(tip, TipState.EARNED)
