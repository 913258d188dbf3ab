"""Closing the days of the ledger: each gets a range of ids that nothing can be added to any more, and a digest.

Ids are given out before the rows commit, so the highest id that one sees says nothing about lower ones. Whoever inserts
holds a lock on the table from before its id is drawn until it commits (PostgreSQL's ROW EXCLUSIVE, which every INSERT
takes by itself). Sealing asks for a lock that excludes that one: when it has it, every id that was ever drawn is
committed or will never be, and what comes later is higher. It is held for one look only; hashing comes after.
SQLite has one writer at a time, so there nothing lower can be on its way.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.db.models import Max

from ticketing.errors import LedgerBusyError
from ticketing.ledger_digests import Header, digest_of, new_salt, rows_between
from ticketing.models import Entry, LedgerDigest
from ticketing.models.ledger import NO_DIGEST

if TYPE_CHECKING:
    from datetime import date

DAY = timedelta(days=1)
# https://www.postgresql.org/docs/current/errcodes-appendix.html
LOCK_NOT_AVAILABLE = "55P03"


def seal_days(now: datetime) -> list[LedgerDigest]:
    """Seal each day (UTC) that is over and has entries or a sealed day before it; return the new seals.

    Any number of these may run at once. Raises LedgerBusyError if somebody was writing all the time; then the next run
    does it.
    """
    last = LedgerDigest.objects.order_by("-day").first()
    first_day = _first_day(last)
    today = now.astimezone(UTC).date()
    if first_day is None or first_day >= today:
        return []
    committed = _last_committed_id()
    sealed = []
    for number in range((today - first_day).days):
        last = _seal(first_day + number * DAY, last, committed)
        if last is None:
            break
        sealed.append(last)
    return sealed


def _first_day(last: LedgerDigest | None) -> date | None:
    if last is not None:
        return last.day + DAY
    first = Entry.objects.order_by("id").values_list("at", flat=True).first()
    return None if first is None else first.astimezone(UTC).date()


def _last_committed_id() -> int:
    """Return an id up to which every entry that will ever be there is committed. Raises LedgerBusyError."""
    with transaction.atomic(durable=True):
        _wait_for_writers()
        return Entry.objects.aggregate(found=Max("id"))["found"] or 0


def _wait_for_writers() -> None:
    """Wait until nobody is writing entries, and let nobody begin before the transaction ends."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        # Whoever wants to write stands in line behind us, so we do not stand there for long ourselves.
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{settings.LEDGER_SEAL_WAIT_MS}ms"])
        try:
            cursor.execute("LOCK TABLE ticketing_entry IN SHARE MODE")
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", "") != LOCK_NOT_AVAILABLE:
                raise
            raise LedgerBusyError from error


def _seal(day: date, last: LedgerDigest | None, committed: int) -> LedgerDigest | None:
    """Write a day's seal; None if somebody else was first."""
    after_id, previous = (last.last_id, last.digest) if last else (0, NO_DIGEST)
    header = Header(day, new_salt(), after_id, _last_id_of(day, after_id, committed), previous)
    digest, count = digest_of(header, rows_between(header.after_id, header.last_id))
    seal = LedgerDigest(**header._asdict(), digest=digest, entries=count)
    LedgerDigest.objects.bulk_create([seal], ignore_conflicts=True)
    return LedgerDigest.objects.filter(digest=digest).first()


def _last_id_of(day: date, after_id: int, committed: int) -> int:
    """Return the last id before the first entry of a later day.

    An entry that was written just before midnight and committed after one of the next day is sealed with that one.
    """
    midnight = datetime.combine(day + DAY, time(), UTC)
    later = Entry.objects.filter(id__gt=after_id, id__lte=committed, at__gte=midnight).order_by("id")
    first = later.values_list("id", flat=True).first()
    return max(after_id, committed if first is None else first - 1)
