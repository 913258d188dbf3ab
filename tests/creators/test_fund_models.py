"""What both databases refuse of the fund by themselves, whoever asks."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings as django_settings
from django.db import IntegrityError, connections, transaction
from django.utils import timezone

from accounts.models import User
from creators import fund_triggers
from creators.enums import MOVES, ApplicationState, FundFormula, PeriodState, ProgrammeState
from creators.fund.terms import Formula
from creators.fund_calendar import all_periods, period_days
from creators.fund_privacy import fund_parts
from creators.models import (
    Appeal,
    Application,
    Period,
    PeriodAllocation,
    PeriodShare,
    PeriodSnapshot,
    PeriodStep,
    Programme,
)
from creators.services.fund_erasing import erase_from_fund
from tests.creators.test_fund_periods import shares_of
from tests.factories.funding import first_period, joined, opened, published

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.backends.base.base import BaseDatabaseWrapper

pytestmark = pytest.mark.django_db

DIGEST = "0" * 64
MODELS = (User, Programme, Application, Period, PeriodStep, PeriodSnapshot, PeriodAllocation, PeriodShare, Appeal)


@pytest.fixture(params=["default", "sqlite"])
def database(request: pytest.FixtureRequest, db: None) -> Iterator[BaseDatabaseWrapper]:
    """Return the run's database, and then one in SQLite that has the fund's tables and triggers."""
    del db
    if request.param == "default":
        yield connections["default"]
        return
    connections.databases["sqlite"] = connections["default"].settings_dict | {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": ":memory:",
        "OPTIONS": {},
    }
    found = connections["sqlite"]
    # At once: Django's tests open connections only to the databases that they began with.
    found.connect()
    with found.schema_editor() as editor:
        for model in MODELS:
            editor.create_model(model)
    fund_triggers.make(found)
    yield found
    found.close()
    del connections["sqlite"], connections.databases["sqlite"]


class Books:
    """One row of each kind, in a database."""

    def __init__(self, database: BaseDatabaseWrapper) -> None:
        self.alias = database.alias
        self.programme = self.save(
            Programme(
                name="Spring",
                currency="eur",
                budget=100,
                total=400,
                first_day=date(2026, 11, 1),
                number_of_periods=4,
                formula=FundFormula.FLAT,
                stipend=10,
            )
        )
        self.period = self.save(
            Period(programme=self.programme, number=1, first_day=date(2026, 11, 1), last_day=date(2026, 11, 30))
        )
        self.snapshot = self.save(PeriodSnapshot(period=self.period, version=1, text="{}", digest=DIGEST))
        self.allocation = self.save(
            PeriodAllocation(snapshot=self.snapshot, text="{}", digest=DIGEST, given=0, recipients=0)
        )
        self.share = self.save(PeriodShare(allocation=self.allocation, creator_key="1" * 14, minor=0))
        self.step = self.save(PeriodStep(period=self.period, state=PeriodState.FROZEN))
        self.application = self.save(Application(programme=self.programme, person_key="1" * 14, words="I host."))
        self.appeal = self.save(Appeal(period=self.period, person_key="1" * 14, words="More."))

    def save(self, row: Any) -> Any:
        row.save(using=self.alias)
        return row

    def set(self, row: Any, **fields: Any) -> None:
        with transaction.atomic(self.alias):
            type(row).objects.using(self.alias).filter(pk=row.pk).update(**fields)


@pytest.fixture
def books(database: BaseDatabaseWrapper) -> Books:
    return Books(database)


def test_formulas_are_those_of_the_arithmetic() -> None:
    assert set(FundFormula.values) == {formula.value for formula in Formula}


@pytest.mark.parametrize(("table", "columns"), fund_triggers.FIXED.items())
def test_what_is_written_stays(books: Books, table: str, columns: str) -> None:
    for column in columns.split(", "):
        refused(books.alias, f"UPDATE {table} SET {column} = {column}")  # noqa: S608 - our own tables
    refused(books.alias, f"DELETE FROM {table}")  # noqa: S608 - our own tables


def refused(alias: str, sql: str, words: str = fund_triggers.STAYS) -> None:
    with pytest.raises(IntegrityError, match=words), transaction.atomic(alias), connections[alias].cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.postgres
def test_tables_are_not_emptied() -> None:
    for table in fund_triggers.FIXED:
        refused("default", f"TRUNCATE {table} CASCADE")


def test_only_people_can_be_forgotten(books: Books) -> None:
    rows = {"creators_periodstep": {"by_id"}, "creators_periodshare": {"person_id"}}
    with connections[books.alias].cursor() as cursor:
        for table, columns in fund_triggers.FIXED.items():
            there = {one.name for one in connections[books.alias].introspection.get_table_description(cursor, table)}
            free = {"state", "budget", "key", "appeal_until"} if table == "creators_period" else rows.get(table, set())
            assert there - set(columns.split(", ")) == free


def test_terms_stay_from_when_it_is_opened(books: Books) -> None:
    books.set(books.programme, stipend=20)
    books.set(books.programme, state=ProgrammeState.OPEN, opened_at=timezone.now())
    for column in fund_triggers.TERMS.split(", "):
        sql = f"UPDATE creators_programme SET {column} = {column}"  # noqa: S608 - our own tables
        refused(books.alias, sql, fund_triggers.TERMS_STAY)
    books.set(books.programme, name="Summer", about="For mornings.", committed=400)
    with connections[books.alias].cursor() as cursor:
        table = connections[books.alias].introspection.get_table_description(cursor, "creators_programme")
    free = {"name", "about", "state", "committed", "created_by_id", "created_at", "opened_at", "closed_at"}
    assert {one.name for one in table} - set(fund_triggers.TERMS.split(", ")) == free


def period_fields(state: str) -> dict[str, Any]:
    """Return what the constraints ask of a period at a step."""
    place = PeriodState.values.index(state)
    return {
        "state": state,
        "budget": 100 if place else None,
        "key": b"1" * 32 if 1 <= place <= 3 else None,
        "appeal_until": timezone.now() if place >= 3 else None,
    }


def test_period_goes_through_its_states_in_order(books: Books) -> None:
    for place, state in enumerate(PeriodState.values):
        if place:
            books.set(books.period, **period_fields(state))
        for other in PeriodState.values:
            if other != state and PeriodState.values.index(other) != place + 1:
                with pytest.raises(IntegrityError, match=fund_triggers.NO_WAY_BACK):
                    books.set(books.period, **period_fields(other))
    with pytest.raises(IntegrityError, match=fund_triggers.STAYS):
        books.set(books.period, budget=101)


@pytest.mark.parametrize(("before", "after"), [(a, b) for a in ApplicationState for b in ApplicationState if a != b])
def test_application_goes_forward(books: Books, before: str, after: str) -> None:
    times: dict[str, dict[str, Any]] = {
        "sent": {"reviewed_at": None, "withdrawn_at": None},
        "accepted": {"reviewed_at": timezone.now()},
        "refused": {"reviewed_at": timezone.now(), "reason": "No."},
        "withdrawn": {"withdrawn_at": timezone.now()},
    }
    if before != "sent":
        books.set(books.application, state=before, **times[before])
    if (before, after) in MOVES["creators_application"]:
        books.set(books.application, state=after, **times[after])
    else:
        with pytest.raises(IntegrityError, match=fund_triggers.NO_WAY_BACK):
            books.set(books.application, state=after, **times[after])


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"name": ""}, "has_name"),
        ({"currency": "EUR"}, "currency_as_stripe"),
        ({"budget": 0}, "budget"),
        ({"budget": 401}, "budget"),
        ({"budget": 2_147_483_648, "total": 2_147_483_648}, "budget"),
        ({"committed": 401}, "never_promises_more"),
        ({"number_of_periods": 0}, "periods"),
        ({"number_of_periods": 121}, "periods"),
        ({"formula": "other"}, "formula|stipend_if_flat"),
        ({"cadence": "day"}, "cadence"),
        ({"stipend": None}, "stipend_if_flat"),
        ({"stipend": 0}, "stipend_if_flat"),
        ({"listener_cap": 1}, "stipend_if_flat"),
        ({"formula": "pro_rata"}, "stipend_if_flat"),
        ({"opened_at": timezone.now()}, "state_has_times"),
        ({"state": "open"}, "state_has_times"),
    ],
)
def test_programme_is_refused(books: Books, fields: dict[str, Any], constraint: str) -> None:
    with pytest.raises(IntegrityError, match=f"creators_programme_({constraint})"):
        books.set(books.programme, **fields)


@pytest.mark.parametrize(
    ("row", "fields", "constraint"),
    [
        ("period", {"state": "frozen", "key": b"1"}, "frozen_has_budget"),
        ("period", {"state": "frozen", "budget": 100}, "forgets_its_key"),
        ("period", {"key": b"1"}, "forgets_its_key"),
        ("period", {"appeal_until": timezone.now()}, "can_be_appealed"),
        ("application", {"state": "accepted"}, "state_has_time"),
        ("application", {"state": "refused", "reviewed_at": timezone.now()}, "refused_has_reason"),
        ("appeal", {"state": "refused", "answered_at": timezone.now()}, "answered_has_answer"),
        ("appeal", {"answer": "Yes."}, "answered_has_answer"),
    ],
)
def test_row_is_refused(books: Books, row: str, fields: dict[str, Any], constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint):
        books.set(getattr(books, row), **fields)


def test_one_of_each(books: Books) -> None:
    twice = [
        Period(programme=books.programme, number=1, first_day=date(2026, 12, 1), last_day=date(2026, 12, 2)),
        PeriodSnapshot(period=books.period, version=1, text="", digest=DIGEST),
        PeriodAllocation(snapshot=books.snapshot, text="", digest=DIGEST, given=0, recipients=0),
        PeriodShare(allocation=books.allocation, creator_key="1" * 14, minor=1),
        Application(programme=books.programme, person_key="1" * 14, words="Again."),
        Appeal(period=books.period, person_key="1" * 14, words="Again."),
    ]
    for row in twice:
        with pytest.raises(IntegrityError), transaction.atomic(books.alias):
            books.save(row)
    with pytest.raises(IntegrityError, match="says_why"), transaction.atomic(books.alias):
        books.save(PeriodSnapshot(period=books.period, version=2, text="", digest=DIGEST))


def test_triggers_can_be_taken_out_and_put_back(books: Books) -> None:
    connections[books.alias].check_constraints()
    fund_triggers.drop(connections[books.alias])
    books.set(books.snapshot, text="other")
    connections[books.alias].check_constraints()
    fund_triggers.make(connections[books.alias])
    refused(books.alias, "UPDATE creators_periodsnapshot SET text = ''")


# --- days -------------------------------------------------------------------------------------------------------------


def test_weeks_and_months() -> None:
    assert period_days(date(2026, 11, 1), "month", 1) == (date(2026, 11, 1), date(2026, 11, 30))
    assert period_days(date(2026, 11, 1), "month", 3) == (date(2027, 1, 1), date(2027, 1, 31))
    assert period_days(date(2026, 11, 22), "week", 2) == (date(2026, 11, 29), date(2026, 12, 5))


def test_month_without_the_day_ends_at_its_last() -> None:
    found = list(all_periods(date(2027, 1, 31), "month", 3))
    assert found == [
        (date(2027, 1, 31), date(2027, 2, 27)),
        (date(2027, 2, 28), date(2027, 3, 30)),
        (date(2027, 3, 31), date(2027, 4, 29)),
    ]


# --- people -----------------------------------------------------------------------------------------------------------


def test_erased_person_leaves_sums_and_no_words(ines: User, sam: User) -> None:
    programme = opened()
    joined(programme, ines, by=sam)
    period = first_period(programme)
    published(period, by=sam)
    Appeal.objects.create(period=period, person=ines, person_key=ines.public_id, words="More.")
    for person in (ines, sam):
        erase_from_fund(person)
        erase_from_fund(person)
    application, appeal = Application.objects.get(), Appeal.objects.get()
    assert (application.person, application.words, application.reviewer) == (None, "", None)
    assert (appeal.person, appeal.words) == (None, "")
    assert PeriodShare.objects.get().person is None
    assert set(PeriodStep.objects.values_list("by", flat=True)) == {None}
    assert shares_of(period) == {ines.public_id: 1_000}
    assert "creators.services.fund_erasing.erase_from_fund" in django_settings.DATA_ERASERS


def test_copy_of_ones_data(ines: User, malo: User) -> None:
    programme = opened(name="Spring")
    for person in (ines, malo):
        joined(programme, person)
    period = first_period(programme)
    published(period)
    [part] = fund_parts(ines)
    assert part.path == "fund.json"
    content = part.data
    assert [one["programme__name"] for one in content["applications"]] == ["Spring"]
    assert [one["minor"] for one in content["shares"]] == [1_000]
    assert content["appeals"] == []
    assert "creators.fund_privacy.fund_parts" in django_settings.DATA_EXPORTERS
