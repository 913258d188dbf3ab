"""What the lines of a statement are called, for the person whose account it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.utils.translation import gettext as _

from config.lib.money import Money
from creators.statements import PARTS, LineKind
from ticketing.movement_words import signed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from creators.statements import Booking, Line, Statement
    from rooms.models import Room
    from ticketing.models import LedgerDigest


class LineWords(NamedTuple):
    """A line of a statement; `parts` are what was paid, its tax, costs and fee, of what was earned."""

    what: str
    room: Room | None
    number: int
    order: str
    day: date
    # Whether the day has its seal in the ledger.
    sealed: bool
    parts: list[str]
    # With its sign.
    change: str
    after: Money


def booking_words(booking: Booking) -> str:
    """Say what happened, in few words; which room and which payment it was stands beside it."""
    if booking.kind is not LineKind.OTHER:
        return kind_words(booking.kind)
    taken, given = {
        "refund": (_("Money given back to a buyer"), _("Refund that did not go through")),
        "dispute": (_("Lost to a bank’s claim"), _("Returned by a bank")),
    }.get(_reason(booking.key), (_("Taken off for a correction"), _("Added by a correction")))
    return taken if booking.change.minor < 0 else given


def kind_words(kind: LineKind) -> str:
    """Name a kind of line."""
    return {
        LineKind.TICKET: _("Tickets"),
        LineKind.TIP: _("Tips"),
        LineKind.FUND: _("Fund"),
        LineKind.PAYOUT: _("Paid out to you"),
        LineKind.PAYOUT_BACK: _("Payout that came back"),
        LineKind.OTHER: _("Corrections"),
    }[kind]


def statement_lines(statement: Statement) -> list[LineWords]:
    """Return the lines as a page shows them."""
    return [_line(line, statement.seals) for line in statement.lines]


def _line(line: Line, seals: Mapping[date, LedgerDigest]) -> LineWords:
    first = line.first
    earnings = [booking.earning for booking in line.bookings if booking.earning]
    currency = line.after.currency
    parts = [Money(sum(getattr(one, name) for one in earnings), currency).written() for name in PARTS]
    return LineWords(
        what=booking_words(first),
        room=first.room,
        number=len(line.bookings),
        order=first.order if first.kind is LineKind.OTHER else "",
        day=first.day,
        sealed=first.day in seals,
        parts=parts if earnings else [],
        change=signed(line.change),
        after=line.after,
    )


def _reason(key: str) -> str:
    """Return why money was taken, by the key of its entry: `clawback:refund:<id>:net`."""
    return (*key.split(":"), "", "")[1]
