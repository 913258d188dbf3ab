"""Intervals of listening from the relays' stream into the books: each once, for as long as a fund may ask."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from msgspec.structs import replace

from config.lib.redis_clients import sync_client
from media.gateway import keys
from media.models import ListeningInterval, ListeningReceipt
from media.privacy import expire_intervals, sound_parts
from media.relay.intervals import DAY_MS, INTERVAL_MS
from media.relay.messages import VERSION, IntervalReceipt, encode
from media.services.erasing import erase_sound
from media.services.intervals import store_intervals
from media.services.receipts import drain, store
from tests.media.test_receipts import left, receipt, unreadable
from tests.media.test_states import at_once

if TYPE_CHECKING:
    from accounts.models import User

NOON = 20_000 * DAY_MS + DAY_MS // 2
MIDNIGHT = 20_001 * DAY_MS
Row = tuple[str, int, int, int, int, int]


def interval(listener: User, number: int = 1, **changes: Any) -> IntervalReceipt:
    start = NOON + (number - 1) * INTERVAL_MS
    fields: dict[str, Any] = {
        "v": VERSION,
        "relay": "relay-1",
        "incarnation": "i1",
        "session": "s1",
        "room": "r1",
        "person": listener.public_id,
        "number": number,
        "start_ms": start,
        "end_ms": start + INTERVAL_MS,
        "delivered": 3000,
        "confirmed": 2900,
    }
    return IntervalReceipt(**(fields | changes))


def send(*found: IntervalReceipt | bytes) -> None:
    for one in found:
        sync_client().xadd(keys().receipts, {"interval": one if isinstance(one, bytes) else encode(one)})


def books() -> list[Row]:
    rows = ListeningInterval.objects.order_by("receipt__session_key", "receipt__relay_incarnation", "number")
    return list(rows.values_list("receipt__session_key", "number", "start_ms", "end_ms", "delivered", "confirmed"))


def row(number: int, session: str = "s1") -> Row:
    start = NOON + (number - 1) * INTERVAL_MS
    return (session, number, start, start + INTERVAL_MS, 3000, 2900)


@pytest.mark.django_db
def test_intervals_are_written_once_however_often_they_come(maiwenn: User) -> None:
    send(interval(maiwenn), interval(maiwenn, 2), interval(maiwenn))
    assert drain() == 3
    send(interval(maiwenn, 2, confirmed=1), interval(maiwenn, 3))
    assert drain() == 2
    assert books() == [row(1), row(2), row(3)]
    assert left() == (0, 0)


@pytest.mark.django_db
def test_interval_leans_on_its_sessions_receipt_whichever_comes_first(maiwenn: User) -> None:
    person = maiwenn.public_id
    store([receipt(1000, 900, session="before", person=person)])
    store_intervals([interval(maiwenn, session="before"), interval(maiwenn, session="after")])
    store([receipt(2000, 1900, session="after", person=person)])
    found = ListeningReceipt.objects.order_by("pk").values_list("session_key", "user", "room_key", "delivered_ms")
    assert list(found) == [("before", maiwenn.pk, "r1", 1000), ("after", maiwenn.pk, "r1", 2000)]
    assert books() == [row(1, "after"), row(1, "before")]


@pytest.mark.django_db
def test_each_life_of_a_relay_counts_for_itself(maiwenn: User) -> None:
    store_intervals([interval(maiwenn), interval(maiwenn, incarnation="i2")])
    assert books() == [row(1), row(1)]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "kept"),
    [
        ({}, True),
        ({"number": 0}, False),
        ({"number": 2**31 - 1}, True),
        ({"number": 2**31}, False),
        ({"end_ms": NOON}, False),
        ({"end_ms": NOON + 1}, True),
        ({"end_ms": NOON + INTERVAL_MS + 1}, False),
        ({"start_ms": 0, "end_ms": 1}, False),
        ({"start_ms": 10**14, "end_ms": 10**14 + 1}, False),
        ({"start_ms": MIDNIGHT - 1, "end_ms": MIDNIGHT}, True),
        ({"start_ms": MIDNIGHT - 1, "end_ms": MIDNIGHT + 1}, False),
        ({"confirmed": 3000}, True),
        ({"confirmed": 3001}, False),
        ({"confirmed": -1}, False),
        ({"delivered": 2**31, "confirmed": 1}, False),
        ({"person": "guest:g1"}, False),
    ],
)
def test_what_cannot_be_true_is_dropped_and_counted(maiwenn: User, changes: dict[str, Any], kept: bool) -> None:
    send(encode(replace(interval(maiwenn), **changes)), interval(maiwenn, session="z"))
    drain()
    assert (len(books()), unreadable(), left()) == (1 + kept, 1 - kept, (0, 0))


@pytest.mark.django_db
@pytest.mark.parametrize("broken", [b"", b"nonsense", b"{}", encode(receipt(1, 1))])
def test_what_is_no_interval_is_dropped_and_counted(broken: bytes) -> None:
    send(broken)
    drain()
    assert (books(), unreadable()) == ([], 1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"confirmed": 11}, "media_interval_confirmed_was_delivered"),
        ({"end_ms": NOON}, "media_interval_within_a_minute"),
        ({"end_ms": NOON + INTERVAL_MS + 1}, "media_interval_within_a_minute"),
    ],
)
def test_impossible_row_is_refused(maiwenn: User, changes: dict[str, int], constraint: str) -> None:
    store([receipt(1000, 900, person=maiwenn.public_id)])
    good = {"number": 1, "start_ms": NOON, "end_ms": NOON + INTERVAL_MS, "delivered": 10, "confirmed": 10}
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        ListeningInterval.objects.create(receipt=ListeningReceipt.objects.get(), **(good | changes))


@pytest.mark.django_db
@pytest.mark.parametrize(("age_ms", "kept"), [(-1, True), (0, True), (1, False)])
def test_intervals_are_forgotten_after_their_time(maiwenn: User, age_ms: int, kept: bool) -> None:
    now = timezone.now().replace(hour=12, minute=0, second=0, microsecond=0)
    begin = round(1000 * (now - timedelta(days=120)).timestamp()) - age_ms
    store_intervals([interval(maiwenn, start_ms=begin, end_ms=begin + 1000)])
    expire_intervals(now)
    assert len(books()) == kept
    # What was heard in all is kept.
    assert ListeningReceipt.objects.count() == 1


@pytest.mark.django_db
def test_copy_says_when_one_listened(maiwenn: User, oliver: User) -> None:
    store_intervals([interval(maiwenn), interval(oliver, session="s2")])
    (part,) = [part for part in sound_parts(maiwenn) if part.path == "sound.json"]
    assert part.data["listened_when"] == [
        {"room_key": "r1", "start_ms": NOON, "end_ms": NOON + INTERVAL_MS, "delivered": 3000, "confirmed": 2900}
    ]


@pytest.mark.django_db
def test_erased_person_is_in_no_interval(maiwenn: User) -> None:
    store_intervals([interval(maiwenn)])
    erase_sound(maiwenn)
    found = ListeningInterval.objects.select_related("receipt").get()
    assert (found.receipt.user, found.number) == (None, 1)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_several_jobs_at_once_write_everything_once(maiwenn: User) -> None:
    send(*(interval(maiwenn, number, session=f"s{each}") for number in (1, 2, 1) for each in range(30)))
    assert sum(at_once(drain, drain, drain, drain)) == 90
    assert len(books()) == 60
    assert left() == (0, 0)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_jobs_with_the_same_in_either_order_do_not_wait_crosswise(maiwenn: User) -> None:
    names = [f"s{each:03}" for each in range(200)]
    there = [interval(maiwenn, session=name) for name in names]
    back = [interval(maiwenn, session=name) for name in reversed(names)]
    assert at_once(lambda: store_intervals(there), lambda: store_intervals(back)) == [None, None]
    assert [name for name, *_ in books()] == names
