"""How a day of the ledger becomes one number: SHA-256 over its entries in a canonical form, chained to the day before.

A day is a header and its entries by id, each a JSON array on a line of its own (no spaces, ASCII, LF):

    ["causerie-ledger-1", day, salt, after_id, last_id, previous digest]
    [id, debit, credit, amount, currency, key, memo, order, time]

Accounts are names, amounts whole numbers of the currency's smallest unit, times UTC with microseconds and "Z".
Whoever holds salt and rows can compute it again; whoever holds a digest knows when a row was changed since.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from datetime import UTC
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from ticketing.models import Entry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date, datetime

FORMAT: Final = "causerie-ledger-1"
# Rows that are in memory at a time.
CHUNK: Final = 2_000


class Row(NamedTuple):
    """An entry as it is hashed, in this order."""

    id: int
    debit: str
    credit: str
    amount: int
    currency: str
    key: str
    memo: str
    order: str
    at: datetime


class Header(NamedTuple):
    """What a day's digest covers besides its rows."""

    day: date
    salt: str
    after_id: int
    last_id: int
    previous: str


def new_salt() -> str:
    """Return 128 random bits, in hexadecimal."""
    return secrets.token_hex(16)


def rows_between(after_id: int | None = None, last_id: int | None = None) -> Iterator[Row]:
    """Yield the entries in the order of their ids, a chunk in memory at a time; without bounds, all."""
    rows = Entry.objects.all() if after_id is None else Entry.objects.filter(id__gt=after_id)
    if last_id is not None:
        rows = rows.filter(id__lte=last_id)
    names = ("id", "debit__name", "credit__name", "amount", "currency", "key", "memo", "order_key", "at")
    return (Row(*values) for values in rows.order_by("id").values_list(*names).iterator(chunk_size=CHUNK))


def digest_of(header: Header, rows: Iterable[Row]) -> tuple[str, int]:
    """Return the digest, in hexadecimal, and how many rows went into it."""
    digest = hashlib.sha256(_line(FORMAT, header.day.isoformat(), *header[1:]))
    count = 0
    for row in rows:
        digest.update(_line(*row[:-1], _time(row.at)))
        count += 1
    return digest.hexdigest(), count


def _line(*values: Any) -> bytes:
    return json.dumps(values, separators=(",", ":"), ensure_ascii=True).encode("ascii") + b"\n"


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
