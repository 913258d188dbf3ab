"""Races of the ledger on PostgreSQL. Each has a control: the same without the guard, which must go wrong."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from tests.concurrency.test_rooms import at_once
from tests.ticketing.books import FEES, HELD, STRIPE, VAT, posting, write
from ticketing.errors import EntryMismatchError, LedgerBusyError
from ticketing.ledger_checks import findings
from ticketing.ledger_digests import digest_of
from ticketing.models import Account, Entry, LedgerDigest
from ticketing.services import ledger, sealing
from ticketing.services.ledger import open_accounts, post
from ticketing.services.sealing import seal_days
from ticketing.tasks import seal_ledger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ticketing.services.ledger import Posting

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

DAY = timedelta(days=1)


@contextmanager
def without_unique(table: str) -> Iterator[None]:
    """Take the unique constraints off a table, and its rows away before they come back."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE conrelid = %s::regclass AND contype = 'u'",
            [table],
        )
        found = cursor.fetchall()
        for name, _ in found:
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608 - our own tables
            cursor.execute("SET session_replication_role = DEFAULT")
            for name, definition in found:
                cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")


def attempt(*postings: Posting) -> list[Entry] | EntryMismatchError:
    try:
        return write(*postings)
    except EntryMismatchError as error:
        return error


@pytest.fixture
def together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let two who post go on only when both have their accounts."""
    both, real = threading.Barrier(2, timeout=10), ledger.open_accounts
    real([STRIPE, HELD, VAT])

    def open_both(names: Any) -> dict[str, Account]:
        found = real(names)
        both.wait()
        return found

    monkeypatch.setattr(ledger, "open_accounts", open_both)


@pytest.mark.usefixtures("together")
def test_what_two_post_at_once_is_there_once() -> None:
    one, other = at_once(*[partial(attempt, posting(10, "k"), posting(2, "l", credit=VAT))] * 2)
    assert one == other == list(Entry.objects.order_by("id"))


@pytest.mark.usefixtures("together")
def test_what_two_post_at_once_is_there_twice_without_the_unique_key() -> None:
    with without_unique("ticketing_entry"):
        at_once(*[partial(attempt, posting(10, "k"))] * 2)
        assert Entry.objects.count() == 2


@pytest.mark.usefixtures("together")
def test_of_two_who_post_different_things_under_one_key_the_second_is_told() -> None:
    outcomes = at_once(partial(attempt, posting(10, "k")), partial(attempt, posting(11, "k"), posting(1, "l")))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["EntryMismatchError", "list"]
    assert Entry.objects.filter(key="k").count() == 1
    # Whoever was second left nothing.
    first = Entry.objects.get(key="k")
    assert Entry.objects.filter(key="l").exists() is (first.amount == 11)


@pytest.mark.usefixtures("together")
def test_whoever_waits_for_one_that_fails_writes_it() -> None:
    def fail() -> None:
        with transaction.atomic():
            post(posting(10, "k"))
            msg = "no"
            raise IntegrityError(msg)

    outcomes = at_once(fail, partial(attempt, posting(10, "k")))
    assert type(outcomes[0]) is IntegrityError
    assert outcomes[1] == list(Entry.objects.all()) != []


def opened_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let two who open accounts go on only when both have seen that there are none."""
    both, real = threading.Barrier(2, timeout=10), ledger._accounts
    looks = count()

    def look(names: list[str]) -> dict[str, Account]:
        found = real(names)
        if next(looks) < 2:
            both.wait()
        return found

    monkeypatch.setattr(ledger, "_accounts", look)


def open_some(*names: str) -> list[str]:
    with transaction.atomic():
        return sorted(open_accounts(names))


def test_account_that_two_open_at_once_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    opened_together(monkeypatch)
    names = sorted([STRIPE, HELD, VAT, FEES])
    assert at_once(partial(open_some, *names), partial(open_some, *reversed(names))) == [names, names]
    assert sorted(Account.objects.values_list("name", flat=True)) == names


def test_account_that_two_open_at_once_fails_for_one_who_only_looks_first(monkeypatch: pytest.MonkeyPatch) -> None:
    opened_together(monkeypatch)
    real = Account.objects.bulk_create
    monkeypatch.setattr(Account.objects, "bulk_create", lambda rows, **_: real(rows))
    outcomes = at_once(*[partial(open_some, STRIPE)] * 2)
    assert [type(outcome) for outcome in outcomes].count(IntegrityError) == 1


@pytest.fixture
def yesterday(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let entries be of yesterday, so that they can be sealed now."""
    moment = timezone.now() - DAY
    monkeypatch.setattr(Entry._meta.get_field("at"), "_get_default", lambda: moment)


@contextmanager
def somebody_writing(key: str) -> Iterator[Callable[[], None]]:
    """Have an entry with a number, and yield what commits it."""
    drawn, go = threading.Event(), threading.Event()

    def write_slowly() -> None:
        try:
            with transaction.atomic():
                post(posting(1, key))
                drawn.set()
                go.wait(10)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write_slowly)
        drawn.wait(10)

        def commit() -> None:
            go.set()
            writing.result(10)

        try:
            yield commit
        finally:
            go.set()


@pytest.mark.usefixtures("yesterday")
def test_day_is_not_sealed_while_an_entry_with_a_lower_number_may_still_come(settings: Any) -> None:
    settings.LEDGER_SEAL_WAIT_MS = 50
    open_accounts([STRIPE, HELD])
    with somebody_writing("slow") as commit:
        write(posting(1, "fast"))
        with pytest.raises(LedgerBusyError):
            seal_days(timezone.now())
        # The job leaves it to its next run.
        seal_ledger()
        assert not LedgerDigest.objects.exists()
        commit()
    (seal,) = seal_days(timezone.now())
    assert list(Entry.objects.order_by("id").values_list("key", flat=True)) == ["slow", "fast"]
    assert (seal.entries, findings(timezone.now())) == (2, [])


def wait_for_locks(waiting: int) -> None:
    """Return once so many wait for the table of entries."""
    query = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'ticketing_entry'::regclass"
    with connection.cursor() as cursor:
        for _ in range(20_000):
            cursor.execute(query)
            if cursor.fetchone() == (waiting,):
                return
    pytest.fail(f"never {waiting} in line")


@pytest.mark.usefixtures("yesterday")
def test_day_is_sealed_when_whoever_writes_is_ready_in_time_and_those_behind_only_wait(settings: Any) -> None:
    settings.LEDGER_SEAL_WAIT_MS = 10_000
    write(posting(1, "before"))
    with somebody_writing("slow") as commit, ThreadPoolExecutor(2) as pool:
        sealing_now = pool.submit(in_thread, partial(seal_days, timezone.now()))
        wait_for_locks(1)
        behind = pool.submit(in_thread, partial(write, posting(1, "behind")))
        wait_for_locks(2)
        commit()
        (seal,) = sealing_now.result(10)
        (entry,) = behind.result(10)
    # The one behind is of yesterday too, but came after the look at the table.
    assert (seal.entries, seal.last_id < entry.pk, findings(timezone.now())) == (2, True, [])


def in_thread(call: Callable[[], Any]) -> Any:
    try:
        return call()
    finally:
        connection.close()


@pytest.mark.usefixtures("yesterday")
def test_entry_comes_into_a_sealed_day_without_the_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "_wait_for_writers", lambda: None)
    open_accounts([STRIPE, HELD])
    with somebody_writing("slow") as commit:
        write(posting(1, "fast"))
        (seal,) = seal_days(timezone.now())
        commit()
    assert seal.entries == 1
    assert findings(timezone.now()) == [
        f"The entries of {seal.day} are not those that were sealed: one was changed, added or taken away."
    ]


@pytest.mark.usefixtures("yesterday")
def test_entries_that_keep_coming_are_sealed_as_they_stay(settings: Any) -> None:
    settings.LEDGER_SEAL_WAIT_MS = 10_000
    now = timezone.now()
    write(posting(1, "first"))

    def write_many(name: str) -> None:
        for number in range(40):
            write(posting(1, f"{name}:{number}"))

    def seal_often() -> None:
        for days in range(30):
            seal_days(now + days * DAY)

    assert at_once(*(partial(write_many, name) for name in "abc"), seal_often) == [None] * 4
    seal_days(now + 31 * DAY)
    assert sum(LedgerDigest.objects.values_list("entries", flat=True)) == Entry.objects.count() == 121
    assert findings(now) == []


def seal_both(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    both, real = threading.Barrier(2, timeout=10), digest_of

    def digest(*arguments: Any) -> tuple[str, int]:
        both.wait()
        return real(*arguments)

    monkeypatch.setattr(sealing, "digest_of", digest)
    return at_once(*[partial(seal_days, timezone.now())] * 2)


@pytest.mark.usefixtures("yesterday")
def test_day_that_two_seal_at_once_has_one_seal(monkeypatch: pytest.MonkeyPatch) -> None:
    write(posting(1, "k"))
    outcomes = seal_both(monkeypatch)
    assert sorted(outcomes, key=str) == sorted([[LedgerDigest.objects.get()], []], key=str)
    assert findings(timezone.now()) == []


@pytest.mark.usefixtures("yesterday")
def test_day_that_two_seal_at_once_has_two_without_the_unique_day(monkeypatch: pytest.MonkeyPatch) -> None:
    write(posting(1, "k"))
    with without_unique("ticketing_ledgerdigest"):
        seal_both(monkeypatch)
        assert LedgerDigest.objects.count() == 2
