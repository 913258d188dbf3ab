"""Accounts and postings for tests of the ledger."""

from __future__ import annotations

from django.db import transaction

from config.lib.money import Money
from ticketing import account_names as names
from ticketing.models import Entry
from ticketing.services.ledger import Posting, post

ROOM = "RoomRoomRoom11"
OTHER_ROOM = "roomroomroom11"
PERSON = "PersonPerson11"
ORDER = "orderorder1111"
STRIPE = names.stripe("eur")
FEES = names.stripe_fees("eur")
HELD = names.held_for_room(ROOM, "eur")
VAT = names.vat("fr", "eur")


def posting(
    minor: int, key: str, *, debit: str = STRIPE, credit: str = HELD, order: str = "", memo: str = ""
) -> Posting:
    """Return a posting in euros; without more, what a sale brings."""
    return Posting(debit=debit, credit=credit, amount=Money(minor, "eur"), key=key, order=order, memo=memo)


def sale(order: str = ORDER) -> list[Posting]:
    """Return what a sale of 12.00 with 2.00 of tax in it writes, and what Stripe takes of it."""
    return [
        posting(1000, f"order:{order}:sale", order=order),
        posting(200, f"order:{order}:vat", credit=VAT, order=order),
        posting(48, f"order:{order}:stripe", debit=FEES, credit=STRIPE, order=order),
    ]


def write(*postings: Posting) -> list[Entry]:
    """Post them in a transaction of their own; return what stands there by their keys, in their order."""
    with transaction.atomic():
        post(*postings)
    found = {row.key: row for row in Entry.objects.select_related("debit", "credit")}
    return [found[posting.key] for posting in postings]
