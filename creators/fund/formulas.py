"""The formulas: from who heard or paid whom how much, to what each creator weighs against the others.

Weights are whole numbers. What no whole number is (a third of a pot, a root) is scaled by 2**128 first and rounded down
there, far below any cent; sums of money are rounded in one place only, `creators.fund.sharing`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from math import isqrt
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

SCALE_BITS: Final = 128


class Receipt(NamedTuple):
    """What one listener did for one creator in the period: verified seconds, or for quadratic what they paid.

    There is at most one of each pair, and its amount is above zero.
    """

    creator: str
    listener: str
    amount: int


def flat(creators: Iterable[str]) -> dict[str, int]:
    """Let everybody weigh the same; the stipend is their cap."""
    return dict.fromkeys(creators, 1)


def pro_rata(receipts: Collection[Receipt], cap: int | None = None) -> dict[str, int]:
    """Weigh creators by their seconds: P * m_i / sum(m).

    Of a listener with more seconds than the cap, all are cut in proportion.
    """
    totals = by_listener(receipts)
    weights: defaultdict[str, int] = defaultdict(int)
    for creator, listener, amount in receipts:
        weights[creator] += _counted(amount, totals[listener], cap, SCALE_BITS)
    return dict(weights)


def user_centric(receipts: Collection[Receipt]) -> dict[str, int]:
    """Give each listener the same pot, and split it by where they listened."""
    totals = by_listener(receipts)
    weights: defaultdict[str, int] = defaultdict(int)
    for creator, listener, amount in receipts:
        weights[creator] += (amount << SCALE_BITS) // totals[listener]
    return dict(weights)


def quadratic(receipts: Collection[Receipt], cap: int | None = None) -> dict[str, int]:
    """Weigh creators by (sum of roots)**2 - sum of what each supporter paid.

    That is what quadratic funding adds to their sum (Buterin, Hitzig, Weyl: Liberal Radicalism, 2018). One supporter
    alone weighs nothing, however much they paid. Of one who paid more than the cap, all is cut in proportion.
    """
    totals = by_listener(receipts)
    roots: defaultdict[str, int] = defaultdict(int)
    paid: defaultdict[str, int] = defaultdict(int)
    for creator, supporter, amount in receipts:
        counted = _counted(amount, totals[supporter], cap, 2 * SCALE_BITS)
        roots[creator] += isqrt(counted)
        paid[creator] += counted
    # The root of one amount is rounded down, so its square may be less than the amount.
    return {creator: max(0, root**2 - paid[creator]) for creator, root in roots.items()}


def by_listener(receipts: Iterable[Receipt]) -> Counter[str]:
    """Return each listener's total over all creators."""
    totals: Counter[str] = Counter()
    for _creator, listener, amount in receipts:
        totals[listener] += amount
    return totals


def _counted(amount: int, total: int, cap: int | None, bits: int) -> int:
    """Return what counts of an amount, scaled by 2**bits, if all its giver's amounts together are held to the cap."""
    if cap is None or total <= cap:
        return amount << bits
    return (amount * cap << bits) // total
