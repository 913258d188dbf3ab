"""The allocation: what each creator of a snapshot gets, to the smallest unit, and why."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from creators.fund import canonical
from creators.fund.formulas import Receipt, by_listener, flat, pro_rata, quadratic, user_centric
from creators.fund.reasons import Reason
from creators.fund.sharing import Part, share_out
from creators.fund.snapshot import Snapshot, digest_of
from creators.fund.terms import Formula, Terms

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

FORMAT: Final = "causerie-fund-allocation-1"


@dataclass(frozen=True, slots=True)
class Share:
    """One creator's share in the smallest unit, and the ideal that it was rounded from."""

    creator: str
    minor: int
    ideal: Fraction
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Allocation:
    snapshot: str
    programme: str
    period: int
    currency: str
    budget: int
    shares: tuple[Share, ...]
    # Why less than the budget was given, if it was.
    reasons: tuple[Reason, ...]

    @property
    def given(self) -> int:
        return sum(share.minor for share in self.shares)

    @property
    def left(self) -> int:
        """Return what stays in the budget."""
        return self.budget - self.given

    def write(self) -> bytes:
        """Return its file, in canonical form."""
        return canonical.write(
            {
                "format": FORMAT,
                "snapshot": self.snapshot,
                "programme": self.programme,
                "period": self.period,
                "currency": self.currency,
                "budget": self.budget,
                "given": self.given,
                "left": self.left,
                "reasons": [dict(reason.as_json()) for reason in self.reasons],
                "shares": [
                    {
                        "creator": share.creator,
                        "share": share.minor,
                        "ideal": str(share.ideal),
                        "reasons": [dict(reason.as_json()) for reason in share.reasons],
                    }
                    for share in self.shares
                ],
            }
        )

    def digest(self) -> str:
        return canonical.digest(self.write())


@dataclass(frozen=True, slots=True)
class _Counted:
    """What is left of a snapshot once those are gone who get nothing, and why they are."""

    creators: tuple[str, ...]
    receipts: tuple[Receipt, ...]
    nothing: Mapping[str, tuple[Reason, ...]]


def allocate(snapshot: Snapshot) -> Allocation:
    """Return the one allocation that follows from a snapshot that is in order."""
    terms = snapshot.terms
    counted = _count(snapshot)
    sum_, why = _to_share_out(terms, counted)
    parts = share_out(
        sum_ // terms.unit, _weights(terms, counted), cap=_cap(terms), turn=_turn(snapshot.programme, snapshot.period)
    )
    cut = _cut_listeners(terms, counted.receipts)
    shares = tuple(
        Share(creator.id, 0, Fraction(0), counted.nothing[creator.id])
        if creator.id in counted.nothing
        else _share(creator.id, parts[creator.id], terms, cut[creator.id])
        for creator in sorted(snapshot.creators, key=lambda creator: creator.id)
    )
    if not any(share.minor for share in shares):
        why = (*why, Reason.of("nobody"))
    elif all(part.is_capped for part in parts.values() if part.uncapped):
        why = (*why, Reason.of("all_capped"))
    return Allocation(
        snapshot=digest_of(snapshot),
        programme=snapshot.programme,
        period=snapshot.period,
        currency=snapshot.currency,
        budget=terms.budget,
        shares=shares,
        reasons=why,
    )


def _count(snapshot: Snapshot) -> _Counted:
    """Leave out who is not eligible and who has too few listeners; then, what was heard of them counts for nobody."""
    distinct = Counter(receipt.creator for receipt in snapshot.receipts)
    needed = snapshot.terms.min_listeners
    nothing: dict[str, tuple[Reason, ...]] = {}
    for creator in snapshot.creators:
        if creator.refused:
            nothing[creator.id] = tuple(_not_eligible(reason) for reason in creator.refused)
        elif distinct[creator.id] < needed:
            nothing[creator.id] = (Reason.of("too_few_listeners", found=distinct[creator.id], needed=needed),)
    return _Counted(
        creators=tuple(creator.id for creator in snapshot.creators if creator.id not in nothing),
        receipts=tuple(receipt for receipt in snapshot.receipts if receipt.creator not in nothing),
        nothing=nothing,
    )


def _not_eligible(reason: Reason) -> Reason:
    return Reason.of("not_eligible", because=reason.code, **dict(reason.facts))


def _to_share_out(terms: Terms, counted: _Counted) -> tuple[int, tuple[Reason, ...]]:
    """Return how much there is: the budget, or less if all listeners' pots together are less."""
    if terms.formula is not Formula.USER_CENTRIC or terms.listener_cap is None:
        return terms.budget, ()
    listeners = len({receipt.listener for receipt in counted.receipts})
    pots = listeners * terms.listener_cap
    if pots >= terms.budget:
        return terms.budget, ()
    return pots, (Reason.of("pots_capped", cap=terms.listener_cap, listeners=listeners),)


def _weights(terms: Terms, counted: _Counted) -> dict[str, int]:
    nothing = dict.fromkeys(counted.creators, 0)
    match terms.formula:
        case Formula.FLAT:
            return flat(counted.creators)
        case Formula.PRO_RATA:
            return nothing | pro_rata(counted.receipts, terms.listener_cap)
        case Formula.USER_CENTRIC:
            return nothing | user_centric(counted.receipts)
        case Formula.QUADRATIC:
            return nothing | quadratic(counted.receipts, terms.listener_cap)


def _cap(terms: Terms) -> int | None:
    """Return what a creator can have at most, in units: a stipend is a cap too."""
    sums = [each for each in (terms.stipend, terms.creator_cap) if each is not None]
    return min(sums) // terms.unit if sums else None


def _turn(programme: str, period: int) -> int:
    """Return whose turn it is among equals: one further each period, beginning elsewhere in each programme."""
    return period + int.from_bytes(hashlib.sha256(programme.encode()).digest()[:8])


def _cut_listeners(terms: Terms, receipts: Iterable[Receipt]) -> Counter[str]:
    """Return how many listeners of each creator count for less than they did, because of the cap for each."""
    if terms.listener_cap is None or terms.formula is Formula.USER_CENTRIC:
        return Counter()
    receipts = tuple(receipts)
    totals = by_listener(receipts)
    return Counter(receipt.creator for receipt in receipts if totals[receipt.listener] > terms.listener_cap)


def _share(creator: str, part: Part, terms: Terms, cut: int) -> Share:
    ideal = part.ideal * terms.unit
    return Share(creator, part.units * terms.unit, ideal, tuple(_why(part, terms, cut)))


def _why(part: Part, terms: Terms, cut: int) -> Iterator[Reason]:
    if not part.uncapped:
        yield Reason.of("nothing_counted")
        return
    if cut:
        yield Reason.of("listeners_capped", cap=terms.listener_cap or 0, listeners=cut)
    yield from _why_capped(part, terms)
    if part.units != part.ideal:
        code = "rounded_up" if part.units > part.ideal else "rounded_down"
        yield Reason.of(code, **({"tied": part.tied, "drawn": part.drawn} if part.tied else {}))


def _why_capped(part: Part, terms: Terms) -> Iterator[Reason]:
    without = str(part.uncapped * terms.unit)
    if terms.formula is Formula.FLAT:
        if not part.is_capped and part.ideal * terms.unit < (terms.stipend or 0):
            yield Reason.of("budget_short", stipend=terms.stipend or 0)
        elif part.is_capped and terms.creator_cap is not None and terms.creator_cap < (terms.stipend or 0):
            yield Reason.of("capped", cap=terms.creator_cap, without=str(terms.stipend))
    elif part.is_capped:
        yield Reason.of("capped", cap=terms.creator_cap or 0, without=without)
    elif part.ideal > part.uncapped:
        yield Reason.of("raised_by_caps", without=without)
