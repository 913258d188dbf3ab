"""Statements that the ORM writes once in a process and that are only executed from then on.

Writing its SQL costs the ORM several times what executing it costs: too much for what a hot room repeats hundreds of times
a second. Such a statement is a function that returns a QuerySet, decorated with `one`, `rows`, `exists` or `update`:

    @one
    def _held_by(*, offer: int, buyer: int) -> QuerySet[Order]:
        return Order.objects.filter(offer=offer, buyer=buyer, takes_seat=True)

    order = _held_by(offer=1, buyer=2)

Its body runs once, with a stand-in for each argument. So it may put them where a value belongs and nothing else: what it
reads besides, such as the time, stays for good. It has keyword arguments only; keys of rows, texts, times, never None.
"""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any, NamedTuple, ParamSpec, TypeVar

from django.db import connection, transaction
from django.db.models import Expression, Model, QuerySet, sql
from django.db.models.query import get_related_populators

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.backends.utils import CursorWrapper
    from django.db.models import Field
    from django.db.models.sql.compiler import SQLCompiler

P = ParamSpec("P")
M = TypeVar("M", bound=Model)
T = TypeVar("T")


class Given(Expression):
    """The stand-in for an argument, or for what a field is set to."""

    def __init__(self, name: str, saved_as: Field[Any, Any] | None = None) -> None:
        super().__init__()
        self.name, self.saved_as = name, saved_as

    def as_sql(self, _compiler: SQLCompiler, _connection: BaseDatabaseWrapper) -> tuple[str, list[Any]]:
        return "%s", [self]

    def value(self, values: Mapping[str, Any]) -> Any:
        """Return what is given for it, as the database takes it."""
        value = values[self.name]
        if self.saved_as is not None:
            return self.saved_as.get_db_prep_save(value, connection)
        if value is None:
            msg = f"{self.name!r} is None, to which nothing is equal in SQL."
            raise TypeError(msg)
        return connection.ops.adapt_unknown_value(value)


class Statement(NamedTuple):
    """SQL and its parameters: values, and stand-ins for values."""

    sql: str
    parameters: Sequence[Any]

    def execute(self, cursor: CursorWrapper, values: Mapping[str, Any]) -> None:
        bound = [part.value(values) if isinstance(part, Given) else part for part in self.parameters]
        cursor.execute(self.sql, bound)


def one(make: Callable[P, QuerySet[M]]) -> Callable[P, M]:
    """Read the one row of a QuerySet, with its annotations and related rows; raises DoesNotExist."""
    return _prepared(make, _ReadingOne)


def rows(make: Callable[P, QuerySet[M]]) -> Callable[P, list[M]]:
    """Read all rows of a QuerySet, as `one` does."""
    return _prepared(make, _Reading)


def exists(make: Callable[P, QuerySet[Any]]) -> Callable[P, bool]:
    """Say whether a QuerySet has any row."""
    return _prepared(make, _Asking)


def update(make: Callable[P, tuple[QuerySet[Any], Mapping[str, Any]]]) -> Callable[P, int]:
    """Set fields of the rows of a QuerySet, and return how many rows there were."""
    return _prepared(make, _Updating)


def _prepared(make: Callable[P, Any], kind: Callable[[Any], Callable[[Mapping[str, Any]], T]]) -> Callable[P, T]:
    names = list(inspect.signature(make).parameters)

    @functools.cache
    def written(_vendor: str) -> Callable[[Mapping[str, Any]], T]:
        return kind(make(*(), **{name: Given(name) for name in names}))

    @functools.wraps(make)
    def run(*_: P.args, **values: P.kwargs) -> T:
        return written(connection.vendor)(values)

    return run


class _Reading:
    """Reads as QuerySet does, but knows beforehand which column goes where."""

    def __init__(self, wanted: QuerySet[Any]) -> None:
        self._compiler = wanted.query.get_compiler(connection=connection)
        self._locks = wanted.query.select_for_update
        self._statement = Statement(*self._compiler.as_sql())
        known, columns = self._compiler.klass_info, self._compiler.select
        assert known is not None
        self._model, own = wanted.model, known["select_fields"]
        self._own = slice(own[0], own[-1] + 1)
        self._names = [column.target.attname for column, *_ in columns[self._own]]
        self._related = get_related_populators(known, columns, connection.alias)
        self._annotations = (self._compiler.annotation_col_map or {}).items()
        self._converters = self._compiler.get_converters([column for column, *_ in columns])

    def __call__(self, values: Mapping[str, Any]) -> list[Any]:
        if self._locks and not connection.in_atomic_block:
            msg = "A row is locked inside a transaction."
            raise transaction.TransactionManagementError(msg)
        with connection.cursor() as cursor:
            self._statement.execute(cursor, values)
            found = cursor.fetchall()
        return [self._made(row) for row in self._compiler.apply_converters(found, self._converters)]

    def _made(self, row: Sequence[Any]) -> Model:
        made = self._model.from_db(connection.alias, self._names, row[self._own])
        for related in self._related:
            related.populate(row, made)
        for name, column in self._annotations:
            setattr(made, name, row[column])
        return made


class _ReadingOne(_Reading):
    def __call__(self, values: Mapping[str, Any]) -> Any:
        found = super().__call__(values)
        if len(found) != 1:
            raise self._model.MultipleObjectsReturned if found else self._model.DoesNotExist
        return found[0]


class _Asking:
    def __init__(self, wanted: QuerySet[Any]) -> None:
        self._statement = Statement(*wanted.query.exists().get_compiler(connection=connection).as_sql())

    def __call__(self, values: Mapping[str, Any]) -> bool:
        with connection.cursor() as cursor:
            self._statement.execute(cursor, values)
            return cursor.fetchone() is not None


class _Updating:
    def __init__(self, made: tuple[QuerySet[Any], Mapping[str, Any]]) -> None:
        changed, changes = made
        fields = {name: changed.model._meta.get_field(name) for name in changes}  # noqa: SLF001 - documented
        query = changed.query.chain(sql.UpdateQuery)
        query.add_update_values(
            {name: Given(to.name, fields[name]) if isinstance(to, Given) else to for name, to in changes.items()}
        )
        self._statement = Statement(*query.get_compiler(connection=connection).as_sql())

    def __call__(self, values: Mapping[str, Any]) -> int:
        with connection.cursor() as cursor:
            self._statement.execute(cursor, values)
            return cursor.rowcount


def save_fields(row: Model, names: tuple[str, ...]) -> None:
    """Write some fields of a row down, as `row.save(update_fields=names)` without signals; raises DoesNotExist."""
    fields = _writing(type(row), names, connection.vendor)
    values = {name: getattr(row, name) for name in names}
    if not fields(values | {"pk": row.pk}):
        raise type(row).DoesNotExist


@functools.lru_cache(maxsize=64)
def _writing(model: type[Model], names: tuple[str, ...], _vendor: str) -> _Updating:
    row = model._base_manager.filter(pk=Given("pk"))  # noqa: SLF001 - documented
    return _Updating((row, {name: Given(name) for name in names}))
