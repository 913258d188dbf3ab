"""How what is left of a tip is parted when it is earned. Before that all of it is held."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings

from config.lib.money import Money

if TYPE_CHECKING:
    from creators.models import Tip


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
