"""Snapshots of the fund, small ones by hand and any that are in order by Hypothesis."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from creators.fund.allocation import Allocation, allocate
from creators.fund.formulas import Receipt
from creators.fund.reasons import Reason
from creators.fund.snapshot import Creator, Snapshot
from creators.fund.terms import Formula, Terms


def listener(number: int) -> str:
    return f"{number:032x}"


def receipts(heard: dict[str, dict[int, int]]) -> tuple[Receipt, ...]:
    """Return what creators were given by numbered listeners."""
    return tuple(
        Receipt(creator, listener(number), amount) for creator, by in heard.items() for number, amount in by.items()
    )


def snapshot(
    formula: Formula,
    heard: dict[str, dict[int, int]],
    *,
    budget: int = 1000,
    period: int = 1,
    refused: dict[str, Reason] | None = None,
    **terms: Any,
) -> Snapshot:
    """Return a snapshot of a programme, whose creators are those in `heard`."""
    refused = refused or {}
    return Snapshot(
        programme="spring",
        period=period,
        currency="eur",
        terms=Terms(formula, budget, **terms),
        creators=tuple(Creator(name, (refused[name],) if name in refused else ()) for name in heard),
        receipts=receipts(heard),
    )


def shares(allocation: Allocation) -> dict[str, int]:
    return {share.creator: share.minor for share in allocation.shares}


def allocated(formula: Formula, heard: dict[str, dict[int, int]], **given: Any) -> dict[str, int]:
    return shares(allocate(snapshot(formula, heard, **given)))


def codes(allocation: Allocation) -> dict[str, list[str]]:
    """Return the reasons' codes for each creator who has any."""
    return {share.creator: [reason.code for reason in share.reasons] for share in allocation.shares if share.reasons}


HEARD = st.dictionaries(
    st.text("abcdefgh", min_size=1, max_size=2),
    st.dictionaries(st.integers(0, 8), st.integers(1, 100_000), max_size=6),
    max_size=8,
)
REFUSED = st.sets(st.text("abcdefgh", min_size=1, max_size=2), max_size=2)


@st.composite
def snapshots(draw: st.DrawFn, formulas: tuple[Formula, ...] = tuple(Formula)) -> Snapshot:
    """Draw a snapshot that is in order."""
    formula = draw(st.sampled_from(formulas))
    unit = draw(st.sampled_from([1, 10, 100]))
    sums = st.integers(1, 10**7).map(lambda number: number * unit)
    caps = st.none() | sums
    is_flat = formula is Formula.FLAT
    heard = draw(HEARD)
    return snapshot(
        formula,
        heard,
        budget=draw(st.integers(1, 10**9)) * unit,
        period=draw(st.integers(1, 40)),
        refused={name: Reason.of("age") for name in draw(REFUSED) if name in heard},
        unit=unit,
        stipend=draw(sums) if is_flat else None,
        creator_cap=draw(caps),
        listener_cap=None if is_flat else draw(st.none() | st.integers(1, 10**5).map(lambda number: number * unit)),
        min_listeners=draw(st.integers(0, 3)),
    )
