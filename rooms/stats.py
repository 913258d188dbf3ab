"""What a host may know of a room: reads numbers by the minute and in all. Nobody in the audience has a name here."""

from __future__ import annotations

import statistics
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from django.db.models import Count, F, Max
from django.utils import timezone

from accounts.selectors.people import person_of
from config.lib.errors import ForbiddenError, LoginRequiredError
from config.lib.formats import lasting
from media.measured import listened_in, listened_in_rooms, talk_in, talk_of_rooms
from rooms import presence
from rooms.enums import Action, RoomState
from rooms.head_counts import HeadCount, hand_count, head_count, minute_of
from rooms.models import Attendance, ReplayListen, Room, RoomFigures, RoomMinute
from rooms.permissions import may
from rooms.selectors import role_in, room_to_enter

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date, datetime

    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User
    from media.measured import Talk

MINUTE = timedelta(minutes=1)
# Of a room that goes on for ever, the last month.
MOST_MINUTES = 31 * 24 * 60
TENTHS = 10


@dataclass
class Minute:
    """One minute. `people` and `guests` were there at its fullest; None if nobody looked."""

    at: datetime
    people: int | None = None
    guests: int | None = None
    came: int = 0
    left: int = 0
    raised: int = 0
    accepted: int = 0
    reactions: Counter[str] = field(default_factory=Counter)

    @property
    def present(self) -> int | None:
        return None if self.people is None else self.people + (self.guests or 0)


class Peak(NamedTuple):
    """How many were there at the fullest, and in which minute first."""

    present: int
    at: datetime


class Replays(NamedTuple):
    """How often replays were heard: once for each listener and day, and how many came how many tenths far."""

    listens: int
    days: list[tuple[date, int]]
    # Of each tenth of the replay, how many began to hear it.
    reached: list[int]


@dataclass
class RoomStats:
    """A room from `began` until `until`: its end or, while it is live, now. Stays are None if nobody was there."""

    room: Room
    began: datetime
    until: datetime
    minutes: list[Minute]
    people: int
    guests: int
    mean_stay_s: int | None
    median_stay_s: int | None
    talk: list[Talk]
    listened_ms: int
    replays: Replays

    @property
    def peak(self) -> Peak | None:
        seen = [minute for minute in self.minutes if minute.present]
        best = max(seen, key=lambda minute: minute.present or 0, default=None)
        return Peak(best.present or 0, best.at) if best else None

    @property
    def raised(self) -> int:
        return sum(minute.raised for minute in self.minutes)

    @property
    def accepted(self) -> int:
        return sum(minute.accepted for minute in self.minutes)

    @property
    def reactions(self) -> Counter[str]:
        return sum((minute.reactions for minute in self.minutes), Counter())

    @property
    def lasted_ms(self) -> int:
        return int((self.until - self.began).total_seconds() * 1000)

    @property
    def mean_stay_words(self) -> str:
        return stay_words(self.mean_stay_s)

    @property
    def median_stay_words(self) -> str:
        return stay_words(self.median_stay_s)

    @property
    def listened_words(self) -> str:
        return lasting(self.listened_ms / 1000)


def stay_words(seconds: int | None) -> str:
    """Return a stay in words, nothing if there was none."""
    return "" if seconds is None else lasting(seconds)


class RoomLine(NamedTuple):
    """A room in the overview; `peak` is None if nobody looked."""

    room: Room
    peak: int | None
    people: int
    guests: int
    mean_stay_s: int | None
    talked_ms: int
    listened_ms: int
    replay_listens: int

    @property
    def began(self) -> datetime:
        return self.room.began_at or self.room.created_at

    @property
    def lasted_words(self) -> str:
        return lasting(self.lasted_s)

    @property
    def mean_stay_words(self) -> str:
        return stay_words(self.mean_stay_s)

    @property
    def lasted_s(self) -> int:
        return int(((self.room.ended_at or timezone.now()) - self.began).total_seconds())


def may_see_stats(room: Room, person: User | None) -> bool:
    """Say whether somebody may see a room's figures; its host also when they no longer sit on its stage."""
    if person is not None and person.pk == room.host_id:
        return True
    return may(role_in(room, person), Action.SEE_STATS)


def room_to_count(user: User | AnonymousUser, public_id: str) -> Room:
    """Return the room if whoever asks may see its figures.

    Raises NotFoundError, EntryRefusedError, LoginRequiredError, ForbiddenError.
    """
    room, person = room_to_enter(user, public_id), person_of(user)
    if not may_see_stats(room, person):
        raise LoginRequiredError if person is None else ForbiddenError
    return room


def room_stats(room: Room) -> RoomStats:
    """Return all that is known of a room that is or was live."""
    now = timezone.now()
    began, until = room.began_at or room.created_at, room.ended_at or now
    minutes = _written_minutes(room, began, until)
    figures = RoomFigures.objects.filter(room=room).first()
    if figures is None:
        figures = _count_now(room, minutes, until)
    return RoomStats(
        room=room,
        began=began,
        until=until,
        minutes=list(minutes.values()),
        people=figures.people,
        guests=figures.guests,
        mean_stay_s=figures.mean_stay_s,
        median_stay_s=figures.median_stay_s,
        talk=talk_in(room.public_id),
        listened_ms=listened_in(room.public_id).delivered_ms,
        replays=replay_listens(room),
    )


def _written_minutes(room: Room, began: datetime, until: datetime) -> dict[datetime, Minute]:
    """Return each minute of the room with what its sources have written, added up."""
    last = minute_of(until)
    first = max(minute_of(began), last - MOST_MINUTES * MINUTE)
    minutes = {
        first + number * MINUTE: Minute(first + number * MINUTE) for number in range((last - first) // MINUTE + 1)
    }
    for row in RoomMinute.objects.filter(room=room, at__range=(first, last)).iterator(2000):
        _add(minutes[row.at], row)
    return minutes


def _add(minute: Minute, row: RoomMinute) -> None:
    if row.people is not None:
        minute.people, minute.guests = row.people, row.guests
    minute.came += row.came
    minute.left += row.left
    minute.raised += row.raised
    minute.accepted += row.accepted
    minute.reactions.update(row.reactions)


def _count_now(room: Room, minutes: dict[datetime, Minute], until: datetime) -> RoomFigures:
    """Count what nobody has summed up yet into the minutes, and return the sum, unsaved."""
    here = presence.ids_of(room.public_id) if room.state == RoomState.LIVE else set()
    count, hands = head_count(room, until=until, here=here), hand_count(room)
    for name, found in (
        ("came", count.came),
        ("left", count.left),
        ("raised", hands.raised),
        ("accepted", hands.accepted),
    ):
        for at, number in found.items():
            if at in minutes:
                setattr(minutes[at], name, number)
    return sum_of(room, count)


def sum_of(room: Room, count: HeadCount) -> RoomFigures:
    """Return a room's sum, unsaved."""
    return RoomFigures(
        room=room,
        people=count.people,
        guests=count.guests,
        mean_stay_s=round(statistics.fmean(count.stays)) if count.stays else None,
        median_stay_s=round(statistics.median(count.stays)) if count.stays else None,
    )


def replay_listens(room: Room) -> Replays:
    """Return how often the room's replays were heard, by day and by how far."""
    heard = ReplayListen.objects.filter(room=room).order_by()
    days = list(heard.values_list("day").annotate(number=Count("pk")).order_by("day"))
    tenths: Counter[int] = Counter()
    ends = heard.annotate(tenth=F("reached_ms") * TENTHS / F("length_ms")).values_list("tenth")
    for tenth, number in ends.annotate(number=Count("pk")):
        tenths[min(TENTHS - 1, int(tenth))] += number
    reached = [sum(tenths[later] for later in range(tenth, TENTHS)) for tenth in range(TENTHS)]
    return Replays(sum(number for _, number in days), days, reached)


def hosted_rooms_to_count(host_pk: int) -> list[int]:
    """Return the keys of the rooms that somebody hosts and that have begun, the latest first."""
    begun = Room.objects.filter(host=host_pk, state__in=[RoomState.LIVE, RoomState.ENDED])
    return list(begun.order_by("-created_at", "-pk").values_list("pk", flat=True))


def room_lines(keys: Collection[int]) -> list[RoomLine]:
    """Return these rooms as lines of an overview, the latest first; so many queries whatever their number."""
    rooms = list(Room.objects.filter(pk__in=keys).order_by("-created_at", "-pk"))
    figures = {one.room_id: one for one in RoomFigures.objects.filter(room__in=keys)}
    peaks = dict(
        RoomMinute.objects.filter(room__in=keys)
        .order_by()
        .values_list("room")
        .annotate(most=Max(F("people") + F("guests")))
    )
    # Of those that nobody has summed up yet, what is quickly known.
    uncounted = [key for key in keys if key not in figures]
    here = Attendance.objects.filter(room__in=uncounted).order_by().values_list("room")
    people = dict(here.annotate(number=Count("pk")))
    replays = dict(ReplayListen.objects.filter(room__in=keys).order_by().values_list("room").annotate(Count("pk")))
    talked = talk_of_rooms([room.public_id for room in rooms])
    listened = listened_in_rooms([room.public_id for room in rooms])
    return [
        RoomLine(
            room,
            peaks.get(room.pk),
            figures[room.pk].people if room.pk in figures else people.get(room.pk, 0),
            figures[room.pk].guests if room.pk in figures else 0,
            figures[room.pk].mean_stay_s if room.pk in figures else None,
            talked.get(room.public_id, 0),
            listened.get(room.public_id, 0),
            replays.get(room.pk, 0),
        )
        for room in rooms
    ]
