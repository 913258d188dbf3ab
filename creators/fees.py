"""The platform's fee on what a creator sells: tiers over all that they have ever earned in a currency.

The base of an order is what was paid for a ticket, less what went back to buyers or was taken back by banks, less the
tax in the rest, before the costs of the payment. Tips bear no fee. Each currency is counted by itself.

Whole numbers only. A schedule is a function of the whole base, rounded down once, in the creator's favour; the fee of
an order is by how much it raises that function. So an order that crosses a border is split exactly, parts add up to
the whole to the cent, and within a schedule the order of sales changes nothing in what they cost together.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from config.lib.money import BASIS_POINTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

# A schedule for all currencies. It has one rate: a border between tiers is a sum, and a sum is of a currency.
ALL: Final = ""


class Tier(NamedTuple):
    """From so much on, in the currency's smallest unit, this rate in basis points (a hundredth of a percent)."""

    from_minor: int
    basis_points: int


@dataclass(frozen=True, slots=True)
class FeeSchedule:
    """Tiers that hold for what is paid from a moment on.

    Raises TypeError for what is no whole number, ValueError for tiers that do not begin at nothing and go up.
    """

    tiers: tuple[Tier, ...]
    valid_from: datetime
    currency: str = ALL
    # Of schedules that begin together the one that was made last holds.
    number: int = 0

    def __post_init__(self) -> None:
        for tier in self.tiers:
            _check_whole(tier.from_minor)
            _check_whole(tier.basis_points)
            if tier.basis_points > BASIS_POINTS:
                msg = f"{tier.basis_points} basis points are more than all of it."
                raise ValueError(msg)
        begins = [tier.from_minor for tier in self.tiers]
        if begins != sorted(set(begins)) or begins[:1] != [0]:
            msg = "The first tier begins at 0, and each further one above the one before."
            raise ValueError(msg)
        if self.currency == ALL and len(self.tiers) > 1:
            msg = "A schedule for all currencies has one rate."
            raise ValueError(msg)

    def is_for(self, currency: str) -> bool:
        return self.currency in (ALL, currency)

    def fee_up_to(self, base: int) -> int:
        """Return the fee on so much in all, rounded down. Never more than the base, and never less for more."""
        _check_whole(base)
        ends = [tier.from_minor for tier in self.tiers[1:]]
        parts = (
            max(0, (base if end is None else min(base, end)) - tier.from_minor) * tier.basis_points
            for tier, end in zip(self.tiers, [*ends, None], strict=True)
        )
        return sum(parts) // BASIS_POINTS

    def fee_of(self, base: int, *, before: int) -> int:
        """Return the fee on what comes on top of what was earned before."""
        _check_whole(base)
        return self.fee_up_to(before + base) - self.fee_up_to(before)


class Sale(NamedTuple):
    """An order's base: whose (by public id), in which currency, paid when.

    `key` is the order's number, and its place among equals.
    """

    creator: str
    currency: str
    at: datetime
    key: int
    base: int


class Earned(NamedTuple):
    """Where one creator's base in one currency is counted."""

    creator: str
    currency: str


def schedule_at(schedules: Iterable[FeeSchedule], currency: str, moment: datetime) -> FeeSchedule | None:
    """Return what holds for a currency at a moment: the last to have begun. None before the first one: no fee."""
    begun = [each for each in schedules if each.is_for(currency) and each.valid_from <= moment]
    return max(begun, key=lambda each: (each.valid_from, each.number), default=None)


def fees_of(
    sales: Iterable[Sale], schedules: Sequence[FeeSchedule], *, before: Mapping[Earned, int] | None = None
) -> dict[int, int]:
    """Return each sale's fee by its key, by the schedule that held when it was paid, in whatever order they come.

    Sales count by when they were paid; `before` is what their creators had earned before the first of them.
    """
    earned = defaultdict(int, before or {})
    found: dict[int, int] = {}
    for sale in sorted(sales, key=lambda sale: (sale.at, sale.key)):
        place = Earned(sale.creator, sale.currency)
        schedule = schedule_at(schedules, sale.currency, sale.at)
        found[sale.key] = schedule.fee_of(sale.base, before=earned[place]) if schedule else 0
        earned[place] += sale.base
    return found


def _check_whole(number: object) -> None:
    if type(number) is not int:
        msg = f"{number!r} is no whole number; fees know no others."
        raise TypeError(msg)
    if number < 0:
        msg = f"{number} is below zero."
        raise ValueError(msg)
