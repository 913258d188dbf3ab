"""The triggers that keep the platform's fees: what was written stays, and a border between tiers has a currency.

Only who made a schedule may be forgotten, with their account. On SQLite Django alters a table by making it anew,
without its triggers: a migration that alters one of these two calls `drop` before and `make` after.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

STAYS: Final = "a fee schedule is never changed or deleted: another one follows it"
ONE_RATE: Final = "a fee schedule for all currencies has one rate"
# The columns of each table that stay as they are.
TABLES: Final = {
    "creators_feeschedule": "id, name, currency, valid_from, note, created_at",
    "creators_feetier": "id, schedule_id, from_minor, basis_points",
}
_KINDS: Final = {"postgresql": ("no_update", "no_delete", "whole"), "sqlite": ("no_update", "no_delete")}

# Names and texts of ours only, as in all that follows.
_POSTGRES: Final = """
CREATE FUNCTION creators_refuse_fees() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING MESSAGE = '%(stays)s', ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE FUNCTION creators_check_feetier() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.from_minor > 0 AND (SELECT currency = '' FROM creators_feeschedule WHERE id = NEW.schedule_id) THEN
        RAISE EXCEPTION USING MESSAGE = '%(one_rate)s', ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER creators_feetier_check BEFORE INSERT ON creators_feetier
    FOR EACH ROW EXECUTE FUNCTION creators_check_feetier();
"""
_POSTGRES_EACH: Final = """
CREATE TRIGGER {table}_no_update BEFORE UPDATE OF {columns} ON {table}
    FOR EACH ROW EXECUTE FUNCTION creators_refuse_fees();
CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION creators_refuse_fees();
CREATE TRIGGER {table}_whole BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION creators_refuse_fees();
"""
_SQLITE_CHECK: Final = """
CREATE TRIGGER creators_feetier_check BEFORE INSERT ON creators_feetier WHEN NEW.from_minor > 0 BEGIN
    SELECT RAISE(ABORT, '%(one_rate)s') FROM creators_feeschedule WHERE id = NEW.schedule_id AND currency = '';
END
"""
_SQLITE_EACH: Final = (
    "CREATE TRIGGER {table}_no_update BEFORE UPDATE OF {columns} ON {table} BEGIN SELECT RAISE(ABORT, '{stays}'); END",
    "CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} BEGIN SELECT RAISE(ABORT, '{stays}'); END",
)


def make(connection: BaseDatabaseWrapper) -> None:
    """Put them into the database."""
    with connection.cursor() as cursor:
        for statement in _statements(connection.vendor):
            cursor.execute(statement)


def drop(connection: BaseDatabaseWrapper) -> None:
    """Take out those that are there: for a migration, and where tests empty the tables."""
    is_postgres = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        for name, table in names(connection.vendor).items():
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{f' ON {table}' if is_postgres else ''}")
        if is_postgres:
            cursor.execute("DROP FUNCTION IF EXISTS creators_check_feetier(), creators_refuse_fees()")


def names(vendor: str) -> dict[str, str]:
    """Return the name of each trigger that must be there, with its table."""
    each = {f"{table}_{kind}": table for table in TABLES for kind in _KINDS[vendor]}
    return {"creators_feetier_check": "creators_feetier", **each}


def _statements(vendor: str) -> list[str]:
    texts = {"stays": STAYS, "one_rate": ONE_RATE}
    check, each = (_POSTGRES, (_POSTGRES_EACH,)) if vendor == "postgresql" else (_SQLITE_CHECK, _SQLITE_EACH)
    return [
        check % texts,
        *(
            statement.format(table=table, columns=columns, stays=STAYS)
            for table, columns in TABLES.items()
            for statement in each
        ),
    ]
