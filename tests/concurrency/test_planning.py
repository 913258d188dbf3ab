"""Races of planned rooms on PostgreSQL. Each has a control: the same without the guard, which must go wrong."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from django.db import transaction

from accounts.models import Notification, User
from rooms import events
from rooms.enums import AlarmKind, Rhythm, RoomState
from rooms.errors import RoomBegunError, RoomEndedError, TooManyPlannedError, TooManyRoomsError
from rooms.models import Room, RoomAlarm
from rooms.selectors import events_after
from rooms.services import alarms, lifecycle, planning, series
from tests.concurrency.test_rooms import at_once
from tests.factories.people import UserFactory
from tests.rooms.planned import planned, soon

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rooms.events import RoomChange

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def wait_for_both(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take every lock away from changes of rooms, and let both read before either writes."""
    ready = threading.Barrier(2, timeout=10)

    @contextmanager
    def unlocked(
        room_id: str, *, by: User | None, showing: str | None = None, live: bool = True
    ) -> Iterator[RoomChange]:
        del showing, live
        with transaction.atomic():
            change = events.RoomChange(Room.objects.get(public_id=room_id), by, by)
            ready.wait()
            yield change

    monkeypatch.setattr(planning, "change_room", unlocked)
    # Without the number under lock the second event would be refused; here it is the states that count.
    monkeypatch.setattr(events.RoomChange, "record", lambda *_: None)


def test_room_is_started_or_cancelled_but_never_both() -> None:
    room = planned(UserFactory())
    outcomes = at_once(
        partial(planning.start_room, room.public_id, by=room.host),
        partial(planning.cancel_room, room.public_id, by=room.host),
    )
    room.refresh_from_db()
    if room.state == RoomState.LIVE:
        assert [type(outcome) for outcome in outcomes] == [type(None), RoomBegunError]
    else:
        assert (type(outcomes[0]), outcomes[1], room.state) == (RoomEndedError, True, RoomState.CANCELLED)
    assert [event["seq"] for event in events_after(room.public_id, 0)] == [1, 2]


def test_without_the_lock_a_room_is_started_and_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    room = planned(UserFactory())
    wait_for_both(monkeypatch)
    outcomes = at_once(
        partial(planning.start_room, room.public_id, by=room.host),
        partial(planning.cancel_room, room.public_id, by=room.host),
    )
    # Both believe that they did it, unless the database's own constraints stop one of them.
    assert not any(isinstance(outcome, RoomBegunError | RoomEndedError) for outcome in outcomes)


def test_only_one_of_two_rooms_of_a_host_is_opened() -> None:
    host = UserFactory()
    rooms = [planned(host), planned(host)]
    outcomes = at_once(*(partial(planning.open_lobby, room.public_id, by=host) for room in rooms))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["NoneType", TooManyRoomsError.__name__]
    assert Room.objects.filter(state=RoomState.OPEN).count() == 1


def test_without_the_lock_both_rooms_of_a_host_are_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    host = UserFactory()
    rooms = [planned(host), planned(host)]
    wait_for_both(monkeypatch)
    counted, check = threading.Barrier(2, timeout=10), lifecycle.check_running

    def check_together(person: User, *, but: Room) -> None:
        check(person, but=but)
        counted.wait()

    monkeypatch.setattr(planning, "check_running", check_together)
    outcomes = at_once(*(partial(planning.open_lobby, room.public_id, by=host) for room in rooms))
    assert outcomes == [None, None]
    assert Room.objects.filter(state=RoomState.OPEN).count() == 2


def test_room_that_two_windows_open_is_opened_once() -> None:
    room = planned(UserFactory())
    outcomes = at_once(*[partial(planning.open_lobby, room.public_id, by=room.host)] * 2)
    assert outcomes == [None, None]
    assert [event["seq"] for event in events_after(room.public_id, 0)] == [1, 2]


def test_limit_of_planned_rooms_holds_when_many_are_planned_at_once(settings: Any) -> None:
    settings.ROOM_PLANNED_PER_HOST_LIMIT = 10
    host = UserFactory()
    for _ in range(9):
        planned(host)
    outcomes = at_once(*[partial(planned, host)] * 4)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Room"] + [TooManyPlannedError.__name__] * 3
    assert planning.planned_count(host) == 10


def test_without_the_lock_more_are_planned_than_may(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.ROOM_PLANNED_PER_HOST_LIMIT = 1
    host = UserFactory()
    ready = threading.Barrier(2, timeout=10)
    count = planning.planned_count

    def count_together(person: User) -> int:
        counted = count(person)
        ready.wait()
        return counted

    monkeypatch.setattr(planning, "planned_count", count_together)
    monkeypatch.setattr(User.objects, "select_for_update", lambda **_: User.objects.all())
    at_once(*[partial(planned, host)] * 2)
    assert count(host) == 2


def test_series_that_two_jobs_continue_gets_each_room_once() -> None:
    first = series.schedule_series(
        UserFactory(), title="T", language="en", starts_at=soon(days=1), rhythm=Rhythm.WEEKLY, zone="UTC"
    )
    planning.cancel_room(first.public_id, by=first.host)
    assert first.series is not None
    outcomes = at_once(*[partial(series.plan_next, first.series.pk)] * 3)
    assert outcomes == [None] * 3
    assert list(first.series.rooms.order_by("occurrence").values_list("occurrence", flat=True)) == [0, 1, 2, 3]


def test_alarm_that_two_jobs_come_to_is_told_once() -> None:
    room = planned(UserFactory())
    people = UserFactory.create_batch(6)
    for person in people:
        alarms.remind_me(room.public_id, by=person)
    planning.cancel_room(room.public_id, by=room.host)
    at_once(*[alarms.ring_next] * 3)
    while alarms.ring_next():
        pass
    assert Notification.objects.count() == 6
    assert RoomAlarm.objects.get(room=room, kind=AlarmKind.CANCELLED).done_at is not None
