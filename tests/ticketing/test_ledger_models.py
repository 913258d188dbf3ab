"""What both databases refuse of the ledger by themselves, whoever asks."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, transaction

from config.lib.money import Money
from tests.ticketing.books import sale, write
from ticketing import ledger_triggers
from ticketing.models import Account, Entry, LedgerDigest
from ticketing.models.ledger import NO_DIGEST

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    Books = tuple[BaseDatabaseWrapper, dict[str, Account]]

NAMES = ["stripe:eur", "held:room:a:eur", "stripe:usd"]
DIGEST = {
    "day": date(2026, 11, 20),
    "after_id": 0,
    "last_id": 0,
    "entries": 0,
    "salt": "s" * 32,
    "previous": NO_DIGEST,
    "digest": "d" * 64,
}


@pytest.fixture
def books(database: BaseDatabaseWrapper) -> Books:
    """Return a database with accounts in euros and dollars, and one entry."""
    accounts = {name: Account(name=name, currency=name[-3:]) for name in NAMES}
    for account in accounts.values():
        account.save(using=database.alias)
    add(database, accounts, key="first")
    return database, accounts


def add(database: BaseDatabaseWrapper, accounts: dict[str, Account], **fields: Any) -> Entry:
    values: dict[str, Any] = {
        "debit": "stripe:eur",
        "credit": "held:room:a:eur",
        "amount": 1,
        "currency": "eur",
        "key": "k",
    } | fields
    entry = Entry(**values | {side: accounts[values[side]] for side in ("debit", "credit")})
    entry.save(using=database.alias)
    return entry


def refused(database: BaseDatabaseWrapper, sql: str, words: str) -> None:
    with pytest.raises(IntegrityError, match=words), transaction.atomic(database.alias), database.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"amount": 0}, "ticketing_entry_amount_above_zero"),
        ({"amount": -1}, "ticketing_entry_amount_above_zero"),
        ({"credit": "stripe:eur"}, "ticketing_entry_two_accounts"),
        ({"key": ""}, "ticketing_entry_has_key"),
        # SQLite names the column.
        ({"key": "first"}, r"ticketing_entry_key_\w+|ticketing_entry\.key"),
        ({"currency": "usd"}, ledger_triggers.CURRENCY),
        ({"debit": "stripe:usd"}, ledger_triggers.CURRENCY),
        ({"credit": "stripe:usd"}, ledger_triggers.CURRENCY),
    ],
)
def test_impossible_entry_is_refused(books: Books, fields: dict[str, Any], words: str) -> None:
    with pytest.raises(IntegrityError, match=words), transaction.atomic(books[0].alias):
        add(*books, **fields)


def test_trigger_is_not_passed_by_writing_only_what_does_not_conflict(books: Books) -> None:
    database, accounts = books
    entry = Entry(
        debit=accounts["stripe:usd"], credit=accounts["stripe:eur"], amount=1, currency="eur", key="k"
    )  # fmt: skip
    with pytest.raises(IntegrityError, match=ledger_triggers.CURRENCY), transaction.atomic(database.alias):
        Entry.objects.using(database.alias).bulk_create([entry], ignore_conflicts=True)


@pytest.mark.parametrize(
    ("name", "currency", "words"),
    [
        ("stripe", "eur", "ticketing_account_name_has_currency"),
        ("stripe:usd", "eur", "ticketing_account_name_has_currency"),
        ("stripe:EUR", "eur", "ticketing_account_name_has_currency"),
        ("stripeeur", "eur", "ticketing_account_name_has_currency"),
        ("a:EUR", "EUR", "ticketing_account_currency_as_stripe"),
        ("a:eu", "eu", "ticketing_account_\\w+"),
        ("stripe:eur", "eur", r"ticketing_account_name_\w+|ticketing_account\.name"),
    ],
)
def test_account_whose_name_does_not_fit_is_refused(books: Books, name: str, currency: str, words: str) -> None:
    alias = books[0].alias
    with pytest.raises(IntegrityError, match=words), transaction.atomic(alias):
        Account(name=name, currency=currency).save(using=alias)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"last_id": -1}, "ticketing_digest_range"),
        ({"after_id": -1}, "ticketing_digest_range"),
        ({"digest": "d" * 63}, "ticketing_digest_whole"),
        ({"previous": "d" * 63}, "ticketing_digest_whole"),
        ({"salt": "s"}, "ticketing_digest_whole"),
        ({"digest": NO_DIGEST}, "ticketing_digest_chained"),
    ],
)
def test_impossible_seal_is_refused(database: BaseDatabaseWrapper, fields: dict[str, Any], words: str) -> None:
    with pytest.raises(IntegrityError, match=words), transaction.atomic(database.alias):
        LedgerDigest(**DIGEST | fields).save(using=database.alias)


@pytest.mark.parametrize(
    "same", [{"day": DIGEST["day"]}, {"previous": DIGEST["previous"]}, {"digest": DIGEST["digest"]}]
)
def test_chain_does_not_fork(database: BaseDatabaseWrapper, same: dict[str, Any]) -> None:
    LedgerDigest(**DIGEST).save(using=database.alias)
    other = {"day": date(2026, 11, 21), "previous": "p" * 64, "digest": "e" * 64}
    (column,) = same
    with pytest.raises(IntegrityError, match=column), transaction.atomic(database.alias):
        LedgerDigest(**DIGEST | other | same).save(using=database.alias)


@pytest.mark.parametrize("table", ledger_triggers.TABLES)
def test_what_is_written_stays(books: Books, table: str) -> None:
    database, _ = books
    LedgerDigest(**DIGEST).save(using=database.alias)
    refused(database, f"UPDATE {table} SET id = id", ledger_triggers.STAYS)  # noqa: S608 - our own tables
    refused(database, f"DELETE FROM {table}", ledger_triggers.STAYS)  # noqa: S608 - our own tables


def test_django_cannot_change_it_either(books: Books) -> None:
    alias = books[0].alias
    entries = Entry.objects.using(alias)
    for change in (
        lambda: entries.update(amount=2),
        entries.all().delete,
        lambda: entries.get().delete(),
        lambda: entries.get().save(using=alias),
    ):
        with pytest.raises(IntegrityError, match=ledger_triggers.STAYS), transaction.atomic(alias):
            change()
    with pytest.raises(DatabaseError), transaction.atomic(alias):
        Account.objects.using(alias).filter(name="stripe:eur").delete()
    assert [entry.money for entry in entries.all()] == [Money(1, "eur")]


@pytest.mark.postgres
@pytest.mark.parametrize("database", ["default"], indirect=True)
def test_postgres_does_not_empty_it_at_once(books: Books) -> None:
    database, _ = books
    with database.cursor() as cursor:
        # Foreign keys are else looked at when the test's transaction ends, and hold the tables until then.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for table in ledger_triggers.TABLES:
        refused(database, f"TRUNCATE {table} CASCADE", ledger_triggers.STAYS)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_sqlite_does_not_replace_a_row_by_another(books: Books) -> None:
    database, _ = books
    columns = "debit_id, credit_id, currency, key, memo, order_key, at"
    refused(
        database,
        f"INSERT OR REPLACE INTO ticketing_entry (amount, {columns}) SELECT 5, {columns} FROM ticketing_entry",  # noqa: S608
        ledger_triggers.STAYS,
    )


def test_nothing_is_added_to_a_sealed_day(books: Books) -> None:
    LedgerDigest(**DIGEST | {"last_id": 1_000_000}).save(using=books[0].alias)
    for number in (999_999, 1_000_000):
        with pytest.raises(IntegrityError, match=ledger_triggers.SEALED), transaction.atomic(books[0].alias):
            add(*books, id=number)
    assert add(*books, id=1_000_001).pk == 1_000_001


def test_triggers_are_looked_for(database: BaseDatabaseWrapper) -> None:
    assert ledger_triggers.missing(database.alias) == []
    ledger_triggers.drop(database)
    assert ledger_triggers.missing(database.alias) == list(ledger_triggers.names(database.vendor))
    ledger_triggers.make(database)
    assert ledger_triggers.missing(database.alias) == []


@pytest.mark.postgres
@pytest.mark.parametrize("database", ["default"], indirect=True)
def test_trigger_that_is_switched_off_is_missing(database: BaseDatabaseWrapper) -> None:
    with database.cursor() as cursor:
        cursor.execute("ALTER TABLE ticketing_entry DISABLE TRIGGER ticketing_entry_stays")
    assert ledger_triggers.missing(database.alias) == ["ticketing_entry_stays"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", [1, 2])
def test_flush_is_refused_and_tests_are_emptied_nevertheless(turn: int) -> None:
    assert not Entry.objects.exists()
    write(*sale())
    with pytest.raises(CommandError):
        call_command("flush", interactive=False)
    assert Entry.objects.count() == 3
