"""Days of the ledger are sealed in order, each once, in a chain that anybody can compute again."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.ticketing.books import HELD, ORDER, STRIPE, posting, sale, write
from ticketing.ledger_digests import Header, Row, digest_of
from ticketing.models import Entry, LedgerDigest
from ticketing.models.ledger import NO_DIGEST
from ticketing.services.sealing import seal_days
from ticketing.tasks import seal_ledger

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that sets the clock of new entries."""

    def set_clock(moment: datetime) -> None:
        monkeypatch.setattr(Entry._meta.get_field("at"), "_get_default", lambda: moment)

    return set_clock


def ranges() -> list[tuple[date, int]]:
    return list(LedgerDigest.objects.order_by("day").values_list("day", "entries"))


def test_digest_is_what_its_description_says() -> None:
    header = Header(date(2026, 11, 20), "5a" * 16, 6, 9, NO_DIGEST)
    row = Row(7, STRIPE, HELD, 1000, "eur", "order:é:sale", 'a "memo"', ORDER, NOON + timedelta(microseconds=5))
    time = "2026-11-20T12:00:00.000005Z"
    lines = [
        f'["causerie-ledger-1","2026-11-20","{"5a" * 16}",6,9,"{NO_DIGEST}"]\n',
        f'[7,"{STRIPE}","{HELD}",1000,"eur","order:\\u00e9:sale","a \\"memo\\"","{ORDER}","{time}"]\n',
    ]
    assert digest_of(header, [row]) == (hashlib.sha256("".join(lines).encode()).hexdigest(), 1)
    assert json.loads(lines[1])[0] == 7


def test_day_is_sealed_once_it_is_over(at: Any) -> None:
    at(NOON)
    entries = write(*sale())
    assert seal_days(NOON.replace(hour=23, minute=59)) == []
    (seal,) = seal_days(NOON.replace(hour=0) + DAY)
    assert (seal.day, seal.entries, seal.after_id, seal.last_id) == (NOON.date(), 3, 0, entries[-1].pk)
    assert seal.previous == NO_DIGEST
    assert seal_days(NOON + DAY) == []


def test_each_day_has_its_own_entries_also_after_days_without_the_job(at: Any) -> None:
    for days, count in ((0, 2), (1, 1), (3, 2), (4, 1)):
        at(NOON + days * DAY)
        write(*(posting(1, f"{days}:{number}") for number in range(count)))
    seals = seal_days(NOON + 4 * DAY)
    assert ranges() == [(NOON.date() + days * DAY, count) for days, count in ((0, 2), (1, 1), (2, 0), (3, 2))]
    assert [seal.previous for seal in seals] == [NO_DIGEST, *(seal.digest for seal in seals[:-1])]
    assert [seal.after_id for seal in seals[1:]] == [seal.last_id for seal in seals[:-1]]


def test_entry_of_before_midnight_that_came_after_one_of_the_next_day_is_sealed_with_that(at: Any) -> None:
    for number, days in enumerate((0, 1, 0, 1)):
        at(NOON + days * DAY)
        write(posting(1, str(number)))
    seal_days(NOON + 2 * DAY)
    assert ranges() == [(NOON.date(), 1), (NOON.date() + DAY, 3)]


def test_quiet_days_look_like_all_others(at: Any) -> None:
    at(NOON)
    write(posting(1, "k"))
    first, quiet, other = seal_days(NOON + 3 * DAY)
    assert (quiet.entries, other.entries) == (0, 0)
    assert len({first.salt, quiet.salt, other.salt}) == 3
    assert all(len(seal.digest) == 64 for seal in (first, quiet, other))


def test_before_the_first_entry_nothing_is_sealed() -> None:
    assert seal_days(timezone.now()) == []


def test_job_seals_what_is_over(at: Any) -> None:
    at(timezone.now() - DAY)
    write(*sale())
    seal_ledger()
    seal_ledger()
    assert [count for _, count in ranges()] == [3]
