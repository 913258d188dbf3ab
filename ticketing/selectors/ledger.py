"""What the ledger says: balances, an order's entries, an account's statement, the published digests.

A balance is all debits less all credits of an account: what Stripe holds for us is above zero, what we owe below
(ticketing.account_names).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.db.models import F, Min, Q, Sum, Value
from django.db.models.functions import Coalesce, Left

from config.lib.money import Money
from config.lib.paging import Position, read_page
from ticketing.account_names import currency_of
from ticketing.models import Account, Entry, LedgerDigest

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date, datetime

    from django.db.models import QuerySet

STATEMENT_PAGE = 50


class StatementLine(NamedTuple):
    """An entry as one account sees it: what it added or took, and where the account stood after it."""

    entry: Entry
    change: Money
    balance: Money


class Statement(NamedTuple):
    """A page of an account's lines, newest first, and the cursor for those before them; None at the end."""

    lines: list[StatementLine]
    next_cursor: str | None


class Term(NamedTuple):
    """What happened on an account between two moments, oldest first, and its balance at both."""

    opening: Money
    lines: list[StatementLine]
    closing: Money


def balance(name: str) -> Money:
    """Return where an account stands; one that was never opened stands at zero."""
    account = Account.objects.filter(name=name).first()
    return Money(_change(Entry.objects.all(), account) if account else 0, currency_of(name))


def balances(prefix: str = "") -> dict[str, Money]:
    """Return the balances of all accounts whose name begins so, by name; "" is all. See `_below` for the prefix."""
    sums: dict[int, int] = {}
    accounts = {account.pk: account for account in _below(prefix)}
    whole = Entry.objects.all()
    if prefix:
        whole = whole.filter(Q(debit__in=_below(prefix)) | Q(credit__in=_below(prefix)))
    for side, sign in (("debit", 1), ("credit", -1)):
        for account, amount in whole.order_by().values_list(side).annotate(Sum("amount")):
            # Of the other side are also accounts that were not asked for.
            sums[account] = sums.get(account, 0) + sign * int(amount)
    return {account.name: Money(sums.get(pk, 0), account.currency) for pk, account in accounts.items()}


def totals(prefix: str = "") -> dict[str, Money]:
    """Return what all these accounts have together, for each currency among them."""
    found: dict[str, Money] = {}
    for money in balances(prefix).values():
        found[money.currency] = found.get(money.currency, Money(0, money.currency)) + money
    return found


def entries_of_order(order: str) -> list[Entry]:
    """Return what was written for an order, oldest first, with the accounts."""
    rows = Entry.objects.filter(order_key=order).exclude(order_key="")
    return list(rows.select_related("debit", "credit").order_by("id"))


def statement(name: str, *, cursor: str | None = None, limit: int = STATEMENT_PAGE) -> Statement:
    """Return a page of what happened on an account, newest first. Raises BadCursorError."""
    # By its number, not its name: only then is the order that of an index.
    account = Account.objects.filter(name=name).first()
    rows, next_cursor = _page_of(account, cursor, limit) if account else ([], None)
    if account is None or not rows:
        return Statement([], None)
    newest = rows[0]
    until = Q(at__lt=newest.at) | Q(at=newest.at, pk__lte=newest.pk)
    stand = Money(_change(Entry.objects.filter(until), account), account.currency)
    lines = []
    for entry in rows:
        change = entry.money if entry.debit == account else -entry.money
        lines.append(StatementLine(entry, change, stand))
        stand -= change
    return Statement(lines, next_cursor)


def term(name: str, begins: datetime, ends: datetime) -> Term:
    """Return what happened on an account from one moment until just before another, and where it stood at both."""
    account = Account.objects.filter(name=name).first()
    if account is None:
        nothing = Money(0, currency_of(name))
        return Term(nothing, [], nothing)
    opening = Money(_change(Entry.objects.filter(at__lt=begins), account), account.currency)
    # Each side by its own index.
    within = Entry.objects.filter(at__gte=begins, at__lt=ends).select_related("debit", "credit")
    entries = [*within.filter(debit=account), *within.filter(credit=account)]
    stand = opening
    lines: list[StatementLine] = []
    for entry in sorted(entries, key=lambda entry: (entry.at, entry.pk)):
        change = entry.money if entry.debit == account else -entry.money
        stand += change
        lines.append(StatementLine(entry, change, stand))
    return Term(opening, lines, stand)


def first_entry_at(names: Collection[str]) -> datetime | None:
    """Return when something first happened on any of these accounts."""
    sides = (Entry.objects.filter(**{f"{side}__name__in": names}) for side in ("debit", "credit"))
    firsts = [side.aggregate(found=Min("at"))["found"] for side in sides]
    return min((first for first in firsts if first is not None), default=None)


def published_digests(*, before: date | None = None) -> QuerySet[LedgerDigest]:
    """Return the sealed days that anybody may see, newest first."""
    rows = LedgerDigest.objects.order_by("-day").only("day", "digest", "previous")
    return rows if before is None else rows.filter(day__lt=before)


def _page_of(account: Account, cursor: str | None, limit: int) -> tuple[list[Entry], str | None]:
    """Read as much of either side, each by its own index: both together would be sorted out of all its entries."""
    found: list[Entry] = []
    more = False
    for side in ("debit", "credit"):
        rows = Entry.objects.filter(**{side: account}).select_related("debit", "credit")
        page = read_page(rows, time_field="at", limit=limit, cursor=cursor)
        found += page.rows
        more = more or page.next_cursor is not None
    found.sort(key=lambda entry: (entry.at, entry.pk), reverse=True)
    if not more and len(found) <= limit:
        return found, None
    last = found[limit - 1]
    return found[:limit], Position(last.at, last.pk).encode()


def _change(entries: QuerySet[Entry], account: Account) -> int:
    """Return by how much these entries change an account."""
    of_debits = entries.filter(debit=account).aggregate(found=Coalesce(Sum("amount"), 0))["found"]
    of_credits = entries.filter(credit=account).aggregate(found=Coalesce(Sum("amount"), 0))["found"]
    return int(of_debits) - int(of_credits)


def _below(prefix: str) -> QuerySet[Account]:
    """Return the accounts below a prefix, which ends with a colon: the name of one room may begin like another's.

    LIKE finds them by index; SQLite's takes small letters for capitals, so the letters are compared again.
    """
    if not prefix:
        return Account.objects.order_by("name")
    if not prefix.endswith(":"):
        msg = f"{prefix!r} ends with no colon."
        raise ValueError(msg)
    found = Account.objects.annotate(head=Left(F("name"), len(prefix)))
    return found.filter(name__startswith=prefix, head=Value(prefix)).order_by("name")
