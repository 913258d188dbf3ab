"""Races for a room's host and for its queue, on PostgreSQL. Each has a control: the same without the guard."""

from __future__ import annotations

import threading
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from accounts.models import User
from rooms import events, protocol
from rooms.enums import RoomState, StageRole
from rooms.models import Room, StageMember
from rooms.selectors import events_after, room_snapshot
from rooms.services import handover, hands, lifecycle, queue, succession
from rooms.state import apply
from tests.concurrency.test_rooms import at_once, rename_when_both_are_ready, unlocked_change
from tests.factories.people import UserFactory
from tests.factories.rooms import RoomFactory

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

Offered = tuple[Room, User, User]


@pytest.fixture
def offered() -> Offered:
    """Return a room with two speakers, the first of whom the host has offered it."""
    room = RoomFactory.create()
    one, other = UserFactory.create_batch(2)
    for person in (one, other):
        StageMember.objects.create(room=room, user=person, role=StageRole.SPEAKER)
    handover.offer_room(room.public_id, by=room.host, person_id=one.public_id)
    return room, one, other


def codes(outcomes: list[object]) -> list[str]:
    return sorted(getattr(outcome, "code", "done") for outcome in outcomes)


def hosts_of(room: Room) -> tuple[User, list[User]]:
    """Return whose room it is, and who sits on the stage as host."""
    room.refresh_from_db()
    hosts = StageMember.objects.filter(room=room, role=StageRole.HOST).select_related("user")
    return room.host, [member.user for member in hosts]


def both_looked(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> None:
    """Let two go on from here only when both have come so far, or when the other cannot."""
    ready = threading.Barrier(2)
    real: Callable[..., Any] = getattr(module, name)

    def wait(*args: Any, **keys: Any) -> Any:
        with suppress(threading.BrokenBarrierError):
            ready.wait(1)
        return real(*args, **keys)

    monkeypatch.setattr(module, name, wait)


def test_offer_that_is_taken_and_moved_on_at_once_leaves_one_host(
    offered: Offered, monkeypatch: pytest.MonkeyPatch
) -> None:
    room, one, other = offered
    former = room.host
    both_looked(monkeypatch, handover, "set_offer")
    both_looked(monkeypatch, handover, "make_host")
    outcomes = at_once(
        partial(handover.take_room, room.public_id, by=one),
        partial(handover.offer_room, room.public_id, by=former, person_id=other.public_id),
    )
    host, seated = hosts_of(room)
    assert (codes(outcomes), host, room.offered_to) in [
        (["done", "forbidden"], one, None),
        (["done", "not_offered"], former, other),
    ]
    assert seated == [host]


def test_two_who_take_the_room_at_once_leave_one_host(offered: Offered) -> None:
    room, one, other = offered
    outcomes = at_once(
        partial(handover.take_room, room.public_id, by=one), partial(handover.take_room, room.public_id, by=other)
    )
    assert codes(outcomes) == ["done", "not_offered"]
    assert hosts_of(room) == (one, [one])


def test_offer_that_is_moved_on_meanwhile_gives_the_room_away_without_the_lock(
    offered: Offered, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: both have looked before either writes, and the room is offered by somebody who is not its host."""
    room, one, other = offered
    former = room.host
    monkeypatch.setattr(handover, "change_room", unlocked_change)
    monkeypatch.setattr(events.RoomChange, "record", lambda *_: None)
    looked = threading.Barrier(2)
    for name in ("set_offer", "make_host"):
        real = getattr(handover, name)

        def wait(*args: Any, real: Callable[..., Any] = real) -> Any:
            looked.wait(10)
            return real(*args)

        monkeypatch.setattr(handover, name, wait)
    outcomes = at_once(
        partial(handover.take_room, room.public_id, by=one),
        partial(handover.offer_room, room.public_id, by=former, person_id=other.public_id),
    )
    assert codes(outcomes) == ["done", "done"]


def test_taking_a_room_and_opening_one_keep_the_limit(offered: Offered) -> None:
    room, one, _ = offered
    outcomes = at_once(
        partial(handover.take_room, room.public_id, by=one),
        partial(lifecycle.open_room, one, title="T", language="en"),
    )
    assert codes(outcomes) == ["done", "too_many_rooms"]
    assert Room.objects.filter(host=one, state=RoomState.LIVE).count() == 1


def test_taking_a_room_and_opening_one_pass_the_limit_without_the_lock(
    offered: Offered, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: as soon as only the room's row is locked, not the person's."""
    room, one, _ = offered
    monkeypatch.setattr(events, "lock_person", lambda public_id: User.objects.get(public_id=public_id))
    looked = threading.Barrier(2)
    take, open_one = succession.make_host, lifecycle.bring_into_being

    def wait(real: Callable[..., Any]) -> Callable[..., Any]:
        def waiting(*args: Any, **keys: Any) -> Any:
            looked.wait(10)
            return real(*args, **keys)

        return waiting

    monkeypatch.setattr(handover, "make_host", wait(take))
    monkeypatch.setattr(lifecycle, "bring_into_being", wait(open_one))
    outcomes = at_once(
        partial(handover.take_room, room.public_id, by=one),
        partial(lifecycle.open_room, one, title="T", language="en"),
    )
    assert codes(outcomes) == ["done", "done"]
    assert Room.objects.filter(host=one, state=RoomState.LIVE).count() == 2


@pytest.fixture
def lowered() -> tuple[Room, list[User]]:
    """Return a room in which three hands have just been lowered together."""
    room = RoomFactory.create()
    people = UserFactory.create_batch(3)
    for person in people:
        hands.raise_hand(room.public_id, by=person)
    queue.clear_hands(room.public_id, by=room.host)
    return room, people


def names_in_queue(room: Room) -> list[str]:
    return [hand["person"]["name"] for hand in room_snapshot(room.public_id)[1]["hands"]]


def told_names(room: Room) -> list[str]:
    """Return the names of the queue as events have told them."""
    state: Any = {}
    for event in events_after(room.public_id, 0):
        state = apply(state, event)
    return [hand["person"]["name"] for hand in state["hands"]]


def test_two_who_move_hands_at_once_leave_one_order(lowered: tuple[Room, list[User]]) -> None:
    room, people = lowered
    queue.restore_hands(room.public_id, by=room.host)
    at_once(
        *(
            partial(queue.move_hand, room.public_id, by=room.host, person_id=person.public_id, place=place)
            for place, person in enumerate([people[2], people[0], people[1]], 1)
        )
    )
    assert told_names(room) == names_in_queue(room)


def test_rename_while_hands_come_back_is_told(lowered: tuple[Room, list[User]]) -> None:
    room, people = lowered
    outcomes = at_once(
        partial(rename_when_both_are_ready, people[0], threading.Barrier(2)),
        partial(queue.restore_hands, room.public_id, by=room.host),
    )
    assert outcomes == [None, None]
    assert told_names(room) == names_in_queue(room)
    assert names_in_queue(room)[0] == "Another name"


def test_rename_while_hands_come_back_is_lost_without_the_lock(
    lowered: tuple[Room, list[User]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the card is read before the rename, and the rename finds no room that shows the person."""
    room, people = lowered
    monkeypatch.setattr(queue, "_lock_lowered", lambda _: None)
    renamed = threading.Event()
    real = protocol.HandsRestored

    def after_the_rename(**fields: Any) -> Any:
        assert renamed.wait(10)
        return real(**fields)

    def rename() -> None:
        rename_when_both_are_ready(people[0], threading.Barrier(2))
        renamed.set()

    monkeypatch.setattr(queue, "HandsRestored", after_the_rename)
    at_once(rename, partial(queue.restore_hands, room.public_id, by=room.host))
    assert told_names(room) != names_in_queue(room)
