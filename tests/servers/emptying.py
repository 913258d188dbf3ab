"""Puts the tests' database back to what the migrations left, after a test that commits.

Django's own way, TRUNCATE of every table and `post_migrate`, took 0.29 s after each of a thousand tests. Most of them
fill five tables with a few rows: deleting those, and laying down what the migrations had, takes 0.02 s.

SQLite, and a PostgreSQL where we are a plain user, are emptied in Django's way. They know no session without triggers,
so those that keep the ledger, the fees and the fund are taken out for that moment; `manage.py flush` does no such
thing, and is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection
from django.test import TransactionTestCase
from psycopg import sql

from creators import fee_triggers, fund_triggers
from ticketing import ledger_triggers
from ticketing.services.ledger import forget_accounts

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

SCHEMA = "left_by_migrations"
# Without triggers and foreign keys: every row goes, in whatever order, also those that nobody may delete.
BEGIN = "SET session_replication_role = replica"
END = "SET session_replication_role = DEFAULT"


def keep_what_migrations_left() -> None:
    """Remember the rows there are now, and have every test that commits end with exactly these.

    Only a superuser may do without triggers: on a server that is given by DATABASE_URL Django's own way may have to do.
    """
    if connection.vendor != "postgresql" or not _is_superuser():
        _let_django_empty()
        return
    names = [sql.Identifier(name) for name in connection.introspection.django_table_names(only_existing=True)]
    with connection.cursor() as cursor:
        # A database that is used again, as pytest's --reuse-db does, has one.
        cursor.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
        cursor.execute(f"CREATE SCHEMA {SCHEMA}")
        filled = [name for name in names if _has_rows(cursor, name)]
        for name in filled:
            cursor.execute(sql.SQL("CREATE TABLE {}.{} AS TABLE {}").format(sql.Identifier(SCHEMA), name, name))
        emptying = [sql.SQL("DELETE FROM {}").format(name) for name in names]
        laying = [
            sql.SQL("INSERT INTO {} SELECT * FROM {}.{}").format(name, sql.Identifier(SCHEMA), name) for name in filled
        ]
        statements = sql.SQL(";").join([sql.SQL(BEGIN), *emptying, *laying, sql.SQL(END)]).as_string(cursor.connection)

    def put_back(_test: TransactionTestCase) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statements)
        forget_accounts()

    # Django has no other place for it; the stubs leave out what begins with an underscore.
    TransactionTestCase._fixture_teardown = put_back  # type: ignore[attr-defined]


def _let_django_empty() -> None:
    flush = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined]

    def flush_without_triggers(test: TransactionTestCase) -> None:
        for triggers in (ledger_triggers, fee_triggers, fund_triggers):
            triggers.drop(connection)
        flush(test)
        forget_accounts()
        for triggers in (ledger_triggers, fee_triggers, fund_triggers):
            triggers.make(connection)

    TransactionTestCase._fixture_teardown = flush_without_triggers  # type: ignore[attr-defined]


def _is_superuser() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        return bool(cursor.fetchone()[0])


def _has_rows(cursor: CursorWrapper, name: sql.Identifier) -> bool:
    cursor.execute(sql.SQL("SELECT EXISTS (SELECT FROM {})").format(name))
    return bool(cursor.fetchone()[0])
