"""The terms of a programme's period: how the budget is shared out, and what holds it back."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Formula(StrEnum):
    FLAT = "flat"
    PRO_RATA = "pro_rata"
    USER_CENTRIC = "user_centric"
    QUADRATIC = "quadratic"


@dataclass(frozen=True, slots=True)
class Terms:
    """Sums are in the currency's smallest unit, and multiples of `unit`, the least that can be paid (100 for isk).

    `listener_cap` bounds what one listener can move. It is counted in what the formula counts: pro rata in seconds,
    user-centric in the money of one listener's pot, quadratic in the money that one supporter gave. A flat stipend
    has none.
    """

    formula: Formula
    budget: int
    unit: int = 1
    # For each creator; only a flat stipend has it.
    stipend: int | None = None
    creator_cap: int | None = None
    listener_cap: int | None = None
    # Fewer different listeners (quadratic: supporters) than so many, and a creator gets nothing.
    min_listeners: int = 0


@dataclass(frozen=True, slots=True)
class StipendPreset:
    """A flat stipend with who may have it; staff begin a programme with it and change what they like."""

    stipend: int
    currency: str
    # So many months each creator gets it.
    months: int
    rooms_per_week: int
    followers: int
    age: int


# Twitter's Spaces Spark Program of 2021.
SPARK: Final = StipendPreset(stipend=250_000, currency="usd", months=3, rooms_per_week=2, followers=5_000, age=18)
