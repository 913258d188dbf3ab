"""Reminders: each told once, at its time, to whom it concerns."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from accounts.models import Notification
from accounts.notices.kinds import kind_named, words_of
from accounts.services.block import block
from config.lib.errors import LoginRequiredError, NotFoundError
from rooms.errors import RoomBegunError, RoomEndedError
from rooms.models import RoomAlarm, RoomReminder
from rooms.services import alarms
from rooms.services.alarms import do_not_remind_me, remind_me
from rooms.services.planning import cancel_overdue, cancel_room, open_lobby, reschedule_room, start_room
from rooms.tasks import remind_of_rooms
from tests.factories.people import UserFactory
from tests.rooms.planned import pass_by, planned, soon

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings

    from accounts.models import User
    from rooms.models import Room

pytestmark = pytest.mark.django_db


def told() -> list[tuple[str, str]]:
    """Return whom what was told since the last look, in order of their handles."""
    remind_of_rooms()
    rows = list(Notification.objects.select_related("user", "actor").order_by("user__handle", "pk"))
    found = [(row.user.handle, words_of(row).title) for row in rows]
    Notification.objects.all().delete()
    return found


def pass_until(room: Room, **before: float) -> None:
    """Let time pass until so long before the room's time."""
    room.refresh_from_db()
    assert room.starts_at is not None
    pass_by(seconds=(room.starts_at - timezone.now() - timedelta(**before)).total_seconds())


def test_those_who_wait_and_the_host_are_reminded_before_and_at_the_start(ines: User, oliver: User, yara: User) -> None:
    room = planned(ines)
    remind_me(room.public_id, by=oliver)
    remind_me(room.public_id, by=oliver)
    remind_me(room.public_id, by=yara)
    do_not_remind_me(room.public_id, by=yara)
    pass_until(room, minutes=31)
    assert told() == []
    pass_until(room, minutes=29)
    assert told() == [("ines", "Your room begins soon"), ("oliver", "Inès Moreau’s room begins soon")]
    assert told() == []
    pass_until(room, seconds=-1)
    assert told() == [("ines", "It is time for your room"), ("oliver", "Inès Moreau’s room begins")]
    start_room(room.public_id, by=ines)
    assert told() == []


def test_those_who_wait_are_called_when_it_begins_early(ines: User, oliver: User) -> None:
    room = planned(ines)
    remind_me(room.public_id, by=oliver)
    start_room(room.public_id, by=ines)
    assert told() == [("oliver", "Inès Moreau’s room begins")]
    pass_by(days=1)
    assert told() == []


def test_moved_room_tells_so_and_moves_its_reminders(ines: User, oliver: User) -> None:
    room = planned(ines)
    remind_me(room.public_id, by=oliver)
    reschedule_room(room.public_id, by=ines, starts_at=soon(days=2))
    assert told() == [("oliver", "Inès Moreau has moved a room")]
    pass_by(days=1)
    assert told() == []
    pass_until(room, minutes=20)
    assert told() == [("ines", "Your room begins soon"), ("oliver", "Inès Moreau’s room begins soon")]
    reschedule_room(room.public_id, by=ines, starts_at=soon(hours=5))
    assert told() == [("oliver", "Inès Moreau has moved a room")]
    pass_until(room, minutes=20)
    assert [who for who, _ in told()] == ["ines", "oliver"]


def test_cancelled_room_tells_so_and_reminds_nobody(ines: User, oliver: User) -> None:
    room = planned(ines)
    remind_me(room.public_id, by=oliver)
    cancel_room(room.public_id, by=ines)
    assert told() == [("oliver", "Inès Moreau’s room does not take place")]
    pass_by(days=1)
    assert told() == []


def test_room_whose_host_did_not_come_tells_the_host_as_well(ines: User, oliver: User) -> None:
    room = planned(ines)
    remind_me(room.public_id, by=oliver)
    pass_by(days=2)
    cancel_overdue(room.public_id)
    assert told() == [("ines", "Your room did not take place"), ("oliver", "Inès Moreau did not come to the room")]


def test_reminder_that_a_slow_job_comes_to_too_late_is_not_told(ines: User, settings: Settings) -> None:
    settings.ROOM_NO_SHOW_MINUTES = 30
    room = planned(ines)
    pass_until(room, minutes=-31)
    assert told() == []
    assert not RoomAlarm.objects.filter(done_at=None).exists()


def test_room_planned_for_soon_reminds_at_its_start_only(ines: User) -> None:
    room = planned(ines, starts_at=timezone.now() + timedelta(minutes=20))
    assert told() == []
    pass_until(room, seconds=-1)
    assert told() == [("ines", "It is time for your room")]


@pytest.mark.parametrize("minutes", [5, 30, 45])
def test_time_before_is_a_setting(ines: User, settings: Settings, minutes: int) -> None:
    settings.ROOM_REMINDER_MINUTES = minutes
    room = planned(ines)
    pass_until(room, minutes=minutes, seconds=5)
    assert told() == []
    pass_until(room, minutes=minutes, seconds=-5)
    assert told() == [("ines", "Your room begins soon")]


def test_who_is_blocked_later_is_told_nothing(ines: User, oliver: User, yara: User) -> None:
    room = planned(ines)
    remind_me(room.public_id, by=oliver)
    block(ines, oliver)
    cancel_room(room.public_id, by=ines)
    assert told() == []
    other = planned(ines)
    with pytest.raises(NotFoundError):
        remind_me(other.public_id, by=oliver)
    with pytest.raises(LoginRequiredError):
        remind_me(other.public_id, by=None)
    assert not RoomReminder.objects.filter(room=other).exists()


def test_nobody_waits_for_what_has_begun_or_is_over(ines: User, oliver: User) -> None:
    room = planned(ines)
    start_room(room.public_id, by=ines)
    with pytest.raises(RoomBegunError):
        remind_me(room.public_id, by=oliver)
    other = planned(ines)
    cancel_room(other.public_id, by=ines)
    with pytest.raises(RoomEndedError):
        remind_me(other.public_id, by=oliver)


def test_telling_goes_on_where_a_killed_worker_ended(
    ines: User, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    monkeypatch.setattr(alarms, "TOLD_AT_ONCE", 2)
    room = planned(ines)
    people = UserFactory.create_batch(5)
    for person in people:
        remind_me(room.public_id, by=person)
    cancel_room(room.public_id, by=ines)
    assert alarms.ring_next() is True
    assert Notification.objects.count() == 2
    # As if the worker had died before its batch was written down: the same people come up again.
    RoomAlarm.objects.filter(kind="cancelled").update(told_up_to=0)
    remind_of_rooms()
    assert sorted(Notification.objects.values_list("user", flat=True)) == sorted(person.pk for person in people)


def test_words_give_the_hour_by_the_clock_of_whoever_reads(ines: User, oliver: User) -> None:
    room = planned(ines)
    remind_me(room.public_id, by=oliver)
    pass_until(room, minutes=10)
    remind_of_rooms()
    row = Notification.objects.get(user=oliver)
    with timezone.override("America/New_York"):
        west = words_of(row).text
    with timezone.override("Asia/Tokyo"):
        east = words_of(row).text
    assert west != east
    assert all(re.match(r"\d+:\d\d.*: Chess, out loud$", text) for text in (west, east))


def test_reminder_of_a_room_that_has_moved_does_not_leave(ines: User, oliver: User) -> None:
    room = planned(ines)
    remind_me(room.public_id, by=oliver)
    open_lobby(room.public_id, by=ines)
    start_room(room.public_id, by=ines)
    remind_of_rooms()
    row = Notification.objects.get(user=oliver)
    assert kind_named("reminder").holds(row) is True
    pass_by(minutes=5)
    assert kind_named("reminder").holds(row) is False
