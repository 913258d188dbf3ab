"""Inserting rows with SQL that is written once for a model: one row, or several unless something like them is there."""

from __future__ import annotations

import functools
from types import SimpleNamespace
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import sql
from django.db.models.constants import OnConflict

from config.lib.prepared import Given, Statement

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from django.db.models import Field, Model


def insert(row: Model) -> None:
    """Insert a new row, which learns its number. As `row.save(force_insert=True)`, without signals."""
    with connection.cursor() as cursor:
        _statement(type(row), 1, connection.vendor, returning=True).execute(cursor, _values([row]))
        (row.pk,) = cursor.fetchone()
    row._state.adding, row._state.db = False, connection.alias  # noqa: SLF001 - documented


def insert_new(rows: Sequence[Model]) -> int:
    """Insert those rows, all of one model, that break no unique constraint; return how many.

    As `bulk_create(rows, ignore_conflicts=True)`, which does not say how many, and without a savepoint. The rows do not
    learn their numbers. Whoever inserts the same in another transaction is waited for.
    """
    if not rows:
        return 0
    with connection.cursor() as cursor:
        _statement(type(rows[0]), len(rows), connection.vendor, returning=False).execute(cursor, _values(rows))
        return cursor.rowcount


@functools.lru_cache(maxsize=256)
def _statement(model: type[Model], count: int, _vendor: str, *, returning: bool) -> Statement:
    fields = _fields(model)
    query = sql.InsertQuery(model, on_conflict=None if returning else OnConflict.IGNORE)
    rows = [SimpleNamespace(**{field.attname: Given(f"{field.attname}:{at}", field) for field in fields}) for at in range(count)]
    query.insert_values(fields, rows, raw=True)
    compiler = query.get_compiler(connection=connection)
    compiler.returning_fields = [model._meta.pk] if returning else None  # noqa: SLF001 - documented
    ((text, parameters),) = compiler.as_sql()
    return Statement(text, parameters)


def _values(rows: Sequence[Model]) -> dict[str, Any]:
    fields = _fields(type(rows[0]))
    return {f"{field.attname}:{at}": field.pre_save(row, add=True) for at, row in enumerate(rows) for field in fields}


@functools.cache
def _fields(model: type[Model]) -> list[Field[Any, Any]]:
    return [field for field in model._meta.concrete_fields if not field.primary_key]  # noqa: SLF001 - documented
