"""SQL that is written once and executed often, and several writes that go to the database at once.

Below config.lib.prepared and config.lib.inserting, which have the ORM write it. All of it is about the default
database.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import BooleanField, CharField, Expression

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.backends.utils import CursorWrapper
    from django.db.models import Field
    from django.db.models.sql.compiler import SQLCompiler

# What such a field writes as it is, on every database, without being asked.
_PLAIN: Final[dict[Any, Any]] = {BooleanField: bool, CharField: str}


class Given(Expression):
    """The stand-in for a value: one to compare with, or one to save in a field."""

    def __init__(self, name: str, saved_in: Field[Any, Any] | None = None) -> None:
        super().__init__()
        self.name, self.saved_in, self._plain = name, saved_in, _PLAIN.get(type(saved_in))

    def as_sql(self, _compiler: SQLCompiler, _connection: BaseDatabaseWrapper) -> tuple[str, Any]:
        return "%s", [self]

    def value(self, values: Any, database: BaseDatabaseWrapper) -> Any:
        """Return what is given for it, as the database takes it."""
        value = self.found(values)
        if self.saved_in is not None:
            return value if type(value) is self._plain else self.saved_in.get_db_prep_save(value, database)
        if value is None:
            msg = f"{self.name!r} is None, to which nothing is equal in SQL."
            raise TypeError(msg)
        return database.ops.adapt_unknown_value(value)

    def found(self, values: Any) -> Any:
        return values[self.name]


class Statement(NamedTuple):
    """SQL and its parameters: values, and stand-ins for values."""

    sql: str
    parameters: Sequence[Any]

    def bound(self, values: Any, database: BaseDatabaseWrapper) -> list[Any]:
        """Return its parameters with the values that the stand-ins find in `values`."""
        return [part.value(values, database) if isinstance(part, Given) else part for part in self.parameters]

    def execute(self, cursor: CursorWrapper, values: Any) -> None:
        cursor.execute(self.sql, self.bound(values, cursor.db))


def written(sql: str, parameters: Sequence[Any]) -> Statement:
    """Return a statement of what the ORM has compiled.

    What never changes stands in its SQL, where the planner sees it, and a driver need not pass it each time.
    """
    first, *rest = sql.split("%s")
    text, left = [first], []
    for part, after in zip(parameters, rest, strict=True):
        literal = _literal(part)
        if literal is None:
            left.append(part)
        text += [literal or "%s", after]
    return Statement("".join(text), left)


def _literal(part: Any) -> str | None:
    """Return a constant of ours as SQL, on either database; None if that is not so easily said."""
    if isinstance(part, int) and not isinstance(part, bool):
        return str(int(part))
    # A plain word, so that nothing in it needs to be escaped.
    return f"'{part}'" if isinstance(part, str) and (part.isalnum() or not part) and part.isascii() else None


class Write(NamedTuple):
    """An INSERT or UPDATE that is ready to go, and returns nothing."""

    statement: Statement
    values: Any

    def bound(self, database: BaseDatabaseWrapper) -> list[Any]:
        return self.statement.bound(self.values, database)


def write(*writes: Write) -> list[int]:
    """Do all of it, inside the caller's transaction or one of its own; return how many rows each concerned.

    On PostgreSQL it is one statement, and one way there and back. So none of them sees what another writes, no two may
    concern one row, and which is first is not said: https://www.postgresql.org/docs/current/queries-with.html. Tables
    that refer to each other may be written so: that is looked at in the end.
    """
    database = connections[DEFAULT_DB_ALIAS]
    if len(writes) > 1 and database.vendor == "postgresql":
        with database.cursor() as cursor:
            bound = [value for one in writes for value in one.bound(database)]
            cursor.execute(_all_of(tuple(one.statement.sql for one in writes)), bound)
            return list(cursor.fetchone())
    with database.cursor() as cursor:
        return [_done(cursor, one) for one in writes]


def _done(cursor: CursorWrapper, one: Write) -> int:
    one.statement.execute(cursor, one.values)
    return int(cursor.rowcount)


@functools.lru_cache(maxsize=64)
def _all_of(texts: tuple[str, ...]) -> str:
    parts = ", ".join(f"part_{number} AS ({text} RETURNING 1)" for number, text in enumerate(texts))
    counts = ", ".join(f"(SELECT count(*) FROM part_{number})" for number in range(len(texts)))  # noqa: S608 - numbers
    return f"WITH {parts} SELECT {counts}"
