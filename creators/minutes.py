"""Verified listening: what of the relay's word counts towards a creator's share. Pure rules, whole numbers.

Nothing here comes from a client's own word. An interval says how many packets the relay sent to one listener in one
room, and how many of them the listener's RTCP reports (RFC 3550 section 6.4.2) say have arrived. What of it counts:

1. the sound that arrived, never more than the interval's length: silence and loss are no listening;
2. in one room at a time: where intervals of one account overlap, the room wins in which it has listened for longer
   without a break, the other interval does not count at all; two devices in one room count once;
3. at least `unbroken_ms` of sound without a pause longer than `gap_ms`;
4. for people with an account that is old enough, who neither lead the room nor were excluded by staff;
5. at most `day_cap_s` a day (UTC, the interval's first moment says which); of more, all is cut in proportion, so that
   no creator has a better hour of the day.

What does not count is counted too, by reason, for staff to look at.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

DAY_MS: Final = 24 * 3600 * 1000
DEFAULT_CAP_S: Final = 8 * 3600
# The end of what has none.
FOREVER_MS: Final = 2**62


class Interval(NamedTuple):
    """The relay's word on one listener for a short time, in milliseconds since 1970 and packets."""

    person: str
    room: str
    start_ms: int
    end_ms: int
    delivered: int
    confirmed: int

    @property
    def length_ms(self) -> int:
        return self.end_ms - self.start_ms

    @property
    def day(self) -> int:
        """Return the UTC day, counted from 1970."""
        return self.start_ms // DAY_MS


@dataclass(frozen=True, slots=True)
class Room:
    creator: str
    # Host and co-hosts, whoever was one at any time; the creator is one of them or not.
    leaders: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Account:
    since_ms: int
    # From when until when what this account hears does not count: staff decided so, and wrote down why.
    excluded: tuple[tuple[int, int], ...] = ()

    def is_excluded_at(self, ms: int) -> bool:
        return any(begin <= ms < end for begin, end in self.excluded)


@dataclass(frozen=True, slots=True)
class Rules:
    unbroken_ms: int = 60_000
    # Not less than the longest break that the relay's intervals may hide (media.relay.intervals.BREAK_MS).
    gap_ms: int = 15_000
    # What one packet of Opus holds, as browsers send it.
    packet_ms: int = 20
    # A longer interval could hide a break.
    max_interval_ms: int = 60_000
    day_cap_s: int = DEFAULT_CAP_S
    account_days: int = 7


class Doubt(StrEnum):
    """Why a time does not count."""

    IMPOSSIBLE = "impossible"
    UNKNOWN_ROOM = "unknown_room"
    UNCONFIRMED = "unconfirmed"
    OTHER_ROOM = "other_room"
    TOO_SHORT = "too_short"
    NO_ACCOUNT = "no_account"
    EXCLUDED = "excluded"
    FRESH_ACCOUNT = "fresh_account"
    LEADS_ROOM = "leads_room"
    DAY_CAP = "day_cap"


class Place(NamedTuple):
    listener: str
    creator: str
    day: int


@dataclass(frozen=True, slots=True)
class Verified:
    """Seconds that count, by listener, creator and day; milliseconds that do not, by person and reason."""

    seconds: dict[Place, int] = field(default_factory=dict)
    doubted_ms: Counter[tuple[str, Doubt]] = field(default_factory=Counter)


class _Heard(NamedTuple):
    """An interval with the sound in it."""

    interval: Interval
    sound_ms: int


def verify(
    intervals: Iterable[Interval], *, rooms: Mapping[str, Room], accounts: Mapping[str, Account], rules: Rules
) -> Verified:
    """Return what counts of all intervals that touch a period, in whatever order they come."""
    by_person: defaultdict[str, list[Interval]] = defaultdict(list)
    for interval in intervals:
        by_person[interval.person].append(interval)
    verified = Verified()
    for person, own in sorted(by_person.items()):
        heard = _with_sound(sorted(own), rooms, rules, verified)
        heard = _unbroken(_one_room_at_a_time(heard, rules, verified), rules, verified)
        _add_days(
            person, _of_whom_it_counts(heard, rooms, accounts.get(person), rules, verified), rooms, rules, verified
        )
    return verified


def _with_sound(own: Iterable[Interval], rooms: Mapping[str, Room], rules: Rules, verified: Verified) -> list[_Heard]:
    heard = []
    for interval in own:
        sound = min(interval.length_ms, interval.confirmed * rules.packet_ms)
        if not _is_possible(interval, rules):
            _doubt(verified, interval, Doubt.IMPOSSIBLE)
        elif interval.room not in rooms:
            _doubt(verified, interval, Doubt.UNKNOWN_ROOM)
        elif sound == 0:
            _doubt(verified, interval, Doubt.UNCONFIRMED)
        else:
            heard.append(_Heard(interval, sound))
    return heard


def _is_possible(interval: Interval, rules: Rules) -> bool:
    """Say whether a relay could have measured it. How many packets there are in a second is up to who speaks."""
    return 0 < interval.length_ms <= rules.max_interval_ms and 0 <= interval.confirmed <= interval.delivered


def _one_room_at_a_time(heard: list[_Heard], rules: Rules, verified: Verified) -> list[_Heard]:
    """Drop what overlaps with a room in which the person has been for longer, or with themselves on a second device."""
    taken: list[tuple[int, int]] = []
    kept = []
    for run in sorted(_runs(heard, rules), key=lambda run: (run[0].interval.start_ms, run[0].interval.room)):
        for each in run:
            if _is_free(taken, each.interval):
                insort(taken, (each.interval.start_ms, each.interval.end_ms))
                kept.append(each)
            else:
                _doubt(verified, each.interval, Doubt.OTHER_ROOM)
    return sorted(kept)


def _is_free(taken: list[tuple[int, int]], interval: Interval) -> bool:
    """Say whether it overlaps with none of those taken, of which none overlaps with another."""
    place = bisect_left(taken, (interval.start_ms,))
    is_before_next = place == len(taken) or taken[place][0] >= interval.end_ms
    return is_before_next and (place == 0 or taken[place - 1][1] <= interval.start_ms)


def _unbroken(heard: list[_Heard], rules: Rules, verified: Verified) -> list[_Heard]:
    kept = []
    for run in _runs(heard, rules):
        if sum(each.sound_ms for each in run) >= rules.unbroken_ms:
            kept += run
        else:
            for each in run:
                _doubt(verified, each.interval, Doubt.TOO_SHORT)
    return kept


def _runs(heard: Iterable[_Heard], rules: Rules) -> Iterator[list[_Heard]]:
    """Yield what belongs together: one room, without a pause longer than the gap. Takes one person's, in order."""
    by_room: defaultdict[str, list[_Heard]] = defaultdict(list)
    for each in heard:
        by_room[each.interval.room].append(each)
    for in_room in by_room.values():
        run = [in_room[0]]
        end = run[0].interval.end_ms
        for each in in_room[1:]:
            if each.interval.start_ms - end > rules.gap_ms:
                yield run
                run = []
            run.append(each)
            end = max(end, each.interval.end_ms)
        yield run


def _of_whom_it_counts(
    heard: Iterable[_Heard], rooms: Mapping[str, Room], account: Account | None, rules: Rules, verified: Verified
) -> Iterator[_Heard]:
    for each in heard:
        if (doubt := _doubt_about(each.interval, rooms[each.interval.room], account, rules)) is None:
            yield each
        else:
            _doubt(verified, each.interval, doubt)


def _doubt_about(interval: Interval, room: Room, account: Account | None, rules: Rules) -> Doubt | None:
    if account is None:
        return Doubt.NO_ACCOUNT
    if account.is_excluded_at(interval.start_ms):
        return Doubt.EXCLUDED
    if interval.start_ms < account.since_ms + rules.account_days * DAY_MS:
        return Doubt.FRESH_ACCOUNT
    if interval.person in room.leaders or interval.person == room.creator:
        return Doubt.LEADS_ROOM
    return None


def _add_days(
    person: str, heard: Iterable[_Heard], rooms: Mapping[str, Room], rules: Rules, verified: Verified
) -> None:
    """Add up a person's days, and hold each to the cap."""
    days: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for each in heard:
        days[each.interval.day][rooms[each.interval.room].creator] += each.sound_ms
    cap = rules.day_cap_s * 1000
    for day, sounds in days.items():
        whole = sounds.total()
        if whole > cap:
            verified.doubted_ms[person, Doubt.DAY_CAP] += whole - cap
        for creator, sound in sounds.items():
            counted = sound if whole <= cap else sound * cap // whole
            if counted >= 1000:
                verified.seconds[Place(person, creator, day)] = counted // 1000


def _doubt(verified: Verified, interval: Interval, doubt: Doubt) -> None:
    verified.doubted_ms[interval.person, doubt] += max(0, interval.length_ms)
