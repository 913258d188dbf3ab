"""Inserting rows, with SQL that is written once for each model and number of rows (config.lib.prepared)."""

from __future__ import annotations

import contextlib
import functools
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Literal

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.models import sql
from django.db.models.constants import OnConflict

from config.lib.statements import Given, Statement, Write, write, written

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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
        _statement_for([row], "returning").execute(cursor, [row])
        _learn(row, cursor.fetchone())


def insert_if(updated: Write, row: Model) -> bool:
    """Update, and insert a row, which learns its number, if there was anything to update; return whether there was.

    Both or neither: inside the caller's transaction as well, which goes on after an IntegrityError. On PostgreSQL it is
    one statement, so what it updates is locked for as short as can be.
    """
    database = connections[DEFAULT_DB_ALIAS]
    with _whole():
        if database.vendor != "postgresql":
            found = write(updated)[0] > 0
            if found:
                insert(row)
            return found
        statement = _statement_for([row], "returning")
        sql_if = _insert_if(updated.statement.sql, statement.sql)
        with database.cursor() as cursor:
            cursor.execute(sql_if, [*updated.bound(database), *statement.bound([row], database)])
            number = cursor.fetchone()
    if number is not None:
        _learn(row, number)
    return number is not None


def write_if(updated: Write, *inserted: Write) -> bool:
    """Update, and insert what is `inserting` and `inserting_new` of one row each, if there was anything to update.

    All or nothing, as `insert_if`; return whether there was. On PostgreSQL nothing of it sees what another part writes.
    """
    database = connections[DEFAULT_DB_ALIAS]
    with _whole():
        if database.vendor != "postgresql":
            found = write(updated)[0] > 0
            if found:
                write(*inserted)
            return found
        texts = tuple(one.statement.sql for one in inserted)
        with database.cursor() as cursor:
            bound = [value for one in (updated, *inserted) for value in one.bound(database)]
            cursor.execute(_write_if(updated.statement.sql, texts), bound)
            return bool(cursor.fetchone()[0])


@contextlib.contextmanager
def _whole() -> Iterator[None]:
    """Take everything back after an error. On PostgreSQL a statement alone does so by itself."""
    database = connections[DEFAULT_DB_ALIAS]
    alone = database.vendor == "postgresql" and not database.in_atomic_block
    with contextlib.nullcontext() if alone else transaction.atomic():
        yield


def insert_new(rows: Sequence[Model]) -> int:
    """Insert those rows, all of one model, that break no unique constraint; return how many.

    As `bulk_create(rows, ignore_conflicts=True)`, which does not say how many, and without a savepoint. The rows do not
    learn their numbers. Whoever inserts the same in another transaction is waited for. For a few rows, not thousands.
    """
    return write(inserting_new(rows))[0] if rows else 0


def inserting_new(rows: Sequence[Model]) -> Write:
    """Return what `insert_new` would do with some rows, to be done together with other writes."""
    return Write(_statement_for(rows, "ignoring"), rows)


def inserting(row: Model) -> Write:
    """Return what inserts a row, to be done together with other writes. It does not learn its number."""
    return Write(_statement_for([row], "plain"), [row])


def _learn(row: Model, returned: tuple[int]) -> None:
    (row.pk,) = returned
    row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS  # noqa: SLF001 - documented


# What is done about a row that breaks a unique constraint, and what comes back.
Manner = Literal["returning", "ignoring", "plain"]


def _statement_for(rows: Sequence[Model], manner: Manner) -> Statement:
    # Half of a row is None as a rule, which need not be said.
    unsaid = tuple(name for name in _nullable(type(rows[0])) if all(getattr(row, name) is None for row in rows))
    return _statement(type(rows[0]), len(rows), unsaid, manner, connections[DEFAULT_DB_ALIAS].vendor)


@functools.cache
def _nullable(model: type[Model]) -> tuple[str, ...]:
    """Return the fields in which None is what stands there if nothing is said."""
    fields = model._meta.concrete_fields  # noqa: SLF001 - documented
    return tuple(field.attname for field in fields if field.null and not field.has_db_default())


@functools.lru_cache(maxsize=256)
def _statement(model: type[Model], count: int, unsaid: tuple[str, ...], manner: Manner, _vendor: str) -> Statement:
    options = model._meta  # noqa: SLF001 - documented
    fields = [field for field in options.concrete_fields if not field.primary_key and field.attname not in unsaid]
    query = sql.InsertQuery(model, on_conflict=OnConflict.IGNORE if manner == "ignoring" else None)
    cells: list[Any] = [
        SimpleNamespace(**{field.attname: _Cell(number, field) for field in fields}) for number in range(count)
    ]
    query.insert_values(fields, cells, raw=True)
    compiler = query.get_compiler(connection=connections[DEFAULT_DB_ALIAS])
    compiler.returning_fields = [options.pk] if manner == "returning" else None
    ((text, parameters),) = compiler.as_sql()
    return written(text, parameters)


@functools.lru_cache(maxsize=64)
def _insert_if(update: str, insert: str) -> str:
    return f"WITH updated AS ({update} RETURNING 1) {_from_updated(insert)}"


@functools.lru_cache(maxsize=64)
def _write_if(update: str, inserts: tuple[str, ...]) -> str:
    parts = [f"part_{number} AS ({_from_updated(text)} RETURNING 1)" for number, text in enumerate(inserts)]
    return f"WITH {', '.join([f'updated AS ({update} RETURNING 1)', *parts])} SELECT count(*) FROM updated"  # noqa: S608 - the ORM's own SQL


def _from_updated(insert: str) -> str:
    """Let an INSERT of one row insert it for each row that was updated."""
    into, _values, rest = insert.partition(" VALUES (")
    values, _end, after = rest.rpartition(")")
    return f"{into} SELECT {values} FROM updated{after}"  # noqa: S608 - the ORM's own SQL
