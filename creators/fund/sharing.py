"""Sharing out a sum by weights, to the last unit: the one place of the fund where money is rounded (docs/adr/0009)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# What rounding lost is compared in steps of 2**-32 of a unit: who differs in the last digits of scaled weights only is
# equal. With fewer creators than 2**33, nobody without a fraction can get a unit by it.
TIE_BITS: Final = 32


@dataclass(frozen=True, slots=True)
class Part:
    """What one creator gets, in whole units, and how it came about."""

    units: int
    ideal: Fraction
    # What it would be if nobody had a cap.
    uncapped: Fraction
    is_capped: bool = False
    # Among so many equals the last `drawn` units went by turn; both are 0 for who was not among them.
    tied: int = 0
    drawn: int = 0


class _Rounded(NamedTuple):
    units: int
    tied: int = 0
    drawn: int = 0


def share_out(units: int, weights: Mapping[str, int], *, cap: int | None, turn: int) -> dict[str, Part]:
    """Share out so many units by weights, nobody above the cap.

    What a cap leaves over goes to those below it, by their weights; only if all are at their cap, the rest is not
    shared out. Each share is the ideal rounded down or up: the units that rounding leaves go to whoever lost most by it
    (largest remainder), of equals by turn. A weight of zero gets nothing.
    """
    whole = sum(weights.values())
    if whole == 0:
        return {creator: Part(0, Fraction(0), Fraction(0)) for creator in weights}
    capped = _capped(units, weights, cap)
    below = {creator: weight for creator, weight in weights.items() if creator not in capped}
    left, weighed = units - sum(capped.values()), sum(below.values())
    rounded = _rounded(left, below, turn)
    parts = {}
    for creator, weight in weights.items():
        uncapped = Fraction(units * weight, whole)
        if creator in capped:
            parts[creator] = Part(capped[creator], Fraction(capped[creator]), uncapped, is_capped=True)
        else:
            ideal = Fraction(left * weight, weighed or 1)
            parts[creator] = Part(
                rounded[creator].units, ideal, uncapped, tied=rounded[creator].tied, drawn=rounded[creator].drawn
            )
    return parts


def _capped(units: int, weights: Mapping[str, int], cap: int | None) -> dict[str, int]:
    """Return who would get more than the cap, also once what others may not have is shared out anew."""
    capped: dict[str, int] = {}
    if cap is None:
        return capped
    left, weighed = units, sum(weights.values())
    # Whoever weighs most passes the cap first, so nobody after the first one below it does.
    for creator, weight in sorted(weights.items(), key=lambda item: -item[1]):
        if left * weight <= cap * weighed:
            break
        capped[creator] = cap
        left, weighed = left - cap, weighed - weight
    return capped


def _rounded(units: int, weights: Mapping[str, int], turn: int) -> dict[str, _Rounded]:
    """Round to whole units that add up to all of them; without any weight, to nothing."""
    whole = sum(weights.values())
    if whole == 0:
        return dict.fromkeys(weights, _Rounded(0))
    floors, lost = {}, {}
    for creator, weight in weights.items():
        floors[creator], rest = divmod(units * weight, whole)
        # To the nearest step; a half goes up.
        lost[creator] = ((rest << TIE_BITS + 1) + whole) // (2 * whole)
    over = units - sum(floors.values())
    given = _draw(lost, over, turn)
    return {creator: given[creator]._replace(units=floor + given[creator].units) for creator, floor in floors.items()}


def _draw(lost: Mapping[str, int], over: int, turn: int) -> dict[str, _Rounded]:
    """Say who gets one of the units left over: those who lost most, and of the equals at the border some by turn."""
    # The loss that the last unit goes to.
    border = sorted(lost.values(), reverse=True)[over - 1] if over else max(lost.values()) + 1
    equals = sorted(creator for creator, loss in lost.items() if loss == border)
    drawn = over - sum(loss > border for loss in lost.values())
    lucky = set(in_turn(equals, drawn, turn))
    is_drawn = 0 < drawn < len(equals)
    return {
        creator: _Rounded(int(creator in lucky), len(equals), drawn)
        if is_drawn and loss == border
        else _Rounded(int(over > 0 and loss >= border))
        for creator, loss in lost.items()
    }


def in_turn(equals: Iterable[str], number: int, turn: int) -> list[str]:
    """Return so many of them; in as many turns as there are equals, each stands there equally often."""
    row = list(equals)
    return [row[(turn * number + place) % len(row)] for place in range(number)]
