"""Inserting rows unless something like them is there, and learning how many were new."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connections, router
from django.db.models import sql
from django.db.models.constants import OnConflict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import Model


def insert_new(rows: Sequence[Model]) -> int:
    """Insert those rows, all of one model, that break no unique constraint; return how many.

    As `bulk_create(rows, ignore_conflicts=True)`, which does not say how many, and without a savepoint. The rows do not
    learn their numbers. Whoever inserts the same in another transaction is waited for.
    """
    if not rows:
        return 0
    model = type(rows[0])
    using = router.db_for_write(model)
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]  # noqa: SLF001 - documented
    query = sql.InsertQuery(model, on_conflict=OnConflict.IGNORE)
    query.insert_values(fields, list(rows))
    inserted = 0
    with connections[using].cursor() as cursor:
        for statement, values in query.get_compiler(using=using).as_sql():
            cursor.execute(statement, values)
            inserted += cursor.rowcount
    return inserted
