"""The triggers that keep the fund: what was frozen stays, terms stay once people applied, states go forward only.

Only whom a row is about may be forgotten, with their account. On SQLite Django alters a table by making it anew,
without its triggers: a migration that alters one of these calls `drop` before and `make` after.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from creators.enums import MOVES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.backends.base.base import BaseDatabaseWrapper

STAYS: Final = "what the fund has frozen or published is never changed or deleted"
TERMS_STAY: Final = "the terms of a programme stay as they were when it was opened"
NO_WAY_BACK: Final = "a state of the fund goes forward, one step at a time"

# The columns of each table that stay as they are; its rows are never deleted.
FIXED: Final = {
    "creators_period": "id, public_id, programme_id, number, first_day, last_day",
    "creators_periodstep": "id, period_id, state, note, at",
    "creators_periodsnapshot": "id, period_id, version, text, digest, why, made_at",
    "creators_periodallocation": "id, snapshot_id, text, digest, given, recipients, made_at",
    "creators_periodshare": "id, allocation_id, creator_key, minor, reasons",
}
# What a programme is from when it is opened: all but how it is called, how far it is, and what it has promised.
TERMS: Final = (
    "id, public_id, currency, budget, total, first_day, cadence, number_of_periods, formula, stipend, creator_cap, "
    "listener_cap, min_listeners, min_followers, min_account_days, verified_email, rooms_per_week, min_age, "
    "most_periods"
)


class _Trigger(NamedTuple):
    name: str
    table: str
    event: str
    why: str
    when: str = ""


# Names and texts of ours only, as in all that follows.
_POSTGRES_REFUSE: Final = """
CREATE FUNCTION creators_refuse_fund() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING MESSAGE = TG_ARGV[0], ERRCODE = 'integrity_constraint_violation';
END $$
"""
_POSTGRES_EACH: Final = """
CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH {each} {when} EXECUTE FUNCTION creators_refuse_fund('{why}')
"""
_SQLITE_EACH: Final = "CREATE TRIGGER {name} BEFORE {event} ON {table} {when} BEGIN SELECT RAISE(ABORT, '{why}'); END"


def make(connection: BaseDatabaseWrapper) -> None:
    """Put them into the database."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_POSTGRES_REFUSE)
        for trigger in _triggers(connection.vendor):
            cursor.execute(_statement(trigger, connection.vendor))


def drop(connection: BaseDatabaseWrapper) -> None:
    """Take out those that are there: for a migration, and where tests empty the tables."""
    is_postgres = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        for name, table in names(connection.vendor).items():
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{f' ON {table}' if is_postgres else ''}")
        if is_postgres:
            cursor.execute("DROP FUNCTION IF EXISTS creators_refuse_fund()")


def names(vendor: str) -> dict[str, str]:
    """Return the name of each trigger that must be there, with its table."""
    return {trigger.name: trigger.table for trigger in _triggers(vendor)}


def _triggers(vendor: str) -> Iterator[_Trigger]:
    for table, columns in FIXED.items():
        yield _Trigger(f"{table}_no_update", table, f"UPDATE OF {columns}", STAYS)
        yield _Trigger(f"{table}_no_delete", table, "DELETE", STAYS)
        if vendor == "postgresql":
            yield _Trigger(f"{table}_whole", table, "TRUNCATE", STAYS)
    for table, moves in MOVES.items():
        yield _Trigger(f"{table}_moves", table, "UPDATE OF state", NO_WAY_BACK, _not_one_of(moves))
    yield _Trigger(
        "creators_period_budget_stays", "creators_period", "UPDATE OF budget", STAYS, "OLD.budget <> NEW.budget"
    )
    yield _Trigger(
        "creators_programme_terms_stay", "creators_programme", f"UPDATE OF {TERMS}", TERMS_STAY, "OLD.state <> 'draft'"
    )


def _not_one_of(moves: tuple[tuple[str, str], ...]) -> str:
    allowed = ", ".join(f"'{before}>{after}'" for before, after in moves)
    return f"OLD.state <> NEW.state AND OLD.state || '>' || NEW.state NOT IN ({allowed})"


def _statement(trigger: _Trigger, vendor: str) -> str:
    is_postgres = vendor == "postgresql"
    when = f"WHEN ({trigger.when})" if trigger.when else ""
    each = "STATEMENT" if trigger.event == "TRUNCATE" else "ROW"
    return (_POSTGRES_EACH if is_postgres else _SQLITE_EACH).format(**trigger._asdict() | {"when": when, "each": each})
