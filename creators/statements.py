"""A creator's account in the ledger as a statement: entries put together to lines that a person reads.

Sums are the creator's: what is owed to them is above zero, while the account itself stands below. Nothing is left out,
so the opening balance and all lines are the closing balance, to the cent.
"""

from __future__ import annotations

import enum
from collections import defaultdict
from datetime import UTC
from typing import TYPE_CHECKING, Final, NamedTuple

from config.lib.money import Money
from creators.enums import EarningSource

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping
    from datetime import date, datetime

    from creators.models import Earning
    from rooms.models import Room
    from ticketing.models import LedgerDigest

# How the keys of entries begin that say of a transfer that it was promised, given up or taken back.
_SENT: Final = ("transfer", "reversal")
# What was paid, and what left it before it was anybody's.
PARTS: Final = ("gross", "tax", "cost", "fee")


class LineKind(enum.Enum):
    """What happened on a creator's account."""

    TICKET = EarningSource.TICKET.value
    TIP = EarningSource.TIP.value
    FUND = EarningSource.FUND.value
    # Sent to them, and what of that did not go through or was taken back.
    PAYOUT = "payout"
    PAYOUT_BACK = "payout_back"
    # What was taken from them, or given to them, for anything else.
    OTHER = "other"

    @property
    def is_earning(self) -> bool:
        return self in (LineKind.TICKET, LineKind.TIP, LineKind.FUND)


class Booking(NamedTuple):
    """An entry, with what it means: its earning if it is one, the room that it is about if that is known."""

    kind: LineKind
    # With its sign: above zero it is theirs.
    change: Money
    at: datetime
    key: str
    order: str = ""
    earning: Earning | None = None
    room: Room | None = None
    # The public id of the payout that it is a part of.
    payout: str = ""

    @property
    def day(self) -> date:
        return self.at.astimezone(UTC).date()

    @property
    def belongs(self) -> Hashable:
        """Return what bookings of one line have in common."""
        if self.kind.is_earning:
            return self.kind, self.day, self.room.pk if self.room else None
        return (self.kind, self.day, self.payout) if self.kind is not LineKind.OTHER else self.key


class Line(NamedTuple):
    """Bookings of one kind on one day, for one room or payout: what they come to, and how the account stood then."""

    bookings: list[Booking]
    after: Money

    @property
    def first(self) -> Booking:
        return self.bookings[0]

    @property
    def change(self) -> Money:
        """Return what they come to."""
        return _sum((booking.change for booking in self.bookings), self.after.currency)


class SourceTotal(NamedTuple):
    """What one source has brought: gross - tax - cost - fee = net."""

    kind: LineKind
    gross: Money
    tax: Money
    cost: Money
    fee: Money
    net: Money
    number: int


class Statement(NamedTuple):
    """What happened between two moments, the oldest first."""

    currency: str
    opening: Money
    bookings: list[Booking]
    closing: Money
    # Of each day that is sealed already.
    seals: Mapping[date, LedgerDigest]

    @property
    def lines(self) -> list[Line]:
        """Return the bookings put together, each line where its last booking stands."""
        together: defaultdict[Hashable, list[Booking]] = defaultdict(list)
        for booking in self.bookings:
            together[booking.belongs].append(booking)
        found: list[Line] = []
        stand = self.opening
        for bookings in sorted(together.values(), key=lambda bookings: bookings[-1].at):
            stand += _sum((booking.change for booking in bookings), self.currency)
            found.append(Line(bookings, stand))
        return found

    @property
    def earned(self) -> list[SourceTotal]:
        """Return what each source has brought, in the order of the sources."""
        kinds = [kind for kind in LineKind if kind.is_earning]
        found = (self._total(kind) for kind in kinds)
        return [total for total in found if total.number]

    @property
    def paid_out(self) -> Money:
        """Return what was sent, less what came back of it."""
        return -self._sum_of(LineKind.PAYOUT, LineKind.PAYOUT_BACK)

    @property
    def other(self) -> Money:
        """Return what else was taken, below zero, or given."""
        return self._sum_of(LineKind.OTHER)

    def _sum_of(self, *kinds: LineKind) -> Money:
        return _sum((booking.change for booking in self.bookings if booking.kind in kinds), self.currency)

    def _total(self, kind: LineKind) -> SourceTotal:
        earnings = [booking.earning for booking in self.bookings if booking.kind is kind and booking.earning]
        gross, tax, cost, fee, net = (
            Money(sum(getattr(one, name) for one in earnings), self.currency) for name in (*PARTS, "net")
        )
        return SourceTotal(kind, gross, tax, cost, fee, net, len(earnings))


def kind_of(key: str, change: Money, earning: Earning | None) -> LineKind:
    """Say what an entry with this key is; `change` is with the creator's sign."""
    if earning is not None:
        return LineKind(earning.source)
    if key.partition(":")[0] in _SENT:
        return LineKind.PAYOUT if change.minor < 0 else LineKind.PAYOUT_BACK
    return LineKind.OTHER


def _sum(sums: Iterable[Money], currency: str) -> Money:
    return sum(sums, start=Money(0, currency))
