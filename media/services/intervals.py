"""Write down when relays say their listeners heard something: each interval once, however often it comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from accounts.models import User
from media.models import ListeningInterval, ListeningReceipt
from media.relay.grants import is_guest
from media.relay.intervals import DAY_MS, INTERVAL_MS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from media.relay.messages import IntervalReceipt

# Year 2100: a clock that is wrong by so much is none.
_LATEST_MS = 4_102_444_800_000
_MAX_NUMBER = 2**31 - 1


def can_be_true(interval: IntervalReceipt) -> bool:
    """Say whether a relay can have measured it: of somebody with an account, on one day, within a minute."""
    return (
        not is_guest(interval.person)
        and 0 < interval.number <= _MAX_NUMBER
        and 0 < interval.start_ms < interval.end_ms <= min(interval.start_ms + INTERVAL_MS, _LATEST_MS)
        and interval.start_ms // DAY_MS == (interval.end_ms - 1) // DAY_MS
        and 0 <= interval.confirmed <= interval.delivered <= _MAX_NUMBER
    )


def store_intervals(intervals: Iterable[IntervalReceipt]) -> None:
    """Keep those that are not kept yet."""
    found = {(one.session, one.incarnation, one.number): one for one in intervals}
    if not found:
        return
    with transaction.atomic(durable=True):
        receipts = _receipts_of(found.values())
        # Sorted, so that two jobs never wait for each other crosswise.
        rows = [
            ListeningInterval(
                receipt_id=receipts[one.session, one.incarnation],
                number=one.number,
                start_ms=one.start_ms,
                end_ms=one.end_ms,
                delivered=one.delivered,
                confirmed=one.confirmed,
            )
            for _, one in sorted(found.items())
        ]
        ListeningInterval.objects.bulk_create(rows, ignore_conflicts=True, batch_size=100)


def _receipts_of(intervals: Iterable[IntervalReceipt]) -> Mapping[tuple[str, str], int]:
    """Return the numbers of the sessions' receipts; an interval may come before the first of these."""
    sessions = {(one.session, one.incarnation): one for one in intervals}
    people = User.objects.in_bulk({one.person for one in sessions.values()}, field_name="public_id")
    missing = [
        ListeningReceipt(
            session_key=session,
            relay_incarnation=incarnation,
            room_key=one.room,
            user=people.get(one.person),
            delivered_ms=0,
            confirmed_ms=0,
        )
        for (session, incarnation), one in sorted(sessions.items())
    ]
    ListeningReceipt.objects.bulk_create(missing, ignore_conflicts=True, batch_size=100)
    kept = ListeningReceipt.objects.filter(
        session_key__in={session for session, _ in sessions}, relay_incarnation__in={life for _, life in sessions}
    )
    return {(session, life): pk for session, life, pk in kept.values_list("session_key", "relay_incarnation", "pk")}
