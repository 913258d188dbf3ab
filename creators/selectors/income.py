"""What somebody earns, by source, room and time: what is settled, and what of their tickets is still to be.

What is settled are rows that never change; what is to be settled is reckoned anew each time, and said apart.
"""

from __future__ import annotations

import enum
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from django.db.models import Count, Max, Sum
from django.db.models.functions import TruncMonth, TruncWeek

from config.lib.money import Money
from creators.enums import EarningSource
from creators.models import Earning
from creators.selectors.earnings import earnings_of
from creators.spans import month_of, week_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import date, datetime

    from accounts.models import User
    from creators.selectors.earnings import Earnings, Sums

_Key = TypeVar("_Key")

_SUMS: Final = ("gross", "tax", "cost", "fee")


class Grain(enum.StrEnum):
    """How fine time is cut."""

    WEEK = "week"
    MONTH = "month"

    def day_of(self, moment: datetime) -> date:
        """Return the first day of the week or month that a moment is in."""
        return week_of(moment) if self is Grain.WEEK else month_of(moment)


@dataclass(frozen=True, slots=True)
class Parts:
    """What was paid and what left it, in one currency; of so many payments or awards."""

    gross: Money
    tax: Money
    cost: Money
    fee: Money
    number: int

    @property
    def net(self) -> Money:
        return self.gross - self.tax - self.cost - self.fee

    def __add__(self, other: Parts) -> Parts:
        return Parts(
            gross=self.gross + other.gross,
            tax=self.tax + other.tax,
            cost=self.cost + other.cost,
            fee=self.fee + other.fee,
            number=self.number + other.number,
        )


class Kind(NamedTuple):
    """Where money comes from, and whether it is theirs already."""

    source: EarningSource
    settled: bool


class Cell(NamedTuple):
    """What one room, or none, has brought of one kind in one week or month: by when it was paid for."""

    kind: Kind
    room: int | None
    # The first day of the week or month.
    day: date
    last_at: datetime
    parts: Parts


class RoomIncome(NamedTuple):
    """What a room has brought, by its number: settled and still to be."""

    room: int
    settled: Money
    expected: Money
    parts: Parts

    @property
    def net(self) -> Money:
        return self.parts.net


class Income(NamedTuple):
    """All that somebody has earned, as cells; and what they sold, order by order."""

    cells: list[Cell]
    sold: Earnings

    @property
    def currencies(self) -> list[str]:
        """Return them, the one with most payments first."""
        numbers: defaultdict[str, int] = defaultdict(int)
        for cell in self.cells:
            numbers[cell.parts.gross.currency] += cell.parts.number
        return sorted(numbers, key=lambda currency: (-numbers[currency], currency))

    def within(self, currency: str) -> list[Cell]:
        return [cell for cell in self.cells if cell.parts.gross.currency == currency]


def income_of(person: User, now: datetime, *, grain: Grain) -> Income:
    """Return what somebody has earned, in so many queries however much it is."""
    sold = earnings_of(person, now)
    return Income([*_settled(person, grain), *_expected(sold, grain)], sold)


def by_kind(cells: Iterable[Cell]) -> dict[Kind, Parts]:
    """Return the sums of each kind there is: what is settled before what is not, in the order of the sources."""
    order = list(EarningSource)
    found = _added(cells, lambda cell: cell.kind)
    return {kind: found[kind] for kind in sorted(found, key=lambda kind: (not kind.settled, order.index(kind.source)))}


def by_day(cells: Iterable[Cell]) -> dict[tuple[Kind, date], Parts]:
    """Return the sums of each kind in each week or month."""
    return _added(cells, lambda cell: (cell.kind, cell.day))


def by_room(cells: Iterable[Cell], currency: str) -> list[RoomIncome]:
    """Return the sums of each room, the one that was paid for last first. What is for no room is left out."""
    of_room: defaultdict[int, list[Cell]] = defaultdict(list)
    for cell in cells:
        if cell.room is not None:
            of_room[cell.room].append(cell)
    latest = sorted(of_room, key=lambda room: (max(cell.last_at for cell in of_room[room]), room), reverse=True)
    return [_room_income(room, of_room[room], Money(0, currency)) for room in latest]


def _room_income(room: int, cells: list[Cell], nothing: Money) -> RoomIncome:
    settled = sum((cell.parts.net for cell in cells if cell.kind.settled), start=nothing)
    parts = _whole(cell.parts for cell in cells)
    return RoomIncome(room, settled, parts.net - settled, parts)


def _settled(person: User, grain: Grain) -> Iterator[Cell]:
    begins = (TruncWeek if grain is Grain.WEEK else TruncMonth)("earned_at", tzinfo=UTC)
    rows = Earning.objects.filter(creator_key=person.public_id).order_by().annotate(begins=begins)
    groups = rows.values_list("currency", "source", "room", "begins")
    sums = groups.annotate(Max("earned_at"), Count("pk"), *(Sum(name) for name in _SUMS))
    for currency, source, room, first, last_at, number, *amounts in sums:
        gross, tax, cost, fee = (Money(int(amount), currency) for amount in amounts)
        parts = Parts(gross, tax, cost, fee, number)
        yield Cell(Kind(EarningSource(source), settled=True), room, first.date(), last_at, parts)


def _expected(sold: Earnings, grain: Grain) -> Iterator[Cell]:
    """Yield what of their orders is not settled yet."""
    kind = Kind(EarningSource.TICKET, settled=False)
    for earning in sold.rooms:
        for order in earning.orders:
            if not order.settled:
                day = grain.day_of(order.paid_at)
                yield Cell(kind, earning.room.pk, day, order.paid_at, _kept(order.sums))


def _kept(sums: Sums) -> Parts:
    """Return an order's sums as its earning will have them: without what went back."""
    return Parts(sums.gross - sums.refunded - sums.disputed, sums.tax, sums.cost, sums.fee, sums.orders)


def _added(cells: Iterable[Cell], key: Callable[[Cell], _Key]) -> dict[_Key, Parts]:
    found: defaultdict[_Key, list[Parts]] = defaultdict(list)
    for cell in cells:
        found[key(cell)].append(cell.parts)
    return {name: _whole(parts) for name, parts in found.items()}


def _whole(parts: Iterable[Parts]) -> Parts:
    """Add up what there is at least one of."""
    first, *others = parts
    for other in others:
        first += other
    return first
