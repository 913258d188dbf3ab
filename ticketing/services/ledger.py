"""Writing to the ledger. Nothing else in the project writes to it, and nobody changes what stands there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.db import transaction

from config.lib import prepared
from config.lib.inserting import inserting, inserting_new
from config.lib.money import CurrencyMismatchError
from config.lib.statements import write
from ticketing.account_names import currency_of
from ticketing.errors import EntryMismatchError, OutsideTransactionError
from ticketing.models import ENTRY_KEY_MAX_LENGTH, MEMO_MAX_LENGTH, ORDER_KEY_MAX_LENGTH, Account, Entry

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

    from config.lib.money import Money
    from config.lib.statements import Write

# As many accounts as a sale has, or fewer, are read by one statement.
_AT_ONCE: Final = 4
# The accounts that this process has seen. They stay as they are once they are there, so nothing has to ask again.
_known: Final[dict[str, Account]] = {}
_MOST_KNOWN: Final = 4_096
_CONTENT: Final = ("debit_id", "credit_id", "amount", "currency", "memo", "order_key")


@dataclass(frozen=True, slots=True)
class Posting:
    """An entry to be: `amount` from the account `credit` to the account `debit`, by name (ticketing.account_names).

    `key` says what happened, so that it is written once: `order:<order>:sale`. `order` is an order's public id.
    Raises CurrencyMismatchError, and ValueError for an amount that is not above zero or an account with itself.
    """

    debit: str
    credit: str
    amount: Money
    key: str
    memo: str = ""
    order: str = ""

    def __post_init__(self) -> None:
        if self.amount.minor <= 0 or self.debit == self.credit or not self.key:
            msg = f"{self.key!r}: an entry has a key, two accounts and an amount above zero."
            raise ValueError(msg)
        for text, most in (
            (self.key, ENTRY_KEY_MAX_LENGTH),
            (self.memo, MEMO_MAX_LENGTH),
            (self.order, ORDER_KEY_MAX_LENGTH),
        ):
            # SQLite would keep it, PostgreSQL would not.
            if len(text) > most:
                msg = f"{text!r} has more than {most} characters."
                raise ValueError(msg)
        for account in (self.debit, self.credit):
            if currency_of(account) != self.amount.currency:
                raise CurrencyMismatchError(account, self.amount.currency)


class Entries:
    """Postings on their way into the ledger, to be written together with something else: `post` does all at once."""

    def __init__(self, *postings: Posting) -> None:
        if not transaction.get_connection().in_atomic_block:
            raise OutsideTransactionError
        if not postings or len({posting.key for posting in postings}) < len(postings):
            msg = "Each posting has a key of its own."
            raise ValueError(msg)
        accounts = open_accounts(name for posting in postings for name in (posting.debit, posting.credit))
        self._rows = {posting.key: _row(posting, accounts) for posting in postings}

    def writing(self) -> Write:
        """Return what writes them down."""
        return inserting_new(list(self._rows.values()))

    def check(self, written: int) -> None:
        """Raise EntryMismatchError unless what was not written was there: `written` is what `writing` counted."""
        if written == len(self._rows):
            return
        for entry in Entry.objects.filter(key__in=self._rows):
            if any(getattr(entry, name) != getattr(self._rows[entry.key], name) for name in _CONTENT):
                # Without a savepoint, as this is what almost never happens: whoever catches it writes nothing more.
                if written:
                    transaction.set_rollback(True)
                raise EntryMismatchError(entry.key)


def post(*postings: Posting) -> None:
    """Write them in the caller's transaction, which cannot go on if half of them would be written.

    What was posted before by the same key is left as it is. Two who post one key at the same time wait for each other.
    Raises EntryMismatchError if a key stands for something else, OutsideTransactionError.
    """
    if postings:
        entries = Entries(*postings)
        entries.check(write(entries.writing())[0])
    elif not transaction.get_connection().in_atomic_block:
        raise OutsideTransactionError


def entering(*postings: Posting) -> list[Write] | None:
    """Return what writes each of them, none of which may be there yet; None unless all their accounts are known here.

    For one statement alone (config.lib.inserting.write_if), which need not look anything up.
    """
    try:
        return [inserting(_row(posting, _known)) for posting in postings]
    except KeyError:
        return None


def open_accounts(names: Iterable[str]) -> dict[str, Account]:
    """Return the accounts of these names; those that are not there yet are opened, once, whoever else does the same.

    They are opened in the order of their names, so two who open several never wait for each other in a ring.
    """
    wanted = sorted(set(names))
    found = {name: account for name in wanted if (account := _known.get(name))}
    if len(found) == len(wanted):
        return found
    found = _accounts(wanted)
    if fresh := [name for name in wanted if name not in found]:
        rows = [Account(name=name, currency=currency_of(name)) for name in fresh]
        Account.objects.bulk_create(rows, ignore_conflicts=True)
        found |= _accounts(fresh)
    # What is rolled back was never there.
    transaction.on_commit(lambda: _remember(found))
    return found


def forget_accounts() -> None:
    """For whoever takes accounts away all the same: a database that is emptied for the next test."""
    _known.clear()


def _remember(accounts: dict[str, Account]) -> None:
    if len(_known) >= _MOST_KNOWN:
        _known.clear()
    _known.update(accounts)


def _accounts(names: list[str]) -> dict[str, Account]:
    found: list[Account] = []
    for begin in range(0, len(names), _AT_ONCE):
        first, *others = names[begin : begin + _AT_ONCE]
        second, third, fourth = [*others, first, first, first][: _AT_ONCE - 1]
        found += _four_accounts(first=first, second=second, third=third, fourth=fourth)
    return {account.name: account for account in found}


@prepared.rows
def _four_accounts(*, first: str, second: str, third: str, fourth: str) -> QuerySet[Account]:
    return Account.objects.filter(name__in=[first, second, third, fourth])


def _row(posting: Posting, accounts: dict[str, Account]) -> Entry:
    return Entry(
        debit=accounts[posting.debit],
        credit=accounts[posting.credit],
        amount=posting.amount.minor,
        currency=posting.amount.currency,
        key=posting.key,
        memo=posting.memo,
        order_key=posting.order,
    )
