"""The triggers that keep the ledger: what is written stays, and an entry is in the currency of both its accounts.

A migration makes them, `check_ledger` looks whether they are there. On SQLite Django alters a table by making it anew,
without its triggers: a migration that alters one of these three calls `drop` before and `make` after.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.db import connections

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

TABLES: Final = ("ticketing_account", "ticketing_entry", "ticketing_ledgerdigest")
STAYS: Final = "the ledger is append-only: nothing in it is changed or deleted"
CURRENCY: Final = "an entry is in the currency of both its accounts"
SEALED: Final = "no entry can be added to a day that is sealed"

# Names and texts of ours only, as in all that follows.
_POSTGRES: Final = """
CREATE FUNCTION ticketing_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING MESSAGE = '%(stays)s', ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE FUNCTION ticketing_check_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM ticketing_account WHERE id IN (NEW.debit_id, NEW.credit_id) AND currency <> NEW.currency
    ) THEN
        RAISE EXCEPTION USING MESSAGE = '%(currency)s', ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.id <= (SELECT last_id FROM ticketing_ledgerdigest ORDER BY id DESC LIMIT 1) THEN
        RAISE EXCEPTION USING MESSAGE = '%(sealed)s', ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ticketing_entry_check BEFORE INSERT ON ticketing_entry
    FOR EACH ROW EXECUTE FUNCTION ticketing_check_entry();
"""
_POSTGRES_EACH: Final = """
CREATE TRIGGER {table}_stays BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION ticketing_refuse();
CREATE TRIGGER {table}_whole BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION ticketing_refuse();
"""
# After, not before: only then has the row its number.
_SQLITE_CHECK: Final = """
CREATE TRIGGER ticketing_entry_check AFTER INSERT ON ticketing_entry BEGIN
    SELECT RAISE(ABORT, '%(currency)s') WHERE EXISTS (
        SELECT 1 FROM ticketing_account WHERE id IN (NEW.debit_id, NEW.credit_id) AND currency <> NEW.currency
    );
    SELECT RAISE(ABORT, '%(sealed)s')
    WHERE NEW.id <= (SELECT last_id FROM ticketing_ledgerdigest ORDER BY id DESC LIMIT 1);
END
"""
_SQLITE_EACH: Final = (
    "CREATE TRIGGER {table}_no_{event} BEFORE {event} ON {table} BEGIN SELECT RAISE(ABORT, '{why}'); END"
)


def make(connection: BaseDatabaseWrapper) -> None:
    """Put them into the database."""
    with connection.cursor() as cursor:
        for statement in _statements(connection.vendor):
            cursor.execute(statement)


def drop(connection: BaseDatabaseWrapper) -> None:
    """Take out those that are there: for a migration, and where tests empty the tables."""
    with connection.cursor() as cursor:
        for name, table in names(connection.vendor).items():
            where = f" ON {table}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{where}")
        if connection.vendor == "postgresql":
            cursor.execute("DROP FUNCTION IF EXISTS ticketing_check_entry(), ticketing_refuse()")


def names(vendor: str) -> dict[str, str]:
    """Return the name of each trigger that must be there, with its table."""
    kinds = ("stays", "whole") if vendor == "postgresql" else ("no_update", "no_delete")
    each = {f"{table}_{kind}": table for table in TABLES for kind in kinds}
    return {"ticketing_entry_check": "ticketing_entry", **each}


def missing(using: str = "default") -> list[str]:
    """Return those that the database does not have, or has switched off."""
    connection = connections[using]
    query = (
        "SELECT tgname FROM pg_trigger WHERE tgenabled IN ('O', 'A')"
        if connection.vendor == "postgresql"
        else "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        there = {name for (name,) in cursor.fetchall()}
    return [name for name in names(connection.vendor) if name not in there]


def _statements(vendor: str) -> list[str]:
    texts = {"stays": STAYS, "currency": CURRENCY, "sealed": SEALED}
    if vendor == "postgresql":
        return [_POSTGRES % texts, *(_POSTGRES_EACH.format(table=table) for table in TABLES)]
    each = [
        _SQLITE_EACH.format(table=table, event=event, why=STAYS) for table in TABLES for event in ("update", "delete")
    ]
    return [_SQLITE_CHECK % texts, *each]
