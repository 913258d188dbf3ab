"""Write down what relays say their listeners heard and their speakers said. Whoever reads a receipt, how often and in
which order, the books end up the same: a number there only grows, an interval is there once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import structlog
from django.db import transaction
from django.utils import timezone
from msgspec.structs import replace
from redis.exceptions import ResponseError

from accounts.models import User
from config.lib.redis_clients import key, sync_client
from media.gateway import keys
from media.models import ListeningReceipt
from media.relay.grants import GUEST
from media.relay.messages import (
    IntervalReceipt,
    MessageError,
    Receipt,
    TalkReceipt,
    decode_interval_receipt,
    decode_receipt,
    decode_talk_receipt,
)
from media.services.intervals import can_be_true, store_intervals
from media.services.talk import store_talk

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django.db.models import QuerySet

    from media.relay.messages import AnyReceipt

log = structlog.get_logger(__name__)

GROUP = "books"
# Several jobs may read at once under one name: Redis gives each new entry to one of them.
READER = "job"
BATCH = 500
BATCHES_AT_ONCE = 40
# Read but not confirmed for so long: whoever read it is gone.
ABANDONED_MS = 60_000
# No session lasts for a month; a larger number would not be a time.
MAX_MS = 31 * 24 * 3600 * 1000
# What could not be read or believed, counted over all jobs since Redis began.
UNREADABLE = "receipts_unreadable"

Entry: TypeAlias = "tuple[bytes | None, dict[bytes, bytes] | None]"
Key: TypeAlias = tuple[str, str]


def counts_key() -> str:
    return key("media", "counts")


def drain() -> int:
    """Write down what waits, up to a limit, and return how many receipts were read. Raises RedisError."""
    _make_group()
    read = _drain_abandoned()
    for _ in range(BATCHES_AT_ONCE):
        entries = _next_entries()
        read += len(entries)
        _keep(entries)
        if len(entries) < BATCH:
            break
    return read


def _make_group() -> None:
    try:
        sync_client().xgroup_create(keys().receipts, GROUP, id="0", mkstream=True)
    except ResponseError as error:
        # It is there: every time but the first.
        if not str(error).startswith("BUSYGROUP"):
            raise


def _drain_abandoned() -> int:
    """Take over what another job read and did not finish."""
    client: Any = sync_client()
    read, start = 0, b"0-0"
    for _ in range(BATCHES_AT_ONCE):
        start, entries, *_gone = client.xautoclaim(
            keys().receipts, GROUP, READER, min_idle_time=ABANDONED_MS, start_id=start, count=BATCH
        )
        read += len(entries)
        _keep(entries)
        if start == b"0-0":
            break
    return read


def _next_entries() -> list[Entry]:
    client: Any = sync_client()
    streams = client.xreadgroup(GROUP, READER, {keys().receipts: ">"}, count=BATCH)
    return list(streams[0][1]) if streams else []


def _keep(entries: list[Entry]) -> None:
    """Write the entries' receipts, then let Redis forget them: in this order, or a crash would lose them."""
    # An entry that was pushed out of the stream while it waited has no fields, in older versions no id either.
    found = [(entry_id, fields) for entry_id, fields in entries if entry_id is not None]
    if not found:
        return
    receipts = [_read(fields) for _id, fields in found]
    store(receipt for receipt in receipts if isinstance(receipt, Receipt))
    store_talk(receipt for receipt in receipts if isinstance(receipt, TalkReceipt))
    store_intervals(receipt for receipt in receipts if isinstance(receipt, IntervalReceipt))
    unreadable = receipts.count(None)
    if unreadable:
        log.warning("receipts_unreadable", number=unreadable)
    ids = [entry_id for entry_id, _fields in found]
    with sync_client().pipeline(transaction=True) as pipe:
        pipe.xack(keys().receipts, GROUP, *ids)
        pipe.xdel(keys().receipts, *ids)
        if unreadable:
            pipe.hincrby(counts_key(), UNREADABLE, unreadable)
        pipe.execute()


def _read(fields: Mapping[bytes, bytes] | None) -> AnyReceipt | None:
    """Return the receipt if it is one and can be true."""
    fields = fields or {}
    try:
        if b"talk" in fields:
            talk = decode_talk_receipt(fields[b"talk"])
            return talk if 0 <= talk.voice_ms <= talk.received_ms <= MAX_MS else None
        if b"interval" in fields:
            interval = decode_interval_receipt(fields[b"interval"])
            return interval if can_be_true(interval) else None
        receipt = decode_receipt(fields.get(b"receipt", b""))
    except MessageError:
        return None
    return receipt if 0 <= receipt.confirmed_ms <= receipt.delivered_ms <= MAX_MS else None


def store(receipts: Iterable[Receipt]) -> None:
    """Raise the numbers in the books to those of the receipts, where these are higher."""
    news = _merged(receipts)
    if not news:
        return
    with transaction.atomic(durable=True):
        _insert_missing(news)
        raised = [row for row in _locked(news) if _raise_to(row, news.get((row.session_key, row.relay_incarnation)))]
        ListeningReceipt.objects.bulk_update(raised, ["delivered_ms", "confirmed_ms", "updated_at"], batch_size=200)


def _merged(receipts: Iterable[Receipt]) -> dict[Key, Receipt]:
    """Return one receipt for each session, sorted, so that two jobs never wait for each other crosswise."""
    merged: dict[Key, Receipt] = {}
    for receipt in receipts:
        name = (receipt.session, receipt.incarnation)
        known = merged.get(name, receipt)
        merged[name] = replace(
            receipt,
            delivered_ms=max(receipt.delivered_ms, known.delivered_ms),
            confirmed_ms=max(receipt.confirmed_ms, known.confirmed_ms),
        )
    return dict(sorted(merged.items()))


def _insert_missing(news: Mapping[Key, Receipt]) -> None:
    people = User.objects.in_bulk({receipt.person for receipt in news.values()}, field_name="public_id")
    rows = [_row(receipt, people.get(receipt.person)) for receipt in news.values()]
    ListeningReceipt.objects.bulk_create(rows, ignore_conflicts=True, batch_size=100)


def _row(receipt: Receipt, user: User | None) -> ListeningReceipt:
    kind, _, guest_key = receipt.person.partition(GUEST)
    return ListeningReceipt(
        session_key=receipt.session,
        relay_incarnation=receipt.incarnation,
        room_key=receipt.room,
        user=user,
        guest_key="" if kind else guest_key,
        delivered_ms=receipt.delivered_ms,
        confirmed_ms=receipt.confirmed_ms,
    )


def _locked(news: Mapping[Key, Receipt]) -> QuerySet[ListeningReceipt]:
    """Return the rows, whose numbers nobody else changes until the transaction ends."""
    rows = ListeningReceipt.objects.filter(
        session_key__in=[session for session, _ in news], relay_incarnation__in={life for _, life in news}
    )
    return rows.select_for_update(of=("self",)).order_by("session_key", "relay_incarnation")


def _raise_to(row: ListeningReceipt, receipt: Receipt | None) -> bool:
    """Take over what is higher; return whether anything was."""
    if receipt is None:
        return False
    before = (row.delivered_ms, row.confirmed_ms)
    row.delivered_ms = max(row.delivered_ms, receipt.delivered_ms)
    row.confirmed_ms = max(row.confirmed_ms, receipt.confirmed_ms)
    row.updated_at = timezone.now()
    return (row.delivered_ms, row.confirmed_ms) != before
