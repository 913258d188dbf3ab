"""Statements that the ORM writes once in a process and that are only executed from then on.

Writing its SQL costs the ORM several times what executing it costs: too much for what a hot room repeats hundreds of
times a second. Such a statement is a function that returns a QuerySet, with `one`, `rows`, `exists`, `update` or
`updating` above:

    @prepared.one
    def _held_by(*, offer: int, buyer: int) -> QuerySet[Order]:
        return Order.objects.filter(offer=offer, buyer=buyer, takes_seat=True)

    order = _held_by(offer=1, buyer=2)

Its body runs once, with a stand-in for each argument, so it may only put them where a value belongs, and what it reads
besides, such as the time, stays for good. Arguments are given by name and are keys of rows, texts or times, never None.
All of it is about the default database.
"""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

from django.core.exceptions import ObjectDoesNotExist
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.models import Model, sql
from django.db.models.query import get_related_populators

from config.lib.statements import Given, Write, write, written

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import QuerySet

P = ParamSpec("P")
M = TypeVar("M", bound=Model)
T = TypeVar("T")


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
    ready = _prepared(make, _Updating)

    @functools.wraps(make)
    def run(*_: P.args, **values: P.kwargs) -> int:
        return write(cast("Callable[..., Write]", ready)(**values))[0]

    return run


def updating(make: Callable[P, tuple[QuerySet[Any], Mapping[str, Any]]]) -> Callable[P, Write]:
    """Return what `update` would do, to be done together with other writes."""
    return _prepared(make, _Updating)


def save_fields(row: Model, names: tuple[str, ...]) -> None:
    """Write some fields of a row down, as `row.save(update_fields=names)`; raises ObjectDoesNotExist."""
    if not write(saving_fields(row, names))[0]:
        raise ObjectDoesNotExist


def saving_fields(row: Model, names: tuple[str, ...], among: Callable[[], QuerySet[Any]] | None = None) -> Write:
    """Return what `save_fields` would do, to be done together with other writes; only if the row is `among` those."""
    database = connections[DEFAULT_DB_ALIAS]
    values = {name: getattr(row, name) for name in names}
    return _saving(type(row), names, among, database.vendor)(database, values | {"pk": row.pk})


def _prepared(make: Callable[P, Any], kind: Callable[[BaseDatabaseWrapper, Any], Callable[..., T]]) -> Callable[P, T]:
    names = list(inspect.signature(make).parameters)
    written: dict[str, Callable[..., T]] = {}

    @functools.wraps(make)
    def run(*_: P.args, **values: P.kwargs) -> T:
        database = connections[DEFAULT_DB_ALIAS]
        if (statement := written.get(database.vendor)) is None:
            stand_ins: Any = {name: Given(name) for name in names}
            made = cast("Callable[..., Any]", make)(**stand_ins)
            statement = written[database.vendor] = kind(database, made)
        return statement(database, values)

    return run


class _Reading:
    """Reads as a QuerySet does, but knows beforehand which column goes where."""

    def __init__(self, database: BaseDatabaseWrapper, wanted: QuerySet[Any]) -> None:
        self._compiler = wanted.query.get_compiler(connection=database)
        self._statement = written(*self._compiler.as_sql())
        self._locks = wanted.query.select_for_update
        known, columns = self._compiler.klass_info, self._compiler.select
        assert known is not None
        self.model, own = wanted.model, known["select_fields"]
        self._own = slice(own[0], own[-1] + 1)
        self._names = [column.target.attname for column, *_ in columns[self._own]]
        self._related = get_related_populators(known, columns, database.alias)  # type: ignore[call-arg] # known to the types of a later Django
        self._annotations = tuple((self._compiler.annotation_col_map or {}).items())
        self._converters = self._compiler.get_converters([column for column, *_ in columns])

    def __call__(self, database: BaseDatabaseWrapper, values: Mapping[str, Any]) -> list[Any]:
        if self._locks and not database.in_atomic_block:
            msg = "A row is locked inside a transaction."
            raise transaction.TransactionManagementError(msg)
        with database.cursor() as cursor:
            self._statement.execute(cursor, values)
            found = cursor.fetchall()
        return [self._made(row) for row in self._compiler.apply_converters(found, self._converters)]

    def _made(self, row: Sequence[Any]) -> Model:
        made: Model = self.model.from_db(DEFAULT_DB_ALIAS, self._names, row[self._own])
        for related in self._related:
            related.populate(row, made)
        for name, column in self._annotations:
            setattr(made, name, row[column])
        return made


class _ReadingOne:
    def __init__(self, database: BaseDatabaseWrapper, wanted: QuerySet[Any]) -> None:
        self._reading = _Reading(database, wanted)

    def __call__(self, database: BaseDatabaseWrapper, values: Mapping[str, Any]) -> Any:
        found = self._reading(database, values)
        if len(found) != 1:
            model = self._reading.model
            raise model.MultipleObjectsReturned if found else model.DoesNotExist
        return found[0]


class _Asking:
    def __init__(self, database: BaseDatabaseWrapper, wanted: QuerySet[Any]) -> None:
        self._statement = written(*wanted.query.exists().get_compiler(connection=database).as_sql())

    def __call__(self, database: BaseDatabaseWrapper, values: Mapping[str, Any]) -> bool:
        with database.cursor() as cursor:
            self._statement.execute(cursor, values)
            return cursor.fetchone() is not None


class _Updating:
    def __init__(self, database: BaseDatabaseWrapper, wanted: tuple[QuerySet[Any], Mapping[str, Any]]) -> None:
        changed, changes = wanted
        query: Any = changed.query.chain(sql.UpdateQuery)
        query.add_update_values(
            {
                name: Given(to.name, changed.model._meta.get_field(name)) if isinstance(to, Given) else to  # noqa: SLF001 - documented
                for name, to in changes.items()
            }
        )
        self._statement = written(*query.get_compiler(connection=database).as_sql())

    def __call__(self, _database: BaseDatabaseWrapper, values: Mapping[str, Any]) -> Write:
        return Write(self._statement, values)


@functools.lru_cache(maxsize=64)
def _saving(
    model: type[Model], names: tuple[str, ...], among: Callable[[], QuerySet[Any]] | None, _vendor: str
) -> _Updating:
    rows = among() if among else model._base_manager.all()  # noqa: SLF001 - documented
    wanted = rows.filter(pk=Given("pk")), {name: Given(name) for name in names}
    return _Updating(connections[DEFAULT_DB_ALIAS], wanted)
