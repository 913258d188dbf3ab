"""What both databases refuse of fees by themselves, whoever asks, and what the service writes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from creators import fee_triggers
from creators.errors import FeeStartsInPastError, FeeTiersError
from creators.fee_presets import SPACES
from creators.fees import ALL, Tier
from creators.fees import FeeSchedule as Rates
from creators.models import FeeSchedule, FeeTier
from creators.services.fees import begin_schedule

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from accounts.models import User

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def schedule_in(database: BaseDatabaseWrapper, **fields: Any) -> FeeSchedule:
    row = FeeSchedule(**{"name": "Spaces", "currency": "eur", "valid_from": NOW, "created_at": NOW} | fields)
    row.save(using=database.alias)
    return row


def tier_in(database: BaseDatabaseWrapper, schedule: FeeSchedule, from_minor: int = 0, basis_points: int = 300) -> None:
    FeeTier(schedule=schedule, from_minor=from_minor, basis_points=basis_points).save(using=database.alias)


def refused(database: BaseDatabaseWrapper, sql: str, words: str) -> None:
    with pytest.raises(IntegrityError, match=words), transaction.atomic(database.alias), database.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"valid_from": NOW - SECOND}, "not_backdated"),
        ({"currency": "EUR"}, "currency_as_stripe"),
        ({"currency": "eu"}, "currency_as_stripe"),
        ({"name": ""}, "has_name"),
    ],
)
def test_schedule_is_refused(database: BaseDatabaseWrapper, fields: dict[str, Any], words: str) -> None:
    with pytest.raises(IntegrityError, match=words), transaction.atomic(database.alias):
        schedule_in(database, **fields)


@pytest.mark.parametrize("fields", [{}, {"valid_from": NOW + SECOND}, {"currency": ""}])
def test_schedule_is_taken(database: BaseDatabaseWrapper, fields: dict[str, Any]) -> None:
    assert schedule_in(database, **fields).pk


@pytest.mark.parametrize(("from_minor", "basis_points"), [(-1, 300), (0, 10_001), (0, -1)])
def test_tier_is_refused(database: BaseDatabaseWrapper, from_minor: int, basis_points: int) -> None:
    schedule = schedule_in(database)
    with pytest.raises(IntegrityError, match=r"creators_feetier_\w+|basis_points"), transaction.atomic(database.alias):
        tier_in(database, schedule, from_minor, basis_points)


def test_tiers_begin_apart(database: BaseDatabaseWrapper) -> None:
    schedule = schedule_in(database)
    tier_in(database, schedule, 0, 10_000)
    tier_in(database, schedule, 1, 0)
    # SQLite names the columns.
    with pytest.raises(IntegrityError, match=r"one_from_each|schedule_id"), transaction.atomic(database.alias):
        tier_in(database, schedule, 1, 300)


def test_schedule_for_all_currencies_has_no_second_tier(database: BaseDatabaseWrapper) -> None:
    schedule = schedule_in(database, currency=ALL)
    tier_in(database, schedule, 0)
    with pytest.raises(IntegrityError, match=fee_triggers.ONE_RATE), transaction.atomic(database.alias):
        tier_in(database, schedule, 1)


@pytest.mark.parametrize(("table", "columns"), fee_triggers.TABLES.items())
def test_what_is_written_stays(database: BaseDatabaseWrapper, table: str, columns: str) -> None:
    tier_in(database, schedule_in(database))
    for column in columns.split(", "):
        refused(database, f"UPDATE {table} SET {column} = {column}", fee_triggers.STAYS)  # noqa: S608 - our own tables
    refused(database, f"DELETE FROM {table}", fee_triggers.STAYS)  # noqa: S608 - our own tables
    with database.cursor() as cursor:
        kept = {column.name for column in database.introspection.get_table_description(cursor, table)}
    assert kept - set(columns.split(", ")) == ({"created_by_id"} if table == "creators_feeschedule" else set())


@pytest.mark.postgres
@pytest.mark.django_db
def test_tables_are_not_emptied() -> None:
    from django.db import connection

    for table in fee_triggers.TABLES:
        refused(connection, f"TRUNCATE {table} CASCADE", fee_triggers.STAYS)


def test_triggers_can_be_taken_out_and_put_back(database: BaseDatabaseWrapper) -> None:
    schedule = schedule_in(database)
    fee_triggers.drop(database)
    FeeSchedule.objects.using(database.alias).filter(pk=schedule.pk).update(name="Other")
    fee_triggers.make(database)
    refused(database, "UPDATE creators_feeschedule SET name = 'Spaces'", fee_triggers.STAYS)


# --- the service ------------------------------------------------------------------------------------------------------


def test_schedule_begins_at_once(sam: User) -> None:
    before = timezone.now()
    made = begin_schedule(
        SPACES.tiers("eur"), currency="eur", valid_from=None, name=" Spaces  ", note="As agreed.", by=sam
    )
    assert before <= made.valid_from == made.created_at <= timezone.now()
    assert (made.name, made.note, made.created_by) == ("Spaces", "As agreed.", sam)
    assert FeeSchedule.objects.get().rates() == Rates(SPACES.tiers("eur"), made.valid_from, "eur", made.pk)


def test_schedule_begins_later(sam: User) -> None:
    at = timezone.now() + timedelta(days=30)
    made = begin_schedule([Tier(0, 500)], currency=ALL, valid_from=at, name="Five", note="", by=sam)
    assert FeeSchedule.objects.get().rates() == Rates((Tier(0, 500),), at, ALL, made.pk)


@pytest.mark.parametrize(
    ("tiers", "currency", "begins", "error"),
    [
        ([(0, 300)], "eur", -SECOND, FeeStartsInPastError),
        ([], "eur", SECOND, FeeTiersError),
        ([(1, 300)], "eur", SECOND, FeeTiersError),
        ([(0, 10_001)], "eur", SECOND, FeeTiersError),
        ([(0, 300), (0, 400)], "eur", SECOND, FeeTiersError),
        ([(0, 300), (1, 400)], ALL, SECOND, FeeTiersError),
    ],
)
def test_schedule_that_cannot_be(
    db: None, tiers: list[tuple[int, int]], currency: str, begins: timedelta, error: type[Exception]
) -> None:
    wanted = [Tier(*tier) for tier in tiers]
    with pytest.raises(error):
        begin_schedule(wanted, currency=currency, valid_from=timezone.now() + 60 * begins, name="Fee", note="", by=None)
    assert FeeSchedule.objects.count() == 0


def test_who_made_a_schedule_may_be_forgotten(sam: User) -> None:
    made = begin_schedule([Tier(0, 300)], currency="eur", valid_from=None, name="Fee", note="", by=sam)
    sam.delete()
    made.refresh_from_db()
    assert made.created_by is None
