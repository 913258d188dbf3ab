"""Rooms that come again: on which days, how many ahead, and one or all that follow."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db.models import F
from django.utils import timezone

from config.lib.errors import ForbiddenError, NotFoundError
from config.lib.wall_clock import is_repeated, is_skipped, moment_at, wall_at
from rooms.enums import Rhythm, RoomState
from rooms.errors import TooManyPlannedError
from rooms.models import Room, RoomSeries
from rooms.services.planning import cancel_room
from rooms.services.series import (
    cancel_following,
    due_series,
    edit_following,
    end_series_of,
    reschedule_following,
    schedule_series,
    start_of,
)
from rooms.tasks import sweep_plans
from tests.rooms.planned import planned, soon

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings

    from accounts.models import User

PARIS = "Europe/Paris"


def series_of(rhythm: Rhythm, first_day: date, hour: time) -> RoomSeries:
    return RoomSeries(rhythm=rhythm, first_day=first_day, hour=hour, zone=PARIS)


def walls(series: RoomSeries, numbers: range) -> list[str]:
    return [f"{wall_at(start_of(series, number), series.zone):%m-%d %H:%M}" for number in numbers]


def weekly(host: User, **given: Any) -> Room:
    usual = {"title": "Chess", "language": "en", "starts_at": soon(days=1), "rhythm": Rhythm.WEEKLY, "zone": PARIS}
    return schedule_series(host, **{**usual, **given})


def test_month_without_that_day_has_its_last() -> None:
    series = series_of(Rhythm.MONTHLY, date(2027, 1, 31), time(20))
    assert walls(series, range(5)) == ["01-31 20:00", "02-28 20:00", "03-31 20:00", "04-30 20:00", "05-31 20:00"]


def test_hour_stays_what_it_is_when_clocks_change() -> None:
    series = series_of(Rhythm.WEEKLY, date(2027, 3, 24), time(20))
    assert walls(series, range(2)) == ["03-24 20:00", "03-31 20:00"]
    assert [start_of(series, number).hour for number in range(2)] == [19, 18]


def test_hour_that_the_clocks_skip_is_the_one_after() -> None:
    series = series_of(Rhythm.WEEKLY, date(2027, 3, 21), time(2, 30))
    assert walls(series, range(3)) == ["03-21 02:30", "03-28 03:30", "04-04 02:30"]


def test_hour_that_comes_twice_is_the_first() -> None:
    series = series_of(Rhythm.WEEKLY, date(2027, 10, 24), time(2, 30))
    assert start_of(series, 1) == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)


def test_wall_clock_knows_skipped_and_repeated_hours() -> None:
    days = date(2027, 3, 28), date(2027, 10, 31), date(2027, 6, 1)
    skipped, repeated, usual = (datetime.combine(day, time(2, 30)) for day in days)
    assert [is_skipped(wall, PARIS) for wall in (skipped, repeated, usual)] == [True, False, False]
    assert [is_repeated(wall, PARIS) for wall in (skipped, repeated, usual)] == [False, True, False]
    assert moment_at(repeated, PARIS, again=True) - moment_at(repeated, PARIS) == timedelta(hours=1)
    assert moment_at(usual, PARIS, again=True) == moment_at(usual, PARIS)


@pytest.mark.django_db
def test_series_plans_so_many_ahead_and_goes_on(ines: User, settings: Settings) -> None:
    settings.ROOM_SERIES_AHEAD = 3
    first = weekly(ines)
    assert first.starts_at is not None
    days = [(room.starts_at - first.starts_at).days for room in Room.objects.order_by("starts_at") if room.starts_at]
    assert days == [0, 7, 14]
    sweep_plans()
    assert Room.objects.count() == 3
    cancel_room(first.public_id, by=ines)
    sweep_plans()
    sweep_plans()
    assert list(Room.objects.order_by("pk").values_list("occurrence", "state")) == [
        (0, "cancelled"),
        (1, "scheduled"),
        (2, "scheduled"),
        (3, "scheduled"),
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(("days", "made"), [(13, 1), (14, 2), (15, 2)])
def test_series_keeps_to_how_far_one_may_plan(
    ines: User, settings: Settings, monkeypatch: pytest.MonkeyPatch, days: int, made: int
) -> None:
    settings.ROOM_PLAN_DAYS = days
    now = timezone.now()
    monkeypatch.setattr("django.utils.timezone.now", lambda: now)
    weekly(ines, starts_at=now + timedelta(days=7), zone="UTC")
    assert Room.objects.count() == made


@pytest.mark.django_db
def test_monthly_series_rests_until_the_next_one_is_near_enough(ines: User, monkeypatch: pytest.MonkeyPatch) -> None:
    now = timezone.now()
    monkeypatch.setattr("django.utils.timezone.now", lambda: now)
    weekly(ines, starts_at=now + timedelta(days=1), rhythm=Rhythm.MONTHLY, zone="UTC")
    series = RoomSeries.objects.get()
    assert (Room.objects.count(), series.resume_at) == (1, start_of(series, 1) - timedelta(days=30))
    assert due_series() == []
    assert series.resume_at is not None
    now = series.resume_at
    assert due_series() == [series.pk]
    sweep_plans()
    assert Room.objects.count() == 2


@pytest.mark.django_db
def test_series_keeps_to_how_many_one_may_plan(ines: User, settings: Settings) -> None:
    settings.ROOM_PLANNED_PER_HOST_LIMIT = 3
    planned(ines)
    first = weekly(ines)
    assert Room.objects.filter(state=RoomState.SCHEDULED).count() == 3
    with pytest.raises(TooManyPlannedError):
        weekly(ines)
    assert RoomSeries.objects.count() == 1
    cancel_room(first.public_id, by=ines)
    sweep_plans()
    assert Room.objects.filter(state=RoomState.SCHEDULED).count() == 3


@pytest.mark.django_db
def test_what_passed_while_nobody_could_plan_is_passed_over(ines: User) -> None:
    weekly(ines)
    Room.objects.all().delete()
    RoomSeries.objects.update(first_day=F("first_day") - timedelta(days=28), next_number=0)
    sweep_plans()
    assert list(Room.objects.order_by("pk").values_list("occurrence", flat=True)) == [4, 5, 6]


@pytest.mark.django_db
def test_following_rooms_are_cancelled_with_the_series(ines: User, oliver: User) -> None:
    weekly(ines)
    _, second, third = Room.objects.order_by("occurrence")
    with pytest.raises(ForbiddenError):
        cancel_following(second.public_id, by=oliver)
    cancel_following(second.public_id, by=ines)
    sweep_plans()
    assert list(Room.objects.order_by("occurrence").values_list("state", flat=True)) == [
        "scheduled",
        "cancelled",
        "cancelled",
    ]
    assert list(third.events.order_by("seq").values_list("type", flat=True)) == ["room.opened", "room.changed"]


@pytest.mark.django_db
def test_following_rooms_and_those_to_come_are_renamed(ines: User) -> None:
    weekly(ines)
    first, second, _ = Room.objects.order_by("occurrence")
    edit_following(second.public_id, by=ines, title="Go", description="", language="en")
    cancel_room(first.public_id, by=ines)
    sweep_plans()
    assert list(Room.objects.order_by("occurrence").values_list("title", flat=True)) == ["Chess", "Go", "Go", "Go"]


@pytest.mark.django_db
def test_following_rooms_move_and_so_do_those_to_come(ines: User) -> None:
    weekly(ines)
    first, second, _ = Room.objects.order_by("occurrence")
    assert second.starts_at is not None
    moved = second.starts_at + timedelta(days=1, hours=1)
    reschedule_following(second.public_id, by=ines, starts_at=moved, zone="UTC")
    cancel_room(first.public_id, by=ines)
    sweep_plans()
    starts = [room.starts_at for room in Room.objects.order_by("occurrence")]
    assert starts == [first.starts_at, moved, moved + timedelta(days=7), moved + timedelta(days=14)]


@pytest.mark.django_db
def test_room_of_no_series_has_none_that_follow(ines: User) -> None:
    with pytest.raises(NotFoundError):
        cancel_following(planned(ines).public_id, by=ines)


@pytest.mark.django_db
def test_ended_series_plans_no_more(ines: User) -> None:
    cancel_room(weekly(ines).public_id, by=ines)
    end_series_of(ines)
    sweep_plans()
    assert Room.objects.count() == 3
