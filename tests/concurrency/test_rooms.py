"""Races on PostgreSQL. Each has a control: the same without the guard, which must go wrong."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError, OperationalError, close_old_connections, connection, transaction

from accounts.models import User
from config.lib.errors import DomainError
from rooms import events
from rooms.models import RaisedHand, Room, RoomEvent, StageMember
from rooms.selectors import events_after, room_snapshot
from rooms.services import hands, lifecycle
from rooms.services.people import person_changed
from rooms.state import apply
from tests.factories.people import UserFactory
from tests.factories.rooms import RoomFactory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rooms.events import RoomChange

NearlyFull = tuple[Room, "list[User]"]

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def at_once(*calls: Callable[[], object]) -> list[object]:
    """Run the calls in threads that start together; return what each returned or raised."""
    start = threading.Barrier(len(calls))

    def run(call: Callable[[], object]) -> object:
        close_old_connections()
        start.wait()
        try:
            return call()
        except (DomainError, IntegrityError, OperationalError) as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


@contextmanager
def unlocked_change(
    room_id: str, *, by: User | None, showing: str | None = None, live: bool = True, lobby: bool = False
) -> Iterator[RoomChange]:
    """change_room without locks."""
    del live, lobby
    with transaction.atomic():
        person = User.objects.get(public_id=showing) if showing is not None else None
        change = events.RoomChange(Room.objects.get(public_id=room_id), by, person)
        yield change
        change.write()


def write_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let two write to the stage only when both have looked at it."""
    both_looked = threading.Barrier(2)
    real = StageMember.objects.create

    def create(**fields: Any) -> StageMember:
        both_looked.wait(10)
        return real(**fields)

    monkeypatch.setattr(StageMember.objects, "create", create)


@pytest.fixture
def nearly_full() -> NearlyFull:
    """Return a room with twelve on the stage and two hands up."""
    room = RoomFactory.create()
    for person in UserFactory.create_batch(11):
        StageMember.objects.create(room=room, user=person, role="speaker")
    waiting = UserFactory.create_batch(2)
    for person in waiting:
        hands.raise_hand(room.public_id, by=person)
    return room, waiting


def accept_both(room: Room, waiting: list[User]) -> list[object]:
    return at_once(*(partial(hands.accept_hand, room.public_id, by=room.host, person_id=p.public_id) for p in waiting))


def test_fourteenth_person_does_not_get_up(nearly_full: NearlyFull) -> None:
    room, waiting = nearly_full
    outcomes = accept_both(room, waiting)
    assert sorted(getattr(outcome, "code", "up") for outcome in outcomes) == ["stage_full", "up"]
    assert StageMember.objects.filter(room=room).count() == 13
    assert RaisedHand.objects.filter(room=room).count() == 1


def test_fourteenth_person_gets_up_without_the_lock(nearly_full: NearlyFull, monkeypatch: pytest.MonkeyPatch) -> None:
    room, waiting = nearly_full
    monkeypatch.setattr(hands, "change_room", unlocked_change)
    write_together(monkeypatch)
    # Without the numbers' constraint too, which would stop the second writer for another reason.
    monkeypatch.setattr(events.RoomChange, "write", lambda _: None)
    accept_both(room, waiting)
    assert StageMember.objects.filter(room=room).count() == 14


def test_hand_accepted_by_two_hosts_comes_up_once(nearly_full: NearlyFull) -> None:
    room, (person, _) = nearly_full
    cohost = StageMember.objects.filter(room=room, role="speaker")[0]
    cohost.role = "cohost"
    cohost.save()
    outcomes = at_once(
        lambda: hands.accept_hand(room.public_id, by=room.host, person_id=person.public_id),
        lambda: hands.accept_hand(room.public_id, by=cohost.user, person_id=person.public_id),
    )
    assert outcomes == [None, None]
    assert StageMember.objects.filter(room=room, user=person).count() == 1
    assert RoomEvent.objects.filter(room=room, type="stage.joined").count() == 1


def test_hand_accepted_by_two_hosts_fails_without_the_lock(
    nearly_full: NearlyFull, monkeypatch: pytest.MonkeyPatch
) -> None:
    room, (person, _) = nearly_full
    monkeypatch.setattr(hands, "change_room", unlocked_change)
    write_together(monkeypatch)
    outcomes = at_once(
        *[lambda: hands.accept_hand(room.public_id, by=room.host, person_id=person.public_id)] * 2,
    )
    assert [type(outcome) for outcome in outcomes].count(IntegrityError) == 1


def test_one_host_opens_one_room_at_a_time() -> None:
    host = UserFactory.create()
    outcomes = at_once(*[lambda: lifecycle.open_room(host, title="T", language="en")] * 4)
    assert sorted(getattr(outcome, "code", "opened") for outcome in outcomes) == ["opened"] + ["too_many_rooms"] * 3


def rename_when_both_are_ready(person: User, ready: threading.Barrier) -> object:
    """Lock the person as `change_profile` does, wait, then tell the rooms."""
    with transaction.atomic():
        renamed = events.lock_person(person.public_id)
        with suppress(threading.BrokenBarrierError):
            ready.wait(1)
        renamed.display_name = "Another name"
        renamed.save(update_fields=["display_name"])
        person_changed(renamed)
    return None


def test_rename_and_raised_hand_do_not_wait_crosswise(nearly_full: NearlyFull) -> None:
    room, (person, _) = nearly_full
    hands.lower_hand(room.public_id, by=person)
    # Nobody else comes to the barrier: whoever raises the hand waits for the person's row before it takes the room's.
    outcomes = at_once(
        partial(rename_when_both_are_ready, person, threading.Barrier(2)),
        partial(hands.raise_hand, room.public_id, by=person),
    )
    assert outcomes == [None, None]
    assert room_snapshot(room.public_id)[1]["hands"][-1]["person"]["name"] == "Another name"


def test_rename_and_raised_hand_deadlock_in_the_other_order(
    nearly_full: NearlyFull, monkeypatch: pytest.MonkeyPatch
) -> None:
    room, (person, _) = nearly_full
    hands.lower_hand(room.public_id, by=person)
    hands.invite_to_stage(room.public_id, by=room.host, person_id=person.public_id)
    ready = threading.Barrier(2)

    @contextmanager
    def room_first(room_id: str, *, by: User | None, showing: str, live: bool = True) -> Iterator[RoomChange]:
        with events.change_room(room_id, by=by, live=live):
            ready.wait(10)
            yield events.RoomChange(Room.objects.get(public_id=room_id), by, events.lock_person(showing))

    monkeypatch.setattr(hands, "change_room", room_first)
    outcomes = at_once(
        partial(rename_when_both_are_ready, person, ready),
        partial(hands.accept_invitation, room.public_id, by=person),
    )
    assert [type(outcome) for outcome in outcomes].count(OperationalError) == 1


def test_events_have_no_gap_whoever_writes_them() -> None:
    room = RoomFactory.create()
    people = UserFactory.create_batch(8)

    def up_and_down(person: User) -> None:
        hands.raise_hand(room.public_id, by=person)
        hands.lower_hand(room.public_id, by=person)

    at_once(*(partial(up_and_down, person) for person in people))
    told = events_after(room.public_id, 0)
    assert [event["seq"] for event in told] == list(range(1, 18))
    state: Any = {}
    for event in told:
        state = apply(state, event)
    assert (17, state) == room_snapshot(room.public_id)
