"""Inserting rows, with SQL that is written once for each model and number of rows (config.lib.prepared)."""

from __future__ import annotations

import functools
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import sql
from django.db.models.constants import OnConflict

from config.lib.prepared import Given, Statement

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
        _statement(type(row), 1, database.vendor, returning=True).execute(cursor, [row])
        (row.pk,) = cursor.fetchone()
    row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS  # noqa: SLF001 - documented


def insert_new(rows: Sequence[Model]) -> int:
    """Insert those rows, all of one model, that break no unique constraint; return how many.

    As `bulk_create(rows, ignore_conflicts=True)`, which does not say how many, and without a savepoint. The rows do not
    learn their numbers. Whoever inserts the same in another transaction is waited for. For a few rows, not thousands.
    """
    if not rows:
        return 0
    database = connections[DEFAULT_DB_ALIAS]
    with database.cursor() as cursor:
        _statement(type(rows[0]), len(rows), database.vendor, returning=False).execute(cursor, rows)
        return int(cursor.rowcount)


@functools.lru_cache(maxsize=128)
def _statement(model: type[Model], count: int, _vendor: str, *, returning: bool) -> Statement:
    options = model._meta  # noqa: SLF001 - documented
    fields = [field for field in options.concrete_fields if not field.primary_key]
    query = sql.InsertQuery(model, on_conflict=None if returning else OnConflict.IGNORE)
    cells: list[Any] = [
        SimpleNamespace(**{field.attname: _Cell(number, field) for field in fields}) for number in range(count)
    ]
    query.insert_values(fields, cells, raw=True)
    compiler = query.get_compiler(connection=connections[DEFAULT_DB_ALIAS])
    compiler.returning_fields = [options.pk] if returning else None
    ((text, parameters),) = compiler.as_sql()
    return Statement(text, parameters)
