"""A block at the moment when somebody comes on the stage, on PostgreSQL: nobody is left there."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from accounts.services.block import block
from rooms.events import RoomChange
from rooms.models import RaisedHand, StageMember
from rooms.services import blocks, hands
from tests.concurrency.test_rooms import at_once, unlocked_change
from tests.factories.people import UserFactory
from tests.factories.rooms import RoomFactory

if TYPE_CHECKING:
    from accounts.models import User

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def accept_while_blocked() -> tuple[bool, bool]:
    """Let the host accept a hand and block the person at once; return whether they sit there, and wait in line."""
    room = RoomFactory.create()
    person = UserFactory.create()
    hands.raise_hand(room.public_id, by=person)
    at_once(
        partial(hands.accept_hand, room.public_id, by=room.host, person_id=person.public_id),
        partial(block, room.host, person),
    )
    mine = {"room": room, "user": person}
    return StageMember.objects.filter(**mine).exists(), RaisedHand.objects.filter(**mine).exists()


def test_nobody_comes_up_past_a_block() -> None:
    for _ in range(10):
        assert accept_while_blocked() == (False, False)


def test_control_somebody_stays_on_the_stage_without_the_rooms_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    looked, shut_out = threading.Event(), threading.Event()
    real, create = blocks.shut_out, StageMember.objects.create

    def shut_out_then_tell(room_id: str, person: User) -> None:
        looked.wait(10)
        real(room_id, person)
        shut_out.set()

    def create_afterwards(**fields: Any) -> StageMember:
        looked.set()
        shut_out.wait(10)
        return create(**fields)

    monkeypatch.setattr(blocks, "shut_out", shut_out_then_tell)
    monkeypatch.setattr(StageMember.objects, "create", create_afterwards)
    monkeypatch.setattr(hands, "change_room", unlocked_change)
    # The block is made after the look.
    monkeypatch.setattr(RoomChange, "check_welcome", lambda *_: None)
    # Without the numbers' constraint too, which would stop the second writer for another reason.
    monkeypatch.setattr(RoomChange, "write", lambda _: None)
    assert accept_while_blocked() == (True, False)
