"""Whose each part of an order's money is, what of it comes back with a refund, and what can be paid out.

Whole numbers only, in the smallest unit of one currency. One rule holds before and after settlement: the platform's fee
is of what is left, and the creator bears the payment's cost only out of what remains of that, never below zero. So an
order that went back whole costs its creator nothing; its cost is the platform's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable


class Parts(NamedTuple):
    """An order's money without its tax: the creator's, the platform's, and what the payment cost the creator."""

    net: int
    fee: int
    cost: int

    @property
    def base(self) -> int:
        return self.net + self.fee + self.cost

    def less(self, others: Parts) -> Parts:
        return Parts(self.net - others.net, self.fee - others.fee, self.cost - others.cost)


class Open(NamedTuple):
    """What of an earning is not on its way: below zero, more has gone than is left of it. `key` is the earning's."""

    key: int
    minor: int


class Standing(NamedTuple):
    """How somebody stands in a currency: what can be paid now, what later, and what they owe us."""

    available: int
    later: int
    debt: int


def parts_of(base: int, fee: int, cost: int) -> Parts:
    """Return whose what an order has left is. Raises ValueError for a fee above the base."""
    if not 0 <= fee <= base or cost < 0:
        msg = f"A fee of {fee} and a cost of {cost} cannot be parts of {base}."
        raise ValueError(msg)
    borne = min(cost, base - fee)
    return Parts(base - fee - borne, fee, borne)


def taken_back(left: Parts, back: int) -> Parts:
    """Return what each gives when so much goes back of what is left: the fee in proportion, then the rule above.

    Raises ValueError for more than is left.
    """
    if not 0 <= back <= left.base:
        msg = f"{back} cannot go back of {left.base}."
        raise ValueError(msg)
    if not left.base:
        return left
    stays = left.base - back
    return left.less(parts_of(stays, left.fee * stays // left.base, left.cost))


def standing(available: Iterable[int], others: Iterable[int], owed: int) -> Standing:
    """Return how somebody stands.

    `available` is what is open of earnings that may be paid now, `others` of those that may not yet, `owed` what the
    ledger says in all. What is not available yet is no security: a debt comes out of what is.
    """
    now, others = list(available), list(others)
    debt = -sum(minor for minor in (*now, *others) if minor < 0)
    ready = sum(minor for minor in now if minor > 0)
    payable = max(0, min(owed, ready - debt))
    return Standing(payable, sum(minor for minor in others if minor > 0), max(0, debt - ready, -owed))


def payable(rows: Iterable[Open], amount: int) -> list[Open]:
    """Part what is to be paid among open earnings, the first first; the last may be paid in part."""
    found: list[Open] = []
    for row in rows:
        if amount <= 0:
            break
        if row.minor > 0:
            found.append(Open(row.key, min(row.minor, amount)))
            amount -= found[-1].minor
    return found
