"""What a creator earns with tickets: for each order, each room and in all, what came, what left it, and what remains.

The fee is reckoned anew from all that they have sold, by the schedules that held: when money goes back, the fee of what
was sold later may change by it, within the tiers. It is settled when the room is.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from config.lib.money import Money
from creators.fees import FeeSchedule, Sale, fees_of, schedule_at
from creators.selectors.fees import all_schedules
from rooms.models import Room
from ticketing.enums import DisputeState
from ticketing.models import Order
from ticketing.selectors.earned import with_earned

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from accounts.models import User

_FIELDS = (
    "pk",
    "public_id",
    "paid_at",
    "offer__room",
    "currency",
    "charged",
    "refunded",
    "disputed",
    "dispute_state",
    "fee",
    "earned",
)


class _Row(NamedTuple):
    key: int
    public_id: str
    paid_at: datetime
    room: int
    currency: str
    charged: int
    refunded: int
    disputed: int
    dispute_state: str
    cost: int | None
    earned: int


@dataclass(frozen=True, slots=True)
class Sums:
    """What came, what left it, and what remains; of one order, or of several in one currency."""

    gross: Money
    refunded: Money
    # What banks took back for good.
    disputed: Money
    # What Stripe kept, as far as it has told; and of how many payments it has not.
    cost: Money
    cost_unknown: int
    # The platform's.
    fee: Money
    # What the fee is reckoned on.
    base: Money
    orders: int
    # Orders of which a bank has still to decide.
    in_dispute: int

    @property
    def tax(self) -> Money:
        """Return the tax in what was neither given nor taken back."""
        return self.gross - self.refunded - self.disputed - self.base

    @property
    def net(self) -> Money:
        return self.base - self.cost - self.fee

    def __add__(self, other: Sums) -> Sums:
        return Sums(
            gross=self.gross + other.gross,
            refunded=self.refunded + other.refunded,
            disputed=self.disputed + other.disputed,
            cost=self.cost + other.cost,
            cost_unknown=self.cost_unknown + other.cost_unknown,
            fee=self.fee + other.fee,
            base=self.base + other.base,
            orders=self.orders + other.orders,
            in_dispute=self.in_dispute + other.in_dispute,
        )


class OrderEarning(NamedTuple):
    """A line of a room's list."""

    public_id: str
    paid_at: datetime
    sums: Sums


class RoomEarning(NamedTuple):
    """A room with what it brought in: a room sells in one currency. Its orders, the latest first."""

    room: Room
    sums: Sums
    orders: list[OrderEarning]


class Rate(NamedTuple):
    """What holds now for a currency; None is no fee."""

    currency: str
    schedule: FeeSchedule | None


class Earnings(NamedTuple):
    """All that somebody sold: totals by currency, the one with most orders first; rooms with the latest sale first."""

    totals: list[Sums]
    rooms: list[RoomEarning]
    rates: list[Rate]

    def of_room(self, public_id: str) -> RoomEarning | None:
        return next((earning for earning in self.rooms if earning.room.public_id == public_id), None)


def has_sold(creator: User) -> bool:
    """Say whether anybody has ever paid for one of somebody's rooms."""
    return Order.objects.filter(offer__room__host=creator, charged__isnull=False).exists()


def earnings_of(creator: User, now: datetime) -> Earnings:
    """Return what somebody has earned with the rooms that they host, whatever became of the money."""
    paid = Order.objects.filter(offer__room__host=creator, charged__isnull=False)
    rows = [_Row(*row) for row in with_earned(paid).order_by("-paid_at", "-pk").values_list(*_FIELDS)]
    schedules = all_schedules()
    fees = fees_of((Sale(creator.pk, row.currency, row.paid_at, row.key, row.earned) for row in rows), schedules)
    orders: defaultdict[int, list[OrderEarning]] = defaultdict(list)
    for row in rows:
        orders[row.room].append(OrderEarning(row.public_id, row.paid_at, _sums(row, fees[row.key])))
    rooms = Room.objects.in_bulk(orders)
    found = [RoomEarning(rooms[room], _total(line.sums for line in lines), lines) for room, lines in orders.items()]
    totals = _by_currency(found)
    rates = [Rate(sums.gross.currency, schedule_at(schedules, sums.gross.currency, now)) for sums in totals]
    return Earnings(totals, found, rates)


def _sums(row: _Row, fee: int) -> Sums:
    def money(minor: int) -> Money:
        return Money(minor, row.currency)

    return Sums(
        gross=money(row.charged),
        refunded=money(row.refunded),
        disputed=money(row.disputed),
        cost=money(row.cost or 0),
        cost_unknown=int(row.cost is None),
        fee=money(fee),
        base=money(row.earned),
        orders=1,
        in_dispute=int(row.dispute_state == DisputeState.OPEN),
    )


def _by_currency(rooms: Iterable[RoomEarning]) -> list[Sums]:
    found: defaultdict[str, list[Sums]] = defaultdict(list)
    for earning in rooms:
        found[earning.sums.gross.currency].append(earning.sums)
    totals = [_total(sums) for sums in found.values()]
    return sorted(totals, key=lambda sums: (-sums.orders, sums.gross.currency))


def _total(sums: Iterable[Sums]) -> Sums:
    """Add up what there is at least one of, in one currency."""
    first, *others = sums
    for other in others:
        first += other
    return first
