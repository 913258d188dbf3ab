"""Whose the money of a tip is: how it is parted when it is earned, and out of whose it comes when it goes back.

Before it is earned, all of it is held. After that what goes back comes first out of what the recipient got; what the
payment cost and what the platform kept, which the recipient never had, comes from where it went.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings

from config.lib.money import Money
from creators.enums import EarningSource, TipState
from creators.models import Earning, TipRefund
from ticketing import account_names as accounts
from ticketing.enums import RefundState

if TYPE_CHECKING:
    from creators.models import Tip

# An account and how much of it, in minor units.
Part = tuple[str, int]


class Shares(NamedTuple):
    """How what is left of a tip is parted; what the payment cost beyond it stays with the platform."""

    gross: int
    cost: int
    fee: int
    net: int


def left_of(tip: Tip) -> Money:
    """Return what of a tip neither went back nor was taken back."""
    return Money((tip.charged or 0) - tip.refunded - tip.disputed, tip.currency)


def shares_of(tip: Tip) -> Shares:
    """Part what is left of a tip whose cost is known."""
    gross = left_of(tip)
    cost = min(tip.cost or 0, gross.minor)
    fee = min(gross.share(settings.TIP_FEE_BASIS_POINTS).minor, gross.minor - cost)
    return Shares(gross.minor, cost, fee, gross.minor - cost - fee)


def parts_of(tip: Tip, minor: int) -> list[Part]:
    """Return out of whose money so much of a locked tip is to come. Raises ValueError beyond what is left."""
    found: list[Part] = []
    for account, there in _left_by_account(tip):
        taken = min(there, minor)
        if taken:
            found.append((account, taken))
            minor -= taken
    if minor:
        msg = f"Tip {tip.public_id} has not so much left."
        raise ValueError(msg)
    return found


def _left_by_account(tip: Tip) -> list[Part]:
    held = accounts.tips_held_for(tip.recipient_key, tip.currency)
    if tip.state != TipState.EARNED:
        return [(held, left_of(tip).minor)]
    earning = Earning.objects.get(source=EarningSource.TIP, source_key=tip.public_id)
    had = {
        accounts.creator(tip.recipient_key, tip.currency): earning.net,
        accounts.stripe_fees(tip.currency): earning.cost,
        accounts.platform_fees(tip.currency): earning.fee,
    }
    for account, minor in _gone(tip):
        # What went back before it was earned was held, and is in no share.
        if account in had:
            had[account] -= minor
    # A refund from before it was earned that a bank sent back afterwards.
    unearned = left_of(tip).minor - sum(had.values())
    return [(held, unearned), *had.items()]


def _gone(tip: Tip) -> list[Part]:
    refunds = TipRefund.objects.filter(tip=tip).exclude(state=RefundState.FAILED)
    gone = (*refunds.values_list("parts", flat=True), tip.dispute_parts)
    return [(account, minor) for parts in gone for account, minor in parts]
