"""What of the kept intervals counts, with real rooms, roles, accounts and exclusions."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from creators.minutes import DAY_MS, Doubt, Place, Verified
from creators.models import ListenerExclusion
from creators.selectors import listening
from creators.selectors.doubts import doubts_of
from creators.selectors.listening import listening_rules, verified_in, verified_parts
from creators.services.exclusions import exclude_listener, lift_exclusion
from media.models import ListeningInterval, ListeningReceipt
from rooms.enums import StageRole
from rooms.models import RoomLeader, StageMember
from tests.factories.people import UserFactory
from tests.factories.rooms import RoomFactory

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries
    from pytest_django.fixtures import Settings

    from accounts.models import User
    from rooms.models import Room

pytestmark = pytest.mark.django_db

DAY = date(2026, 11, 20)
NUMBER = 20_777
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
MINUTE = 60_000


@pytest.fixture(autouse=True)
def _old_accounts(ines: User, oliver: User, yara: User, malo: User) -> None:
    for person in (ines, oliver, yara, malo):
        person.date_joined = NOON - timedelta(days=100)
        person.save(update_fields=["date_joined"])


def ms(moment: datetime) -> int:
    return round(1000 * moment.timestamp())


def hear(person: User | None, room: str, minutes: int = 1, *, at: datetime = NOON, **figures: int) -> ListeningReceipt:
    """Let somebody hear a room for so many minutes, one interval each."""
    receipt = ListeningReceipt.objects.create(
        session_key=f"s{ListeningReceipt.objects.count()}",
        relay_incarnation="i1",
        room_key=room,
        user=person,
        delivered_ms=0,
        confirmed_ms=0,
    )
    ListeningInterval.objects.bulk_create(
        ListeningInterval(
            receipt=receipt,
            number=number + 1,
            start_ms=ms(at) + number * MINUTE,
            end_ms=ms(at) + (number + 1) * MINUTE,
            **({"delivered": 3000, "confirmed": 3000} | figures),
        )
        for number in range(minutes)
    )
    return receipt


def seconds() -> dict[tuple[str, str], int]:
    """Return what counts on that day, by public ids."""
    return {(place.listener, place.creator): number for place, number in verified_in(DAY, DAY).seconds.items()}


def doubted() -> dict[tuple[str, Doubt], int]:
    return dict(verified_in(DAY, DAY).doubted_ms)


def test_day_of_the_tests_is_that_day() -> None:
    assert datetime.fromtimestamp(NUMBER * DAY_MS / 1000, UTC).date() == DAY


def test_minutes_count_for_who_opened_the_room(room: Room, ines: User, oliver: User, yara: User) -> None:
    hear(oliver, room.public_id, 10)
    hear(yara, room.public_id, 2, confirmed=1500)
    assert verified_in(DAY, DAY) == Verified(
        {
            Place(oliver.public_id, ines.public_id, NUMBER): 600,
            Place(yara.public_id, ines.public_id, NUMBER): 60,
        }
    )


def test_guests_and_erased_people_are_left_out(room: Room) -> None:
    hear(None, room.public_id, 10)
    assert verified_in(DAY, DAY) == Verified()


def test_room_that_is_gone_counts_for_nobody(room: Room, oliver: User) -> None:
    hear(oliver, "gone", 10)
    assert (seconds(), doubted()) == ({}, {(oliver.public_id, Doubt.UNKNOWN_ROOM): 600_000})


@pytest.mark.parametrize("role", [StageRole.COHOST, StageRole.SPEAKER])
def test_whoever_ever_led_the_room_does_not_count_and_whoever_spoke_does(
    room: Room, ines: User, malo: User, role: StageRole
) -> None:
    if role == StageRole.COHOST:
        # Given and taken back: nothing but this is left of it.
        RoomLeader.objects.create(room=room, user=malo)
    else:
        StageMember.objects.create(room=room, user=malo, role=role)
    hear(malo, room.public_id, 10)
    hear(ines, room.public_id, 10)
    led = {(ines.public_id, Doubt.LEADS_ROOM): 600_000}
    if role == StageRole.COHOST:
        assert (seconds(), doubted()) == ({}, {(malo.public_id, Doubt.LEADS_ROOM): 600_000} | led)
    else:
        assert (seconds(), doubted()) == ({(malo.public_id, ines.public_id): 600}, led)


def test_creator_stays_who_opened_the_room_when_somebody_takes_over(
    room: Room, ines: User, malo: User, oliver: User
) -> None:
    RoomLeader.objects.create(room=room, user=malo)
    room.host = malo
    room.save(update_fields=["host"])
    hear(oliver, room.public_id, 10)
    assert seconds() == {(oliver.public_id, ines.public_id): 600}


def test_room_from_before_leaders_were_remembered_is_its_hosts(room: Room, ines: User, oliver: User) -> None:
    RoomLeader.objects.all().delete()
    hear(oliver, room.public_id, 10)
    hear(ines, room.public_id, 10)
    assert seconds() == {(oliver.public_id, ines.public_id): 600}


@pytest.mark.parametrize(("age", "counts"), [(-1, False), (0, True), (1, True)])
def test_account_below_at_and_above_its_days(room: Room, oliver: User, age: int, counts: bool) -> None:
    oliver.date_joined = NOON - timedelta(days=7, milliseconds=age)
    oliver.save(update_fields=["date_joined"])
    hear(oliver, room.public_id)
    assert bool(seconds()) is counts
    assert doubted() == ({} if counts else {(oliver.public_id, Doubt.FRESH_ACCOUNT): MINUTE})


def test_rules_are_settings(settings: Settings) -> None:
    settings.LISTENING_GAP_SECONDS, settings.LISTENING_ACCOUNT_DAYS, settings.LISTENING_DAY_HOURS = 20, 3, 2
    rules = listening_rules()
    assert (rules.gap_ms, rules.account_days, rules.day_cap_s) == (20_000, 3, 7200)


@pytest.mark.parametrize(("minutes", "counted", "over"), [(119, 7140, 0), (120, 7200, 0), (121, 7200, MINUTE)])
def test_day_below_at_and_above_its_cap(
    room: Room, ines: User, oliver: User, settings: Settings, *, minutes: int, counted: int, over: int
) -> None:
    settings.LISTENING_DAY_HOURS = 2
    hear(oliver, room.public_id, minutes, at=NOON - timedelta(hours=6))
    assert seconds() == {(oliver.public_id, ines.public_id): counted}
    assert doubted().get((oliver.public_id, Doubt.DAY_CAP), 0) == over


def test_two_rooms_at_once_count_once(room: Room, ines: User, oliver: User, malo: User) -> None:
    other = RoomFactory(host=malo)
    hear(oliver, room.public_id, 10)
    hear(oliver, other.public_id, 10, at=NOON + timedelta(minutes=1))
    assert seconds() == {(oliver.public_id, ines.public_id): 600, (oliver.public_id, malo.public_id): 60}
    assert doubted() == {(oliver.public_id, Doubt.OTHER_ROOM): 9 * MINUTE}


@pytest.mark.parametrize(
    ("begin", "end", "counted"),
    [(0, 600_000, 0), (0, None, 0), (-1, 0, 600), (60_000, 120_000, 540), (600_000, None, 600), (599_999, None, 600)],
)
def test_exclusion_holds_for_its_time(
    room: Room, ines: User, oliver: User, sam: User, *, begin: int, end: int | None, counted: int
) -> None:
    def at(offset: int) -> datetime:
        return NOON + timedelta(milliseconds=offset)

    hear(oliver, room.public_id, 10)
    exclude_listener(oliver, reason="A farm.", begins_at=at(begin), ends_at=None if end is None else at(end), by=sam)
    assert seconds() == ({(oliver.public_id, ines.public_id): counted} if counted else {})
    assert doubted().get((oliver.public_id, Doubt.EXCLUDED), 0) == 600_000 - 1000 * counted


def test_lifted_exclusion_never_held(room: Room, ines: User, oliver: User, sam: User) -> None:
    hear(oliver, room.public_id, 10)
    exclusion = exclude_listener(oliver, reason="A farm.", begins_at=NOON, ends_at=None, by=sam)
    assert seconds() == {}
    lift_exclusion(exclusion, reason="It was a school.", by=sam)
    assert seconds() == {(oliver.public_id, ines.public_id): 600}
    assert ListenerExclusion.objects.count() == 1


@pytest.mark.parametrize(
    ("at", "days"),
    [
        (NOON.replace(hour=0) - timedelta(minutes=1), [date(2026, 11, 19)]),
        (NOON.replace(hour=0), [DAY]),
        (NOON.replace(hour=23, minute=59), [DAY]),
        (NOON.replace(hour=0) + timedelta(days=1), [date(2026, 11, 21)]),
    ],
)
def test_days_begin_and_end_at_midnight(room: Room, oliver: User, at: datetime, days: list[date]) -> None:
    hear(oliver, room.public_id, at=at)
    around = [DAY + timedelta(days=offset) for offset in (-1, 0, 1)]
    assert [day for day in around if verified_in(day, day).seconds] == days
    assert len(verified_in(around[0], around[2]).seconds) == 1


@pytest.mark.parametrize(("at_once", "parts"), [(2, 3), (3, 2), (4, 2), (5, 1)])
def test_parts_hold_whole_listeners_and_agree_with_the_whole(
    monkeypatch: pytest.MonkeyPatch, room: Room, oliver: User, yara: User, malo: User, *, at_once: int, parts: int
) -> None:
    for person, minutes in ((oliver, 2), (yara, 2), (malo, 2)):
        hear(person, room.public_id, minutes)
    whole = verified_in(DAY, DAY)
    monkeypatch.setattr(listening, "INTERVALS_AT_ONCE", at_once)
    found = list(verified_parts(DAY, DAY))
    assert len(found) == parts
    people = [{place.listener for place in part.seconds} for part in found]
    assert sum(map(len, people)) == len(set().union(*people)) == 3
    assert verified_in(DAY, DAY) == whole


@pytest.mark.parametrize("number", [1, 5])
def test_queries_do_not_grow_with_listeners_and_rooms(
    django_assert_num_queries: DjangoAssertNumQueries, number: int
) -> None:
    for _ in range(number):
        listener = UserFactory(date_joined=NOON - timedelta(days=30))
        hear(listener, RoomFactory().public_id, 3)
    with django_assert_num_queries(5):
        assert len(verified_in(DAY, DAY).seconds) == number


def test_doubts_of_a_day_by_reason_and_account(room: Room, ines: User, oliver: User, yara: User, malo: User) -> None:
    other = RoomFactory(host=malo)
    hear(oliver, room.public_id, 10)
    hear(oliver, other.public_id, 10)
    hear(yara, other.public_id, 4)
    hear(yara, room.public_id, 1)
    hear(ines, room.public_id, 3)
    found = doubts_of(DAY)
    assert found.counted_ms == 14 * MINUTE
    assert {line.doubt: (line.ms, line.people) for line in found.lines} == {
        Doubt.OTHER_ROOM: (11 * MINUTE, 2),
        Doubt.LEADS_ROOM: (3 * MINUTE, 1),
    }
    assert [(each.person, each.ms, each.lines) for each in found.accounts] == [
        (oliver, 10 * MINUTE, [(Doubt.OTHER_ROOM, 10 * MINUTE)]),
        (yara, MINUTE, [(Doubt.OTHER_ROOM, MINUTE)]),
    ]
    assert found.more == 0
    assert doubts_of(DAY + timedelta(days=1)).lines == []
