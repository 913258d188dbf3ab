"""Statements of somebody's own account: read from the ledger, with what is known of each entry beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from django.utils import timezone

from creators.models import Earning, Transfer
from creators.spans import months_between
from creators.statements import Booking, Statement, kind_of
from rooms.models import Room
from ticketing import account_names as accounts
from ticketing.models import Account, Entry, LedgerDigest, Order
from ticketing.selectors.ledger import first_entry_at, term

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from accounts.models import User
    from creators.spans import Span

_EARNING: Final = "earning"
_TRANSFER: Final = "transfer:"


class Booked(NamedTuple):
    """In which currencies somebody has an account, and the months since it began, the latest first."""

    currencies: list[str]
    months: list[date]


def booked_of(person: User) -> Booked:
    """Return of what there are statements."""
    prefix = accounts.creator(person.public_id, "eur").removesuffix("eur")
    rows = dict(Account.objects.filter(name__startswith=prefix).order_by("name").values_list("name", "currency"))
    first = first_entry_at([name for name in rows if name.startswith(prefix)])
    return Booked(list(rows.values()), months_between(first, timezone.now()) if first else [])


def statement_of(person: User, currency: str, span: Span) -> Statement:
    """Return what happened on somebody's account, in so many queries however much it is."""
    found = term(accounts.creator(person.public_id, currency), span.begins, span.ends)
    entries = [line.entry for line in found.lines]
    earnings = _earnings(person, entries)
    rooms = _rooms_of_orders([entry for entry in entries if entry.key not in earnings])
    payouts = _payouts(entries)
    bookings = []
    for line in found.lines:
        entry, change, earning = line.entry, -line.change, earnings.get(line.entry.key)
        bookings.append(
            Booking(
                kind=kind_of(entry.key, change, earning),
                change=change,
                at=entry.at,
                key=entry.key,
                order=entry.order_key,
                earning=earning,
                room=earning.room if earning else rooms.get(entry.order_key),
                payout=payouts.get(entry.key, ""),
            )
        )
    days = LedgerDigest.objects.filter(day__gte=span.begins.date(), day__lt=span.ends.date())
    return Statement(currency, -found.opening, bookings, -found.closing, {seal.day: seal for seal in days})


def _earnings(person: User, entries: Sequence[Entry]) -> dict[str, Earning]:
    """Return the earnings among these entries by the key that creators.services.earnings gives them."""
    keys = [entry.key.split(":", 2) for entry in entries]
    named = [parts[2] for parts in keys if len(parts) == 3 and parts[0] == _EARNING]
    rows = Earning.objects.filter(creator_key=person.public_id, source_key__in=named).select_related("room")
    return {f"{_EARNING}:{row.source}:{row.source_key}": row for row in rows}


def _payouts(entries: Sequence[Entry]) -> dict[str, str]:
    """Return the public ids of the payouts of which these entries sent a part, by the entries' keys."""
    transfers = {entry.key: entry.key.split(":")[1] for entry in entries if entry.key.startswith(_TRANSFER)}
    rows = Transfer.objects.filter(public_id__in=transfers.values()).values_list("public_id", "payout__public_id")
    found = dict(rows)
    return {key: found[transfer] for key, transfer in transfers.items() if transfer in found}


def _rooms_of_orders(entries: Sequence[Entry]) -> dict[str, Room]:
    """Return the rooms of the orders that these entries are about."""
    orders = Order.objects.filter(public_id__in={entry.order_key for entry in entries} - {""})
    rooms = dict(orders.values_list("public_id", "offer__room"))
    found = Room.objects.in_bulk(set(rooms.values()))
    return {order: found[room] for order, room in rooms.items()}
