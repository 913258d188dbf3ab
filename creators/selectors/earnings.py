"""What a creator earns with tickets: for each order, each room and in all, what came, what left it, and what remains.

Until a room is settled the fee is reckoned anew from all that they have sold, by the schedules that held: when money
goes back, the fee of what was sold later may change by it, within the tiers. Settled, it stays as it was written down,
less what went back since (creators.owing).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from config.lib.money import Money
from creators.enums import EarningSource
from creators.fees import FeeSchedule, Sale, fees_of, schedule_at
from creators.models import Earning
from creators.owing import Parts, parts_of
from creators.selectors.fees import all_schedules
from creators.selectors.owing import gone_of
from rooms.models import Room
from ticketing.enums import DisputeState
from ticketing.models import Order
from ticketing.selectors.earned import with_earned

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from django.db.models import QuerySet

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
    # What Stripe kept, as far as it has told and the creator bears it; and of how many payments it has not told.
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
    # Whether it is an earning by now, and no longer reckoned anew.
    settled: bool


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
    """Say whether anybody has ever paid for what somebody offered."""
    return paid_orders(creator.public_id).exists()


def earnings_of(creator: User, now: datetime) -> Earnings:
    """Return what somebody has earned with the tickets that they offered, whatever became of the money."""
    paid = with_earned(paid_orders(creator.public_id))
    rows = [_Row(*row) for row in paid.order_by("-paid_at", "-pk").values_list(*_FIELDS)]
    schedules = all_schedules()
    sales = (Sale(creator.public_id, row.currency, row.paid_at, row.key, row.earned) for row in rows)
    fees, settled = fees_of(sales, schedules), settled_parts(creator.public_id)
    orders: defaultdict[int, list[OrderEarning]] = defaultdict(list)
    for row in rows:
        parts = settled.get(row.public_id) or parts_of(row.earned, fees[row.key], row.cost or 0)
        orders[row.room].append(OrderEarning(row.public_id, row.paid_at, _sums(row, parts), row.public_id in settled))
    rooms = Room.objects.in_bulk(orders)
    found = [RoomEarning(rooms[room], _total(line.sums for line in lines), lines) for room, lines in orders.items()]
    totals = _by_currency(found)
    rates = [Rate(sums.gross.currency, schedule_at(schedules, sums.gross.currency, now)) for sums in totals]
    return Earnings(totals, found, rates)


def paid_orders(seller_key: str) -> QuerySet[Order]:
    """Return what was ever paid for what somebody offered."""
    return Order.objects.filter(offer__seller_key=seller_key, charged__isnull=False)


def sale_fees(seller_key: str, currency: str) -> dict[int, int]:
    """Return the platform's fee of each of somebody's paid orders in a currency, by the order's row number."""
    paid = with_earned(paid_orders(seller_key).filter(currency=currency))
    rows = paid.values_list("currency", "paid_at", "pk", "earned")
    return fees_of([Sale(seller_key, *row) for row in rows], all_schedules())


def settled_parts(seller_key: str) -> dict[str, Parts]:
    """Return whose what is left of each settled order is, by the order's public id."""
    earnings = Earning.objects.filter(creator_key=seller_key, source=EarningSource.TICKET)
    rows = earnings.values_list("pk", "source_key", "net", "fee", "cost")
    gone = gone_of(earnings)
    nothing = Parts(0, 0, 0)
    return {order: Parts(*parts).less(gone.get(key, nothing)) for key, order, *parts in rows}


def _sums(row: _Row, parts: Parts) -> Sums:
    def money(minor: int) -> Money:
        return Money(minor, row.currency)

    return Sums(
        gross=money(row.charged),
        refunded=money(row.refunded),
        disputed=money(row.disputed),
        cost=money(parts.cost),
        cost_unknown=int(row.cost is None),
        fee=money(parts.fee),
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
