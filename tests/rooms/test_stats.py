"""A room's figures: counted once whoever counts, summed up at the end, read without names."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from redis.exceptions import RedisError

from accounts.selectors.people import person_card
from config.lib.redis_clients import key, sync_client
from media.enums import MediaKind, MediaState
from media.models import ListeningReceipt, MediaSession, SpeakingReceipt
from rooms import presence
from rooms.enums import RoomState
from rooms.head_counts import hands_in
from rooms.models import Attendance, ReplayListen, Room, RoomFigures, RoomMinute
from rooms.privacy import forget_old
from rooms.services import figures, hands, stage
from rooms.services.figures import note_reactions, sample_rooms, settle, settle_due
from rooms.services.queue import clear_hands, restore_hands
from rooms.stats import Peak, Replays, hosted_rooms_to_count, room_lines, room_stats
from rooms.tasks import count_audiences, settle_figures
from tests.factories.people import UserFactory
from tests.media.test_states import at_once
from tests.rooms.planned import planned

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries

    from accounts.models import User

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def a_room(host: User, *, minutes: int | None = 10, began: datetime = NOON) -> Room:
    """Return a room that began at noon and, unless it is live, lasted so many minutes."""
    over = {} if minutes is None else {"state": RoomState.ENDED, "ended_at": began + minutes * MINUTE}
    return Room.objects.create(host=host, title="Voices", language="en", created_at=began, **over)


def there(room: Room, *spans: tuple[float, float], began: datetime = NOON) -> list[User]:
    """Let somebody be there in each span of minutes."""
    people: list[User] = UserFactory.create_batch(len(spans))
    for person, (first, last) in zip(people, spans, strict=True):
        Attendance.objects.create(
            room=room, user=person, first_seen_at=began + first * MINUTE, last_seen_at=began + last * MINUTE
        )
    return people


def guest(room: Room, name: str, first: float, last: float | None) -> None:
    gone = {} if last is None else {"gone_at": NOON + last * MINUTE, "gone_reason": "left"}
    MediaSession.objects.create(
        room_key=room.public_id,
        guest_key=name,
        kind=MediaKind.LISTEN,
        state=MediaState.CONNECTED if last is None else MediaState.GONE,
        relay="relay-1",
        relay_incarnation="i1",
        epoch=0,
        created_at=NOON,
        connected_at=NOON + first * MINUTE,
        **gone,
    )


def connected(room: Room, people: int, guests: int) -> None:
    """Let Redis know of so many."""
    redis = sync_client()
    redis.delete(key("room", room.public_id, "people"), key("room", room.public_id, "guests"))
    if people:
        redis.zadd(key("room", room.public_id, "people"), {f"p{number}": number for number in range(people)})
    if guests:
        redis.hset(key("room", room.public_id, "guests"), "web-1", str(guests))


def by_minute(room: Room, name: str) -> dict[int, Any]:
    """Return what is not nothing of a figure, by the minute of the room."""
    found = room_stats(room)
    values = {(minute.at - NOON) // MINUTE: getattr(minute, name) for minute in found.minutes}
    return {minute: value for minute, value in values.items() if value}


# --- who was there ---


@pytest.mark.django_db
def test_stays_joins_and_leaves_are_counted_by_minute(ines: User) -> None:
    room = a_room(ines)
    there(room, (0, 10), (0.5, 2.5), (1, 1), (9, 15))
    guest(room, "g1", 1, 3)
    settle(room)
    stats = room_stats(room)
    assert (stats.people, stats.guests) == (4, 1)
    # 10, 2, 0, 1 (whoever is seen after the end was there until the end) and 2 minutes.
    assert (stats.mean_stay_s, stats.median_stay_s) == (180, 120)
    assert by_minute(room, "came") == {0: 2, 1: 2, 9: 1}
    assert by_minute(room, "left") == {1: 1, 2: 1, 3: 1, 10: 2}
    assert len(stats.minutes) == 11


@pytest.mark.django_db
def test_whoever_is_still_there_has_not_left(ines: User) -> None:
    room = a_room(ines, minutes=None, began=timezone.now() - 30 * MINUTE)
    stays, gone = there(room, (0, 0), (0, 10), began=room.created_at)
    sync_client().zadd(key("room", room.public_id, "people"), {stays.public_id: 1})
    stats = room_stats(room)
    assert (stats.people, sum(minute.came for minute in stats.minutes)) == (2, 2)
    assert sum(minute.left for minute in stats.minutes) == 1
    assert stats.mean_stay_s == pytest.approx(20 * 60, abs=2)
    assert gone != stays


@pytest.mark.django_db
@pytest.mark.parametrize("settled", [False, True])
def test_room_of_nobody_has_figures(ines: User, *, settled: bool) -> None:
    room = a_room(ines, minutes=0)
    if settled:
        settle(room)
    stats = room_stats(room)
    assert (stats.people, stats.guests, stats.mean_stay_s, stats.median_stay_s) == (0, 0, None, None)
    assert (stats.peak, stats.raised, stats.reactions.total(), stats.talk, stats.listened_ms) == (None, 0, 0, [], 0)
    assert (len(stats.minutes), stats.replays) == (1, Replays(0, [], [0] * 10))


@pytest.mark.django_db
@pytest.mark.parametrize("minutes", [0, 1, 8 * 60])
def test_every_minute_of_a_room_is_there(ines: User, minutes: int) -> None:
    stats = room_stats(a_room(ines, minutes=minutes))
    assert [minute.at for minute in stats.minutes] == [NOON + number * MINUTE for number in range(minutes + 1)]


# --- how many at once ---


@pytest.mark.django_db
def test_audience_is_looked_at_and_its_fullest_moment_kept(ines: User) -> None:
    room = a_room(ines, minutes=None)
    for seconds, people, guests in ((0, 2, 0), (10, 3, 4), (20, 6, 0), (30, 1, 1), (60, 2, 1), (120, 0, 0)):
        connected(room, people, guests)
        sample_rooms(NOON + timedelta(seconds=seconds))
    found = RoomMinute.objects.order_by("at").values_list("at", "people", "guests", "source")
    assert list(found) == [
        (NOON, 3, 4, "clock"),
        (NOON + MINUTE, 2, 1, "clock"),
        (NOON + 2 * MINUTE, 0, 0, "clock"),
    ]
    assert room_stats(room).peak == Peak(7, NOON)


@pytest.mark.django_db
def test_minute_in_which_nobody_could_look_is_a_gap(ines: User, monkeypatch: pytest.MonkeyPatch) -> None:
    room = a_room(ines, minutes=2)
    connected(room, 3, 0)
    RoomMinute.objects.create(room=room, at=NOON, source="clock", people=3, guests=0)
    RoomMinute.objects.create(room=room, at=NOON + MINUTE, source="books", came=1)
    assert [minute.present for minute in room_stats(room).minutes] == [3, None, None]
    Room.objects.update(state=RoomState.LIVE, ended_at=None)

    def away(_rooms: list[str]) -> None:
        raise RedisError

    monkeypatch.setattr(presence, "exact_counts_of", away)
    count_audiences()
    assert RoomMinute.objects.filter(source="clock").count() == 1


@pytest.mark.django_db
def test_looking_costs_as_many_queries_for_one_room_as_for_three(
    ines: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in (1, 2):
        for _ in range(number):
            connected(a_room(UserFactory.create(), minutes=None), 5, 5)
        sample_rooms(NOON)
        for room in Room.objects.all():
            connected(room, 6, 6)
        with django_assert_num_queries(6):
            sample_rooms(NOON)
    assert set(RoomMinute.objects.values_list("people", "guests")) == {(6, 6)}


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_who_look_at_once_keep_the_larger_number(ines: User) -> None:
    rooms = [a_room(UserFactory.create(), minutes=None) for _ in range(5)]
    for room in rooms:
        connected(room, 4, 0)
    assert at_once(*[lambda: sample_rooms(NOON)] * 4) == [None] * 4
    assert list(RoomMinute.objects.values_list("people", flat=True)) == [4] * 5


# --- hands and reactions ---


@pytest.mark.django_db
def test_hands_are_counted_from_the_rooms_own_events(room: Room, ines: User, oliver: User, yara: User) -> None:
    hands.raise_hand(room.public_id, by=oliver)
    hands.raise_hand(room.public_id, by=oliver, reason="Something else")
    hands.raise_hand(room.public_id, by=yara)
    hands.accept_hand(room.public_id, by=ines, person_id=oliver.public_id)
    clear_hands(room.public_id, by=ines)
    restore_hands(room.public_id, by=ines)
    hands.accept_hand(room.public_id, by=ines, person_id=yara.public_id)
    stage.leave_stage(room.public_id, by=yara)
    hands.raise_hand(room.public_id, by=yara)
    hands.lower_hand(room.public_id, by=yara)
    # Asked up: no hand of theirs was up.
    hands.invite_to_stage(room.public_id, by=ines, person_id=yara.public_id)
    hands.accept_invitation(room.public_id, by=yara)
    stats = room_stats(room)
    assert (stats.raised, stats.accepted) == (3, 2)


def test_hand_that_nobody_saw_go_up_is_not_accepted() -> None:
    found = hands_in([("stage.joined", {"person": {"id": "a"}}, NOON), ("hand.lowered", {"id": "b"}, NOON)])
    assert (found.raised.total(), found.accepted.total()) == (0, 0)


@pytest.mark.django_db
def test_reactions_of_all_processes_add_up_and_none_counts_twice(ines: User) -> None:
    room = a_room(ines)
    this, other = (room.public_id, NOON), (room.public_id, NOON + MINUTE)
    note_reactions({this: {"clap": 3}}, source="web-1")
    # The same minute once more: its whole number again, as after a writing whose answer was lost.
    note_reactions({this: {"clap": 3}}, source="web-1")
    note_reactions({this: {"clap": 5, "heart": 1}, other: {"clap": 1}}, source="web-1")
    note_reactions({this: {"clap": 10}, ("unknown", NOON): {"clap": 1}}, source="web-2")
    assert room_stats(room).reactions == {"clap": 16, "heart": 1}
    assert RoomMinute.objects.count() == 3


# --- the sum ---


@pytest.mark.django_db
def test_sum_is_written_once_and_outlives_what_it_was_counted_from(ines: User) -> None:
    room = a_room(ines)
    there(room, (0, 10), (0, 4))
    before = room_stats(room)
    settle(room)
    settle(room)
    Attendance.objects.all().delete()
    after = room_stats(room)
    assert (after.people, after.mean_stay_s, after.minutes) == (before.people, before.mean_stay_s, before.minutes)
    assert (after.people, after.mean_stay_s, RoomFigures.objects.count()) == (2, 420, 1)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_several_jobs_sum_up_once(ines: User) -> None:
    room = a_room(ines)
    there(room, (0, 10), (0, 4))
    assert at_once(*[lambda: settle(room)] * 4) == [None] * 4
    assert by_minute(room, "came") == {0: 2}
    assert RoomFigures.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(("seconds", "due"), [(59, 0), (60, 1), (61, 1)])
def test_sum_waits_until_all_is_told(ines: User, seconds: int, due: int) -> None:
    room = a_room(ines)
    assert room.ended_at is not None
    a_room(UserFactory.create(), minutes=None)
    now = room.ended_at + timedelta(seconds=seconds)
    assert settle_due(now) == due
    assert settle_due(now) == 0


@pytest.mark.django_db
def test_task_sums_up_all_that_are_due(ines: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "ROOMS_AT_ONCE", 2)
    for _ in range(5):
        a_room(UserFactory.create())
    settle_figures()
    assert RoomFigures.objects.count() == 5


@pytest.mark.django_db
@pytest.mark.parametrize(
    "fields",
    [
        {"people": 1},
        {"people": 1, "mean_stay_s": 1},
        {"mean_stay_s": 1, "median_stay_s": 1},
    ],
)
def test_impossible_sum_is_refused(ines: User, fields: dict[str, int]) -> None:
    with pytest.raises(IntegrityError, match="rooms_figures_stay_of_somebody"), transaction.atomic():
        RoomFigures.objects.create(**({"room": a_room(ines), "people": 0, "guests": 0} | fields))


# --- the overview, and forgetting ---


@pytest.mark.django_db
def test_overview_has_a_line_for_each_room_that_has_begun(ines: User, oliver: User) -> None:
    first, second = a_room(ines), a_room(ines, minutes=None, began=NOON + timedelta(hours=1))
    a_room(oliver)
    planned(ines)
    there(first, (0, 10), (0, 5))
    settle(first)
    there(second, (60, 61))
    RoomMinute.objects.create(room=first, at=NOON, source="clock", people=2, guests=3)
    SpeakingReceipt.objects.create(
        session_key="s", relay_incarnation="i", room_key=first.public_id, user=ines, received_ms=9, voice_ms=5
    )
    ListeningReceipt.objects.create(
        session_key="s", relay_incarnation="i", room_key=first.public_id, delivered_ms=8, confirmed_ms=5
    )
    lines = room_lines(hosted_rooms_to_count(ines.pk))
    assert [line[1:] for line in lines] == [(None, 1, 0, None, 0, 0, 0), (5, 2, 0, 450, 5, 8, 0)]
    assert [line.room for line in lines] == [second, first]


@pytest.mark.django_db
def test_overview_costs_as_many_queries_for_one_room_as_for_three(
    ines: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in (1, 2):
        for _ in range(number):
            settle(a_room(ines))
        keys = hosted_rooms_to_count(ines.pk)
        # Nobody is left to be counted: that query is not even made.
        with django_assert_num_queries(6):
            room_lines(keys)


@pytest.mark.django_db
def test_figures_cost_as_many_queries_for_one_minute_as_for_eight_hours(
    ines: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for minutes in (1, 480):
        room = a_room(UserFactory.create(), minutes=minutes)
        for number in range(minutes):
            RoomMinute.objects.create(room=room, at=NOON + number * MINUTE, source="clock", people=number, guests=0)
        with django_assert_num_queries(9):
            room_stats(room)


@pytest.mark.django_db
@pytest.mark.parametrize(("days", "kept"), [(729, 1), (731, 0)])
def test_figures_are_forgotten_in_time_and_not_counted_again(ines: User, days: int, kept: int) -> None:
    began = timezone.now() - timedelta(days=days)
    room = a_room(ines, minutes=1, began=began)
    settle(room)
    RoomMinute.objects.create(room=room, at=began, source="clock", people=1, guests=0)
    ReplayListen.objects.create(room=room, recording="r", day=began.date(), listener="l", reached_ms=1, length_ms=2)
    forget_old(timezone.now())
    assert (RoomFigures.objects.count(), RoomMinute.objects.count(), ReplayListen.objects.count()) == (kept,) * 3
    settle_figures()
    assert RoomFigures.objects.count() == kept


@pytest.mark.django_db
def test_figures_go_with_their_host_and_name_nobody(ines: User, oliver: User) -> None:
    room = a_room(ines)
    Attendance.objects.create(room=room, user=oliver, first_seen_at=NOON, last_seen_at=NOON)
    settle(room)
    stats = room_stats(room)
    assert person_card(oliver)["id"] not in repr((stats.minutes, stats.people, stats.talk, stats.replays))
    Room.objects.filter(pk=room.pk).delete()
    assert not RoomFigures.objects.exists()
    assert not RoomMinute.objects.exists()
