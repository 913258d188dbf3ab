"""The queue of hands: reasons, the order that hosts give it, and lowering all of it at once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.utils import timezone

from accounts.services.block import block
from config.lib.errors import ForbiddenError, InvalidError, LoginRequiredError
from rooms.errors import NothingToRestoreError, NotRaisedError
from rooms.models import REASON_MAX_LENGTH, LoweredHand, RaisedHand
from rooms.selectors import events_after, room_snapshot
from rooms.services import hands, queue, stage
from rooms.services.lifecycle import end_room
from tests.factories.people import UserFactory

if TYPE_CHECKING:
    from typing import Any

    from accounts.models import User
    from rooms.models import Room

pytestmark = pytest.mark.django_db


@pytest.fixture
def line(room: Room) -> list[User]:
    """Return four people whose hands are up, in this order."""
    people = [UserFactory.create(handle=name) for name in ("ann", "bob", "cleo", "dan")]
    for person in people:
        hands.raise_hand(room.public_id, by=person)
    return people


def order(room: Room) -> list[str]:
    """Return the queue by handles, pinned hands with a star."""
    entries = room_snapshot(room.public_id)[1]["hands"]
    return [("*" if entry["pinned"] else "") + entry["person"]["handle"] for entry in entries]


def last(room: Room) -> dict[str, Any]:
    event = events_after(room.public_id, 0)[-1]
    return {key: value for key, value in event.items() if key not in ("seq", "at")}


def move(room: Room, by: User | None, person: User, place: int) -> None:
    queue.move_hand(room.public_id, by=by, person_id=person.public_id, place=place)


def pin(room: Room, by: User | None, person: User, *, pinned: bool = True) -> None:
    queue.pin_hand(room.public_id, by=by, person_id=person.public_id, pinned=pinned)


@pytest.mark.parametrize(
    ("who", "place", "expected"),
    [
        (0, 3, ["bob", "cleo", "ann", "dan"]),
        (3, 1, ["dan", "ann", "bob", "cleo"]),
        (2, 2, ["ann", "cleo", "bob", "dan"]),
        (1, 4, ["ann", "cleo", "dan", "bob"]),
        (1, 400, ["ann", "cleo", "dan", "bob"]),
        (1, 2, ["ann", "bob", "cleo", "dan"]),
    ],
)
def test_hand_moves_to_its_new_place(
    room: Room, ines: User, line: list[User], who: int, place: int, expected: list[str]
) -> None:
    move(room, ines, line[who], place)
    assert order(room) == expected


def test_moved_hand_is_told_once(room: Room, ines: User, line: list[User]) -> None:
    move(room, ines, line[3], 2)
    assert last(room) == {"type": "hand.moved", "id": line[3].public_id, "place": 2, "pinned": False}
    seq = room_snapshot(room.public_id)[0]
    move(room, ines, line[3], 2)
    assert room_snapshot(room.public_id)[0] == seq


def test_new_hand_stands_behind_hands_that_were_moved(room: Room, ines: User, line: list[User]) -> None:
    move(room, ines, line[0], 4)
    hands.raise_hand(room.public_id, by=UserFactory.create(handle="eve"))
    assert order(room) == ["bob", "cleo", "dan", "ann", "eve"]


def test_pinned_hands_stand_first_and_go_back_to_their_place(room: Room, ines: User, line: list[User]) -> None:
    pin(room, ines, line[3])
    assert last(room) == {"type": "hand.moved", "id": line[3].public_id, "place": 1, "pinned": True}
    pin(room, ines, line[1])
    assert order(room) == ["*bob", "*dan", "ann", "cleo"]
    seq = room_snapshot(room.public_id)[0]
    pin(room, ines, line[1])
    assert room_snapshot(room.public_id)[0] == seq
    pin(room, ines, line[1], pinned=False)
    assert order(room) == ["*dan", "ann", "bob", "cleo"]


def test_no_move_passes_between_pinned_and_others(room: Room, ines: User, line: list[User]) -> None:
    pin(room, ines, line[3])
    move(room, ines, line[2], 1)
    assert order(room) == ["*dan", "cleo", "ann", "bob"]
    move(room, ines, line[3], 3)
    assert order(room) == ["*dan", "cleo", "ann", "bob"]
    pin(room, ines, line[0])
    move(room, ines, line[3], 1)
    assert order(room) == ["*dan", "*ann", "cleo", "bob"]


def test_hand_that_is_down_is_neither_moved_nor_pinned(room: Room, ines: User, oliver: User) -> None:
    with pytest.raises(NotRaisedError):
        move(room, ines, oliver, 1)
    with pytest.raises(NotRaisedError):
        pin(room, ines, oliver)


@pytest.mark.parametrize("length", [0, REASON_MAX_LENGTH - 1, REASON_MAX_LENGTH])
def test_reason_is_shown_to_all(room: Room, oliver: User, length: int) -> None:
    hands.raise_hand(room.public_id, by=oliver, reason="é" * length)
    assert [hand["reason"] for hand in room_snapshot(room.public_id)[1]["hands"]] == ["é" * length]


def test_reason_that_is_too_long_is_refused(room: Room, oliver: User) -> None:
    with pytest.raises(InvalidError):
        hands.raise_hand(room.public_id, by=oliver, reason="x" * (REASON_MAX_LENGTH + 1))
    assert order(room) == []


def test_reason_is_one_tidy_line(room: Room, oliver: User) -> None:
    hands.raise_hand(room.public_id, by=oliver, reason="  why\n\u202eso  loud? ")
    assert room_snapshot(room.public_id)[1]["hands"][0]["reason"] == "why so loud?"


def test_reason_changes_and_the_place_stays(room: Room, oliver: User, yara: User) -> None:
    hands.raise_hand(room.public_id, by=oliver)
    hands.raise_hand(room.public_id, by=yara)
    hands.raise_hand(room.public_id, by=oliver, reason="Vans")
    hands.raise_hand(room.public_id, by=oliver)
    assert [hand["reason"] for hand in room_snapshot(room.public_id)[1]["hands"]] == ["Vans", ""]
    assert last(room) == {"type": "hand.reason", "id": oliver.public_id, "reason": "Vans"}
    hands.raise_hand(room.public_id, by=oliver, reason="")
    assert order(room) == ["oliver", "yara"]
    assert last(room) == {"type": "hand.reason", "id": oliver.public_id, "reason": ""}


def test_whose_hand_a_host_lowers_can_tell(room: Room, ines: User, oliver: User) -> None:
    hands.raise_hand(room.public_id, by=oliver)
    hands.lower_hand(room.public_id, by=ines, person_id=oliver.public_id)
    assert last(room) == {"type": "hand.lowered", "id": oliver.public_id, "by": ines.public_id}
    hands.raise_hand(room.public_id, by=oliver)
    hands.lower_hand(room.public_id, by=oliver)
    assert last(room) == {"type": "hand.lowered", "id": oliver.public_id, "by": None}


def test_lowering_all_is_taken_back_as_it_was(room: Room, ines: User, line: list[User]) -> None:
    pin(room, ines, line[2])
    hands.raise_hand(room.public_id, by=line[0], reason="Vans")
    before = room_snapshot(room.public_id)[1]["hands"]
    queue.clear_hands(room.public_id, by=ines)
    assert (order(room), last(room)) == ([], {"type": "hands.cleared", "by": ines.public_id})
    # Again does no harm: what was lowered is still there to come back.
    queue.clear_hands(room.public_id, by=ines)
    queue.restore_hands(room.public_id, by=ines)
    assert room_snapshot(room.public_id)[1]["hands"] == before
    assert last(room) == {"type": "hands.restored", "hands": before}
    with pytest.raises(NothingToRestoreError):
        queue.restore_hands(room.public_id, by=ines)


def test_hands_that_come_back_stand_before_those_that_went_up_since(room: Room, ines: User, line: list[User]) -> None:
    queue.clear_hands(room.public_id, by=ines)
    hands.raise_hand(room.public_id, by=UserFactory.create(handle="eve"))
    hands.raise_hand(room.public_id, by=line[0])
    queue.restore_hands(room.public_id, by=ines)
    assert order(room) == ["bob", "cleo", "dan", "eve", "ann"]


def test_only_who_still_waits_comes_back(room: Room, ines: User, line: list[User]) -> None:
    ann, bob, cleo, dan = line
    queue.clear_hands(room.public_id, by=ines)
    hands.invite_to_stage(room.public_id, by=ines, person_id=ann.public_id)
    hands.invite_to_stage(room.public_id, by=ines, person_id=bob.public_id)
    hands.accept_invitation(room.public_id, by=bob)
    block(ines, cleo)
    queue.restore_hands(room.public_id, by=ines)
    assert order(room) == [dan.handle]


@pytest.mark.parametrize(("late", "back"), [(-1, True), (1, False)])
def test_lowering_all_can_be_taken_back_for_a_while(
    room: Room, ines: User, line: list[User], late: int, back: bool
) -> None:
    queue.clear_hands(room.public_id, by=ines)
    ago = timedelta(seconds=settings.ROOM_HANDS_UNDO_SECONDS + late)
    LoweredHand.objects.update(lowered_at=timezone.now() - ago)
    if back:
        queue.restore_hands(room.public_id, by=ines)
    else:
        with pytest.raises(NothingToRestoreError):
            queue.restore_hands(room.public_id, by=ines)
    assert RaisedHand.objects.count() == (len(line) if back else 0)


def test_nothing_is_kept_of_hands_once_the_room_has_ended(room: Room, ines: User, line: list[User]) -> None:
    queue.clear_hands(room.public_id, by=ines)
    end_room(room.public_id, by=ines)
    assert not LoweredHand.objects.exists()


@pytest.mark.parametrize("deed", ["move", "pin", "clear", "restore"])
def test_queue_is_for_hosts(room: Room, line: list[User], deed: str) -> None:
    deeds = {
        "move": lambda by: move(room, by, line[0], 2),
        "pin": lambda by: pin(room, by, line[0]),
        "clear": lambda by: queue.clear_hands(room.public_id, by=by),
        "restore": lambda by: queue.restore_hands(room.public_id, by=by),
    }
    with pytest.raises(ForbiddenError):
        deeds[deed](line[1])
    with pytest.raises(LoginRequiredError):
        deeds[deed](None)
    assert order(room) == ["ann", "bob", "cleo", "dan"]


def test_cohost_mutes_speakers_and_nobody_above(room: Room, ines: User, line: list[User]) -> None:
    from rooms.enums import StageRole

    for person in line:
        hands.accept_hand(room.public_id, by=ines, person_id=person.public_id)
        stage.unmute(room.public_id, by=person)
    stage.unmute(room.public_id, by=ines)
    for cohost in line[:2]:
        stage.change_role(room.public_id, by=ines, person_id=cohost.public_id, role=StageRole.COHOST)
    stage.mute_all(room.public_id, by=line[0])
    muted = {entry["person"]["handle"]: entry["muted"] for entry in room_snapshot(room.public_id)[1]["stage"]}
    assert muted == {"ines": False, "ann": False, "bob": False, "cleo": True, "dan": True}
    assert last(room) == {
        "type": "stage.muted",
        "id": line[3].public_id,
        "muted": True,
        "by": line[0].public_id,
    }
    stage.mute_all(room.public_id, by=ines)
    open_ones = [e["person"]["handle"] for e in room_snapshot(room.public_id)[1]["stage"] if not e["muted"]]
    assert open_ones == ["ines"]
