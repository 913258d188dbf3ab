"""A ban at the moment when somebody comes in or up, on PostgreSQL: nobody is left inside."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from rooms.enums import StageRole
from rooms.errors import EntryRefusedError
from rooms.events import RoomChange
from rooms.models import Ban, RaisedHand, StageMember
from rooms.selectors import enter
from rooms.services import blocks, hands, removal
from rooms.services.removal import ban_person
from tests.concurrency.test_rooms import at_once, unlocked_change
from tests.factories.people import UserFactory
from tests.factories.rooms import RoomFactory

if TYPE_CHECKING:
    from accounts.models import User
    from rooms.models import Room

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def accept_while_banned() -> tuple[bool, bool]:
    """Let the host accept a hand and a ban be made at once; return whether they sit there, and wait in line."""
    room = RoomFactory.create()
    person = UserFactory.create()
    hands.raise_hand(room.public_id, by=person)
    about = {"by": room.host, "person_id": person.public_id}
    at_once(partial(hands.accept_hand, room.public_id, **about), partial(ban_person, room.public_id, **about))
    mine = {"room": room, "user": person}
    return StageMember.objects.filter(**mine).exists(), RaisedHand.objects.filter(**mine).exists()


def test_nobody_comes_up_past_a_ban() -> None:
    for _ in range(10):
        assert accept_while_banned() == (False, False)


def test_control_somebody_stays_on_the_stage_without_the_rooms_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    looked, taken_out = threading.Event(), threading.Event()
    create = StageMember.objects.create
    real = blocks.take_out

    def take_out_then_tell(change: RoomChange, person: User) -> list[Any]:
        looked.wait(10)
        found = real(change, person)
        taken_out.set()
        return found

    def create_afterwards(**fields: Any) -> StageMember:
        if fields["role"] == StageRole.HOST:
            return create(**fields)
        looked.set()
        taken_out.wait(10)
        return create(**fields)

    monkeypatch.setattr(removal, "take_out", take_out_then_tell)
    monkeypatch.setattr(StageMember.objects, "create", create_afterwards)
    for module in (hands, removal):
        monkeypatch.setattr(module, "change_room", unlocked_change)
    # Without the numbers' constraint too, which would stop the second writer for another reason.
    monkeypatch.setattr(RoomChange, "write", lambda _: None)
    assert accept_while_banned() == (True, False)


def come_in(room: Room, person: User, *, look_again: bool = True) -> bool:
    """Do what a socket does as it is opened; return whether it stays open, as far as it can know itself."""
    try:
        known = enter(person, room.public_id)
        gate.wait(10)
        return not look_again or enter(person, room.public_id) == known
    except EntryRefusedError:
        return False


gate = threading.Event()


def in_while_banned(*, look_again: bool) -> bool:
    """Ban somebody between the look at the door and the place in the room; return whether they are in."""
    gate.clear()
    room, person = RoomFactory.create(), UserFactory.create()

    def ban() -> None:
        ban_person(room.public_id, by=room.host, person_id=person.public_id)
        gate.set()

    inside, _ = at_once(partial(come_in, room, person, look_again=look_again), ban)
    assert Ban.objects.filter(room=room, user=person).exists()
    return bool(inside)


def test_nobody_comes_in_past_a_ban() -> None:
    assert [in_while_banned(look_again=True) for _ in range(5)] == [False] * 5


def test_control_somebody_comes_in_without_the_second_look() -> None:
    # One of them has looked before the ban was made.
    assert any(in_while_banned(look_again=False) for _ in range(20))


def test_two_bans_at_once_are_one() -> None:
    room, person = RoomFactory.create(), UserFactory.create()
    for everywhere in (False, True):
        call = partial(ban_person, room.public_id, by=room.host, person_id=person.public_id, everywhere=everywhere)
        assert at_once(call, call) == [None, None]
    assert Ban.objects.filter(user=person).count() == 2
