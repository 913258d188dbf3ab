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
from creators.selectors import owing
from creators.services.clawbacks import locked_earning, take_back, undo
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


def held_for(tip: Tip) -> str:
    """Return the account in which a tip lies until it is earned, and through which it goes back."""
    return accounts.tips_held_for(tip.recipient_key, tip.currency)


def hold_again(tip: Tip, money: Money, key: str) -> None:
    """Have so much of a locked tip, which is about to leave, where it was before it was earned; once for each key.

    What came there since, because a bank had sent a refund back, goes first.
    """
    earning = locked_earning(EarningSource.TIP, tip.public_id)
    if earning is None:
        return
    late = max(left_of(tip).minor - owing.left_of(earning).base, 0)
    if late < money.minor:
        take_back(earning, money - Money(late, money.currency), key, into=held_for(tip), order=tip.public_id)


def give_again(tip: Tip, key: str) -> None:
    """Give the recipient back what was taken by that key, as it did not leave."""
    if locked_earning(EarningSource.TIP, tip.public_id) is not None:
        undo(key, into=held_for(tip), order=tip.public_id)


def posting(tip: Tip, debit: str, credit: str, minor: int, name: str) -> Posting:
    """Return an entry about a tip; the ledger finds it by the tip's id."""
    money = Money(minor, tip.currency)
    return Posting(debit, credit, money, f"tip:{tip.public_id}:{name}", order=tip.public_id)


def _earn(tip: Tip) -> None:
    shares = shares_of(tip)
    held = held_for(tip)
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
