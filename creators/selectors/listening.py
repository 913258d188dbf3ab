"""Verified listening: what of the relays' intervals counts over some days, and what does not, by whom and why."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from django.conf import settings

from accounts.models import User
from creators.minutes import FOREVER_MS, Account, Interval, Room, Rules, Verified, verify
from creators.models import ListenerExclusion
from media.models import ListeningInterval
from rooms.models import Room as RoomRow
from rooms.models import RoomLeader

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from datetime import date

# So many intervals, and those of one listener more, are in memory at a time: some tens of megabytes.
INTERVALS_AT_ONCE: Final = 50_000
_ROWS_AT_ONCE: Final = 2_000


def listening_rules() -> Rules:
    return Rules(
        gap_ms=1000 * settings.LISTENING_GAP_SECONDS,
        account_days=settings.LISTENING_ACCOUNT_DAYS,
        day_cap_s=3600 * settings.LISTENING_DAY_HOURS,
    )


def verified_in(first: date, last: date) -> Verified:
    """Return what counts from the first to the last day (UTC). What is kept longer than the intervals is not here."""
    whole = Verified()
    for part in verified_parts(first, last):
        whole.seconds.update(part.seconds)
        whole.doubted_ms.update(part.doubted_ms)
    return whole


def verified_parts(first: date, last: date) -> Iterator[Verified]:
    """Yield the same, some listeners at a time; each of them is in one part only.

    These days stand for themselves: a minute that began before them counts if it is one without that.
    """
    rooms = _Rooms()
    rules = listening_rules()
    for listeners in _listeners_at_once(_rows(first, last)):
        people = _people(listeners)
        intervals = [
            Interval(people[pk][0], room, *figures)
            for pk, rows in listeners.items()
            if pk in people
            for room, *figures in rows
        ]
        yield verify(
            intervals,
            rooms=rooms.named({interval.room for interval in intervals}),
            accounts=dict(people.values()),
            rules=rules,
        )


_Row = tuple[str, int, int, int, int]


def _rows(first: date, last: date) -> Iterator[tuple[int, _Row]]:
    """Yield the listener's number and the rest of an interval, one listener after the other."""
    touched = ListeningInterval.objects.filter(
        start_ms__gte=_ms(first), start_ms__lt=_ms(last + timedelta(days=1)), receipt__user__isnull=False
    )
    rows = touched.order_by("receipt__user_id").values_list(
        "receipt__user_id", "receipt__room_key", "start_ms", "end_ms", "delivered", "confirmed"
    )
    for user, room, start, end, delivered, confirmed in rows.iterator(_ROWS_AT_ONCE):
        yield user, (room, start, end, delivered, confirmed)


def _listeners_at_once(rows: Iterable[tuple[int, _Row]]) -> Iterator[dict[int, list[_Row]]]:
    """Yield the intervals of whole listeners, as many as may be in memory."""
    found: defaultdict[int, list[_Row]] = defaultdict(list)
    number = 0
    for user, row in rows:
        if user not in found and number >= INTERVALS_AT_ONCE:
            yield found
            found, number = defaultdict(list), 0
        found[user].append(row)
        number += 1
    if found:
        yield found


def _people(pks: Iterable[int]) -> dict[int, tuple[str, Account]]:
    """Return the public id and the account of each listener, by their number."""
    pks = list(pks)
    excluded: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    holding = ListenerExclusion.objects.filter(listener__in=pks, lifted_at=None)
    for pk, begins_at, ends_at in holding.values_list("listener", "begins_at", "ends_at"):
        excluded[pk].append((_at_ms(begins_at), FOREVER_MS if ends_at is None else _at_ms(ends_at)))
    rows = User.objects.filter(pk__in=pks).values_list("pk", "public_id", "date_joined")
    return {pk: (public_id, Account(_at_ms(joined), tuple(sorted(excluded[pk])))) for pk, public_id, joined in rows}


class _Rooms:
    """Whose each room is, and who ever led it, read once. The creator is who opened it, whoever leads it later."""

    def __init__(self) -> None:
        self._known: dict[str, Room] = {}
        self._unknown: set[str] = set()

    def named(self, keys: Collection[str]) -> dict[str, Room]:
        """Return those that exist."""
        self._read([key for key in keys if key not in self._known and key not in self._unknown])
        return {key: self._known[key] for key in keys if key in self._known}

    def _read(self, keys: list[str]) -> None:
        leaders: defaultdict[str, list[str]] = defaultdict(list)
        led = RoomLeader.objects.filter(room__public_id__in=keys).order_by("since", "pk")
        for key, person in led.values_list("room__public_id", "user__public_id"):
            leaders[key].append(person)
        for key, host in RoomRow.objects.filter(public_id__in=keys).values_list("public_id", "host__public_id"):
            people = [*leaders[key], host]
            self._known[key] = Room(people[0], frozenset(people))
        self._unknown.update(key for key in keys if key not in self._known)


def _ms(day: date) -> int:
    return _at_ms(datetime.combine(day, time(), UTC))


def _at_ms(moment: datetime) -> int:
    """Return milliseconds since 1970; whole ones, without a float."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
