"""What is wrong with the ledger, a sentence for each finding. Nothing here corrects anything.

Entries are read one by one and summed up in Python, apart from the sums that the database makes: the two must agree.
"""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import chain
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection, transaction
from django.utils.module_loading import import_string

from config.lib.money import Money
from ticketing import ledger_triggers
from ticketing.account_names import HELD, currency_of
from ticketing.ledger_digests import Header, digest_of, rows_between
from ticketing.models import Account, Entry, LedgerDigest
from ticketing.models.ledger import NO_DIGEST
from ticketing.selectors.ledger import balances

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from ticketing.ledger_digests import Row

# A day is sealed in the hour after it; so long after that somebody should look why it was not.
SEAL_OVERDUE = timedelta(days=2)


def findings(now: datetime) -> list[str]:
    """Return what is wrong; nothing if all is well."""
    with _one_moment():
        misnamed = list(_misnamed_accounts())
        return [
            *_unguarded(),
            *misnamed,
            # Without a currency that one can read nothing can be summed up.
            *(_wrong_sums() if not misnamed else ()),
            *_broken_chain(),
            *_unsealed(now),
            *_held_after_settlement(),
            *chain.from_iterable(import_string(path)() for path in settings.LEDGER_CHECKS),
        ]


@contextmanager
def _one_moment() -> Iterator[None]:
    """Let everything be read as of one moment: what is posted meanwhile is in none of the sums, not in some of them."""
    within = connection.in_atomic_block
    with transaction.atomic():
        if connection.vendor == "postgresql" and not within:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def held() -> dict[str, Money]:
    """Return what is held for somebody, by account: those that are not zero."""
    return {name: money for name, money in balances(HELD).items() if money}


def _unguarded() -> Iterator[str]:
    for name in ledger_triggers.missing():
        yield f"The trigger {name} is missing or switched off: the database lets the ledger be changed."


def _misnamed_accounts() -> Iterator[str]:
    for account in Account.objects.order_by("name"):
        try:
            currency = currency_of(account.name)
        except ValueError as error:
            yield str(error)
            continue
        if currency != account.currency:
            yield f"{account.name} is kept in {account.currency}."


@dataclass
class _Tally:
    """What reading all entries one by one comes to; `odd` has the sentences about single ones."""

    count: int = 0
    balances: Counter[str] = field(default_factory=Counter)
    odd: list[str] = field(default_factory=list)

    def read(self, row: Row) -> None:
        self.count += 1
        self.balances[row.debit] += row.amount
        self.balances[row.credit] -= row.amount
        if row.id <= 0:
            self.odd.append(f"Entry {row.id} ({row.key}) stands before the first, where no day is sealed.")
        if row.amount <= 0:
            self.odd.append(f"Entry {row.id} ({row.key}) has an amount that is not above zero.")
        if row.debit == row.credit:
            self.odd.append(f"Entry {row.id} ({row.key}) goes from an account to itself.")
        if {currency_of(row.debit), currency_of(row.credit)} != {row.currency}:
            self.odd.append(f"Entry {row.id} ({row.key}) is not in the currency of both its accounts.")


def _wrong_sums() -> Iterator[str]:
    tally = _Tally()
    for row in rows_between():
        tally.read(row)
    yield from tally.odd
    if (lost := Entry.objects.count() - tally.count) > 0:
        yield f"Entries of an account that is not there: {lost}."
    by_currency: Counter[str] = Counter()
    for name, minor in sorted(tally.balances.items()):
        by_currency[currency_of(name)] += minor
    for name, money in balances().items():
        if money.minor != tally.balances[name]:
            read = Money(tally.balances[name], money.currency)
            yield f"The balance of {name} is {money} by the database's sum, but its entries add up to {read}."
    for currency, minor in sorted(by_currency.items()):
        if minor:
            yield f"All accounts in {currency} together must be zero, but are {Money(minor, currency)}."


def _broken_chain() -> Iterator[str]:
    previous, last_id, day = NO_DIGEST, 0, None
    for seal in LedgerDigest.objects.order_by("day"):
        if (seal.previous, seal.after_id) != (previous, last_id):
            yield f"The seal of {seal.day} does not follow that of {day or 'no day'}: a seal is missing or changed."
        header = Header(seal.day, seal.salt, seal.after_id, seal.last_id, seal.previous)
        if digest_of(header, rows_between(seal.after_id, seal.last_id)) != (seal.digest, seal.entries):
            yield f"The entries of {seal.day} are not those that were sealed: one was changed, added or taken away."
        previous, last_id, day = seal.digest, seal.last_id, seal.day


def _unsealed(now: datetime) -> Iterator[str]:
    last = LedgerDigest.objects.order_by("-day").first()
    waiting = Entry.objects.filter(id__gt=last.last_id if last else 0, at__lt=now - SEAL_OVERDUE).order_by("id").first()
    if waiting is not None:
        yield f"Entry {waiting.pk} of {waiting.at:%Y-%m-%d} is in no sealed day: does the job seal_ledger run?"


def _held_after_settlement() -> Iterator[str]:
    names = list(found := held())
    for path in settings.LEDGER_SETTLED_HANDLERS:
        for name in import_string(path)(names):
            yield f"{name} is settled and must be zero, but holds {-found[name]}."
