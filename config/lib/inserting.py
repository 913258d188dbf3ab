"""Inserting rows, with SQL that is written once for each model and number of rows (config.lib.prepared)."""

from __future__ import annotations

import contextlib
import functools
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.models import sql
from django.db.models.constants import OnConflict

from config.lib.statements import Given, Statement, Write, write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import Field, Model


class _Cell(Given):
    """The stand-in for a field of one of the rows."""

    def __init__(self, number: int, field: Field[Any, Any]) -> None:
        super().__init__(field.attname, field)
        self.number, self._read = number, field.pre_save

    def found(self, values: Any) -> Any:
        return self._read(values[self.number], add=True)


def insert(row: Model) -> None:
    """Insert a new row, which learns its number. As `row.save(force_insert=True)`, without signals."""
    database = connections[DEFAULT_DB_ALIAS]
    with database.cursor() as cursor:
        _statement_for([row], database.vendor, returning=True).execute(cursor, [row])
        _learn(row, cursor.fetchone())


def insert_if(updated: Write, row: Model) -> bool:
    """Update, and insert a row, which learns its number, if there was anything to update; return whether there was.

    Both or neither: inside the caller's transaction as well, which goes on after an IntegrityError. On PostgreSQL it is
    one statement, so what it updates is locked for as short as can be.
    """
    database = connections[DEFAULT_DB_ALIAS]
    if database.vendor != "postgresql":
        with transaction.atomic():
            found = write(updated)[0] > 0
            if found:
                insert(row)
            return found
    statement = _statement_for([row], database.vendor, returning=True)
    # A statement alone is a transaction.
    with transaction.atomic() if database.in_atomic_block else contextlib.nullcontext(), database.cursor() as cursor:
        bound = [*updated.statement.bound(updated.values, database), *statement.bound([row], database)]
        cursor.execute(_sql_if(updated.statement.sql, statement.sql), bound)
        number = cursor.fetchone()
    if number is None:
        return False
    _learn(row, number)
    return True


def insert_new(rows: Sequence[Model]) -> int:
    """Insert those rows, all of one model, that break no unique constraint; return how many.

    As `bulk_create(rows, ignore_conflicts=True)`, which does not say how many, and without a savepoint. The rows do not
    learn their numbers. Whoever inserts the same in another transaction is waited for. For a few rows, not thousands.
    """
    return write(inserting_new(rows))[0] if rows else 0


def inserting_new(rows: Sequence[Model]) -> Write:
    """Return what `insert_new` would do with some rows, to be done together with other writes."""
    return Write(_statement_for(rows, connections[DEFAULT_DB_ALIAS].vendor, returning=False), rows)


def _learn(row: Model, returned: tuple[int]) -> None:
    (row.pk,) = returned
    row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS  # noqa: SLF001 - documented


def _statement_for(rows: Sequence[Model], vendor: str, *, returning: bool) -> Statement:
    # Half of a row is None as a rule, which need not be said.
    unsaid = tuple(name for name in _nullable(type(rows[0])) if all(getattr(row, name) is None for row in rows))
    return _statement(type(rows[0]), len(rows), unsaid, vendor, returning=returning)


@functools.cache
def _nullable(model: type[Model]) -> tuple[str, ...]:
    """Return the fields in which None is what stands there if nothing is said."""
    fields = model._meta.concrete_fields  # noqa: SLF001 - documented
    return tuple(field.attname for field in fields if field.null and not field.has_db_default())


@functools.lru_cache(maxsize=256)
def _statement(model: type[Model], count: int, unsaid: tuple[str, ...], _vendor: str, *, returning: bool) -> Statement:
    options = model._meta  # noqa: SLF001 - documented
    fields = [field for field in options.concrete_fields if not field.primary_key and field.attname not in unsaid]
    query = sql.InsertQuery(model, on_conflict=None if returning else OnConflict.IGNORE)
    cells: list[Any] = [
        SimpleNamespace(**{field.attname: _Cell(number, field) for field in fields}) for number in range(count)
    ]
    query.insert_values(fields, cells, raw=True)
    compiler = query.get_compiler(connection=connections[DEFAULT_DB_ALIAS])
    compiler.returning_fields = [options.pk] if returning else None
    ((text, parameters),) = compiler.as_sql()
    return Statement(text, parameters)


@functools.lru_cache(maxsize=16)
def _sql_if(update: str, plain: str) -> str:
    into, _values, rest = plain.partition(" VALUES (")
    values, _end, returning = rest.rpartition(") RETURNING ")
    return f"WITH updated AS ({update} RETURNING 1) {into} SELECT {values} FROM updated RETURNING {returning}"
