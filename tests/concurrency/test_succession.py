"""Two processes find that a host has not come back. Each race has a control: the same without the guard."""

from __future__ import annotations

import contextlib
import threading
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from rooms.enums import StageRole
from rooms.models import Absence, Room, RoomEvent, StageMember
from rooms.services import absence, hands, succession
from tests.concurrency.test_rooms import at_once, unlocked_change
from tests.factories.people import UserFactory
from tests.factories.rooms import RoomFactory

if TYPE_CHECKING:
    from collections.abc import Callable

    from accounts.models import User

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

Deserted = tuple[Room, "list[User]"]


@pytest.fixture
def deserted() -> Deserted:
    """Return a room whose host is away, and its two co-hosts."""
    room = RoomFactory.create()
    cohosts = UserFactory.create_batch(2)
    for person in cohosts:
        StageMember.objects.create(room=room, user=person, role=StageRole.COHOST)
    Absence.objects.create(room=room, user=room.host, since=timezone.now() - timedelta(minutes=2))
    return room, cohosts


def meet(monkeypatch: pytest.MonkeyPatch, target: Any, name: str) -> None:
    """Let two go on only when both have come to this call; alone, one goes on soon."""
    both = threading.Barrier(2)
    real: Callable[..., Any] = getattr(target, name)

    def met(*given: Any, **named: Any) -> Any:
        found = real(*given, **named)
        with contextlib.suppress(threading.BrokenBarrierError):
            both.wait(1)
        return found

    monkeypatch.setattr(target, name, met)


def succeed_both(room: Room, cohosts: list[User]) -> list[object]:
    """Let two processes each see another co-host, as a co-host comes or goes between their looks."""
    now = timezone.now()
    return at_once(*(partial(succession.succeed, room, present=[one.public_id], now=now) for one in cohosts))


def told(room: Room) -> int:
    return RoomEvent.objects.filter(room=room, type="stage.host").count()


def test_one_cohost_takes_over(deserted: Deserted, monkeypatch: pytest.MonkeyPatch) -> None:
    room, cohosts = deserted
    meet(monkeypatch, succession, "_is_missing")
    assert sorted(map(str, succeed_both(room, cohosts))) == ["False", "True"]
    room.refresh_from_db()
    assert room.host in cohosts
    assert list(StageMember.objects.filter(role=StageRole.HOST).values_list("user", flat=True)) == [room.host_id]
    assert told(room) == 1


def test_without_the_lock_two_take_over(deserted: Deserted, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: only the database's own rule still stands between them."""
    room, cohosts = deserted
    monkeypatch.setattr(succession, "change_room", unlocked_change)
    meet(monkeypatch, succession, "_is_missing")
    assert sorted(type(outcome).__name__ for outcome in succeed_both(room, cohosts)) != ["bool", "bool"]


def test_whoever_comes_back_at_the_last_moment_keeps_the_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    room, person = RoomFactory.create(), UserFactory()
    hands.raise_hand(room.public_id, by=person)
    away = Absence.objects.create(room=room, user=person, since=timezone.now() - timedelta(minutes=2))
    Absence.objects.filter(pk=away.pk).delete()
    absence.give_up(room.public_id, away)
    assert [hand.user for hand in room.hands.all()] == [person]
