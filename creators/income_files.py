"""Statements and taxes as tables for a spreadsheet. Days and hours are UTC, sums as one types them."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Final, TypeAlias

from django.utils.translation import gettext as _

from config.lib.money import Money
from creators.payee_places import country_name
from creators.statement_words import booking_words
from creators.statements import PARTS
from ticketing.selectors.receipts import percent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from config.lib.csv_files import Cell
    from creators.selectors.taxes import TaxTable
    from creators.statements import Booking, Statement

Table: TypeAlias = "tuple[list[str], list[list[Cell]]]"
_NOTHING: Final = (None,) * len(PARTS)


def statement_table(statement: Statement) -> Table:
    """Return a line for each entry of the ledger between the balances at the beginning and at the end."""
    header = [
        _("Time (UTC)"),
        _("What"),
        _("Room"),
        _("Payment"),
        _("Paid"),
        _("Tax in it"),
        _("Costs of payments"),
        _("Platform fee"),
        _("Sum"),
        _("Balance after it"),
        _("Currency"),
        _("The day’s seal"),
    ]
    stand, currency = statement.opening, statement.currency.upper()
    rows: list[list[Cell]] = []
    for booking in statement.bookings:
        stand += booking.change
        seal = statement.seals.get(booking.day)
        rows.append([*_booking(booking), stand.units, currency, seal.digest if seal else None])
    first = _balance(_("Balance before"), statement.opening)
    return header, [first, *rows, _balance(_("Balance at the end"), statement.closing)]


def tax_table(tables: Sequence[TaxTable]) -> Table:
    """Return a line for each country, rate and currency."""
    header = [
        _("Country"),
        _("Country code"),
        _("Rate"),
        _("Payments"),
        _("Without tax"),
        _("Tax in it"),
        _("Currency"),
    ]
    return header, [
        [
            country_name(line.country),
            line.country,
            rate_words(line.rate),
            line.orders,
            line.taxable.units,
            line.tax.units,
            table.currency.upper(),
        ]
        for table in tables
        for line in table.lines
    ]


def rate_words(rate: int | None) -> str:
    """Return a rate of tax, given in basis points, as people read it; None is Stripe's own reckoning."""
    return _("worked out by Stripe") if rate is None else percent(rate)


def _booking(booking: Booking) -> list[Cell]:
    earning = booking.earning
    return [
        _when(booking.at),
        booking_words(booking),
        booking.room.title if booking.room else None,
        (earning.source_key if earning else booking.order) or None,
        *([Money(getattr(earning, name), earning.currency).units for name in PARTS] if earning else _NOTHING),
        booking.change.units,
    ]


def _balance(words: str, money: Money) -> list[Cell]:
    return [None, words, None, None, *_NOTHING, None, money.units, money.currency.upper(), None]


def _when(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
