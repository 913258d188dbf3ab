"""Receipts from the relays' stream into the books: once, whatever comes twice, late, broken or at the same time."""

from __future__ import annotations

from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError, transaction

from config.lib.redis_clients import sync_client
from media.gateway import keys
from media.models import ListeningReceipt
from media.relay.messages import VERSION, Receipt, encode
from media.services import receipts
from media.services.receipts import MAX_MS, UNREADABLE, counts_key, drain, store
from media.tasks import drain_receipts
from tests.media.test_states import at_once

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import User

Row = tuple[str, str, int, int]
HUGE = 10**30


def receipt(
    delivered: int, confirmed: int, *, session: str = "s1", life: str = "i1", person: str = "guest:g1"
) -> Receipt:
    return Receipt(
        v=VERSION,
        relay="relay-1",
        incarnation=life,
        session=session,
        room="r1",
        person=person,
        delivered_ms=delivered,
        confirmed_ms=confirmed,
    )


def send(*found: Receipt | bytes) -> None:
    for one in found:
        sync_client().xadd(keys().receipts, {"receipt": one if isinstance(one, bytes) else encode(one)})


def books() -> list[Row]:
    rows = ListeningReceipt.objects.order_by("session_key", "relay_incarnation")
    return list(rows.values_list("session_key", "relay_incarnation", "delivered_ms", "confirmed_ms"))


def left() -> tuple[int, int]:
    """Return how many receipts wait, and how many were read and are not confirmed."""
    client: Any = sync_client()
    return client.xlen(keys().receipts), client.xpending(keys().receipts, receipts.GROUP)["pending"]


def unreadable() -> int:
    found: Any = sync_client().hget(counts_key(), UNREADABLE)
    return int(found or 0)


@pytest.mark.django_db
def test_receipts_are_written_once_and_leave_redis(maiwenn: User) -> None:
    send(receipt(1000, 900), receipt(500, 400, session="s2", person=maiwenn.public_id), receipt(2000, 1900))
    assert drain() == 3
    assert books() == [("s1", "i1", 2000, 1900), ("s2", "i1", 500, 400)]
    people = ListeningReceipt.objects.order_by("session_key").values_list("room_key", "user", "guest_key")
    assert list(people) == [("r1", None, "g1"), ("r1", maiwenn.pk, "")]
    assert left() == (0, 0)
    assert drain() == 0


@pytest.mark.django_db
def test_numbers_never_fall_whatever_the_order() -> None:
    store([receipt(2000, 1000)])
    store([receipt(1000, 900), receipt(1500, 1400)])
    store([receipt(2000, 1000)])
    assert books() == [("s1", "i1", 2000, 1400)]


@pytest.mark.django_db
def test_time_of_the_row_moves_only_with_its_numbers() -> None:
    def updated() -> datetime:
        return ListeningReceipt.objects.get().updated_at

    store([receipt(1000, 900)])
    first = updated()
    store([receipt(1000, 900)])
    assert updated() == first
    store([receipt(1001, 900)])
    assert updated() > first


@pytest.mark.django_db
def test_each_life_of_a_relay_counts_for_itself() -> None:
    store([receipt(1000, 900), receipt(10, 9, life="i2"), receipt(5, 4, session="s2", life="i2")])
    store([receipt(11, 9, life="i2"), receipt(6, 4, session="s2", life="i2")])
    assert books() == [("s1", "i1", 1000, 900), ("s1", "i2", 11, 9), ("s2", "i2", 6, 4)]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("broken", "number"),
    [
        (b"nonsense", 1),
        (b"", 1),
        (encode(receipt(1, 2)), 1),
        (encode(receipt(-1, -1)), 1),
        (encode(receipt(1, -1)), 1),
        (encode(receipt(MAX_MS - 1, 1)), 0),
        (encode(receipt(MAX_MS, 1)), 0),
        (encode(receipt(MAX_MS + 1, 1)), 1),
        (
            b'{"v":1,"relay":"a","incarnation":"i","session":"s","room":"r","person":"p","delivered_ms":%d,'
            b'"confirmed_ms":1}' % HUGE,
            1,
        ),
    ],
    ids=["words", "nothing", "more confirmed", "negative", "less than none", "below", "at", "above", "huge"],
)
def test_what_cannot_be_true_is_dropped_and_counted(broken: bytes, number: int) -> None:
    send(receipt(10, 10, session="a"), broken, receipt(20, 20, session="z"))
    sync_client().xadd(keys().receipts, {"another": "field"})
    assert drain() == 4
    assert [row for row in books() if row[0] in "az"] == [("a", "i1", 10, 10), ("z", "i1", 20, 20)]
    assert (len(books()), unreadable(), left()) == (3 - number, number + 1, (0, 0))


@pytest.mark.django_db
@pytest.mark.parametrize(("number", "waits"), [(5, 0), (6, 0), (7, 1)])
def test_one_run_reads_so_many_below_at_and_above(monkeypatch: pytest.MonkeyPatch, number: int, waits: int) -> None:
    monkeypatch.setattr(receipts, "BATCH", 2)
    monkeypatch.setattr(receipts, "BATCHES_AT_ONCE", 3)
    send(*(receipt(10, 10, session=f"s{each}") for each in range(number)))
    drain()
    assert (len(books()), left()) == (number - waits, (waits, 0))
    drain()
    assert (len(books()), left()) == (number, (0, 0))


class CrashError(Exception):
    """The job is killed."""


def crash(*_: object) -> None:
    raise CrashError


@pytest.mark.django_db
@pytest.mark.parametrize("place", ["store", "counts_key"])
def test_job_that_dies_before_or_after_the_commit_loses_nothing(monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    send(receipt(1000, 900), b"nonsense")
    with monkeypatch.context() as patch:
        patch.setattr(receipts, place, crash)
        with pytest.raises(CrashError):
            drain()
    assert left() == (2, 2)
    # Another job takes it over, but not while the first may still be at it.
    assert drain() == 0
    monkeypatch.setattr(receipts, "ABANDONED_MS", 0)
    assert drain() == 2
    assert (books(), left(), unreadable()) == ([("s1", "i1", 1000, 900)], (0, 0), 1)


@pytest.mark.django_db
def test_entry_that_was_pushed_out_while_it_waited_holds_up_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    send(receipt(1000, 900), receipt(10, 9, session="s2"))
    with monkeypatch.context() as patch:
        patch.setattr(receipts, "store", crash)
        with pytest.raises(CrashError):
            drain()
    sync_client().xtrim(keys().receipts, maxlen=1, approximate=False)
    monkeypatch.setattr(receipts, "ABANDONED_MS", 0)
    drain()
    assert (books(), left()[0]) == ([("s2", "i1", 10, 9)], 0)


@pytest.mark.django_db
def test_task_drains(maiwenn: User) -> None:
    send(receipt(1000, 900))
    drain_receipts()
    assert books() == [("s1", "i1", 1000, 900)]


@pytest.mark.django_db
def test_erased_person_leaves_the_numbers(maiwenn: User) -> None:
    store([receipt(1000, 900, person=maiwenn.public_id)])
    maiwenn.delete()
    found = ListeningReceipt.objects.get()
    assert (found.user, found.guest_key, found.delivered_ms) == (None, "", 1000)
    # The next one of that session finds nobody of that name.
    store([receipt(1100, 900, person="gone")])
    assert books() == [("s1", "i1", 1100, 900)]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"delivered_ms": 1, "confirmed_ms": 2}, "media_receipt_confirmed_was_delivered"),
        ({"guest_key": "g1"}, "media_receipt_person_or_guest"),
    ],
)
def test_impossible_row_is_refused(maiwenn: User, fields: dict[str, Any], constraint: str) -> None:
    row = {"session_key": "s1", "relay_incarnation": "i1", "room_key": "r1", "user": maiwenn}
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        ListeningReceipt.objects.create(**(row | {"delivered_ms": 2, "confirmed_ms": 1} | fields))


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_several_jobs_at_once_write_everything_once() -> None:
    send(*(receipt(step * 100 + each, step, session=f"s{each}") for step in range(1, 21) for each in range(30)))
    read = at_once(drain, drain, drain, drain)
    assert sum(read) == 600
    assert sorted(books()) == sorted((f"s{each}", "i1", 2000 + each, 20) for each in range(30))
    assert left() == (0, 0)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_jobs_with_new_sessions_in_either_order_do_not_wait_crosswise() -> None:
    names = [f"s{each:03}" for each in range(200)]
    there = [receipt(10, 10, session=name) for name in names]
    back = [receipt(20, 20, session=name) for name in reversed(names)]
    assert at_once(lambda: store(there), lambda: store(back)) == [None, None]
    assert books() == [(name, "i1", 20, 20) for name in names]


def race(monkeypatch: pytest.MonkeyPatch) -> list[Row]:
    """Let a job with a newer receipt write between the reading and the writing of one with an older."""
    store([receipt(10, 10)])
    read, written = Barrier(2), Barrier(2)
    raise_to = receipts._raise_to
    lock = receipts._locked

    def slowly(row: ListeningReceipt, news: Receipt | None) -> bool:
        changed = raise_to(row, news)
        if news is not None and news.delivered_ms == 100:
            read.wait(5)
            # Without the lock the other is through by now; with it, it waits for us.
            try:
                written.wait(1)
            except Exception:  # noqa: BLE001 - nobody came: that is what the lock is for
                written.abort()
        return changed

    def after_the_other_has_read(news: Any) -> Any:
        if any(one.delivered_ms == 200 for one in news.values()):
            read.wait(5)
        return lock(news)

    monkeypatch.setattr(receipts, "_raise_to", slowly)
    monkeypatch.setattr(receipts, "_locked", after_the_other_has_read)

    def newer() -> None:
        store([receipt(200, 200)])
        try:
            written.wait(1)
        except Exception:  # noqa: BLE001 - the other has gone on already
            written.abort()

    assert at_once(lambda: store([receipt(100, 100)]), newer) == [None, None]
    return books()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_older_receipt_does_not_undo_a_newer_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert race(monkeypatch) == [("s1", "i1", 200, 200)]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_it_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        receipts, "_locked", lambda news: ListeningReceipt.objects.filter(session_key__in=[name for name, _ in news])
    )
    assert race(monkeypatch) == [("s1", "i1", 100, 100)]
