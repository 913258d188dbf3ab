"""Handing a room over: offered by the host, taken by somebody on the stage, and all that follows the host."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from accounts.models import Block, Notification
from accounts.policies.rules import Purpose
from accounts.services.block import block
from accounts.services.deletion import close_account
from accounts.services.follow import follow
from config.lib.errors import ForbiddenError, LoginRequiredError, NotFoundError
from rooms.enums import Role, StageRole
from rooms.errors import NotOfferedError, NotOnStageError, TooManyRoomsError
from rooms.events import change_room
from rooms.models import StageMember
from rooms.selectors import events_after, hallway_for, role_in, room_for, room_snapshot
from rooms.services import handover, hands, lifecycle, speaking, stage
from rooms.services.blocks import finish_blocks, shut_out
from rooms.services.succession import make_host
from tests.factories.rooms import RoomFactory

if TYPE_CHECKING:
    from accounts.models import User
    from rooms.models import Room

pytestmark = pytest.mark.django_db


def bring_up(room: Room, person: User, role: StageRole = StageRole.SPEAKER) -> None:
    hands.raise_hand(room.public_id, by=person)
    hands.accept_hand(room.public_id, by=room.host, person_id=person.public_id)
    if role is StageRole.COHOST:
        stage.change_role(room.public_id, by=room.host, person_id=person.public_id, role=role)


def offer(room: Room, person: User) -> None:
    handover.offer_room(room.public_id, by=room.host, person_id=person.public_id)


def offered(room: Room) -> str | None:
    return room_snapshot(room.public_id)[1]["room"]["offered_to"]


def roles(room: Room) -> dict[str, str]:
    return {entry["person"]["handle"]: entry["role"] for entry in room_snapshot(room.public_id)[1]["stage"]}


@pytest.fixture
def seated(room: Room, malo: User, maiwenn: User) -> Room:
    """Return the room with Malo as co-host and Maïwenn as speaker."""
    bring_up(room, malo, StageRole.COHOST)
    bring_up(room, maiwenn)
    return room


def test_room_is_the_hosts_until_the_offer_is_taken(seated: Room, ines: User, malo: User) -> None:
    offer(seated, malo)
    assert (offered(seated), roles(seated)) == (
        malo.public_id,
        {"ines": "host", "malo": "cohost", "maiwenn": "speaker"},
    )
    handover.take_room(seated.public_id, by=malo)
    assert (offered(seated), roles(seated)) == (None, {"ines": "cohost", "malo": "host", "maiwenn": "speaker"})
    seated.refresh_from_db()
    assert (seated.host, seated.host_since is not None) == (malo, True)
    seq = room_snapshot(seated.public_id)[0]
    handover.take_room(seated.public_id, by=malo)
    assert room_snapshot(seated.public_id)[0] == seq


def test_hand_over_is_told_in_one_change(seated: Room, malo: User) -> None:
    offer(seated, malo)
    before = room_snapshot(seated.public_id)[0]
    handover.take_room(seated.public_id, by=malo)
    told = [(event["type"], event.get("id"), event.get("former")) for event in events_after(seated.public_id, before)]
    assert told == [("stage.host", malo.public_id, "cohost"), ("room.changed", None, None)]


def test_former_host_is_a_speaker_where_the_cohosts_are_full(seated: Room, maiwenn: User, oliver: User) -> None:
    bring_up(seated, oliver, StageRole.COHOST)
    offer(seated, maiwenn)
    handover.take_room(seated.public_id, by=maiwenn)
    assert roles(seated) == {"ines": "speaker", "malo": "cohost", "maiwenn": "host", "oliver": "cohost"}


def test_offer_is_declined_or_taken_back(seated: Room, ines: User, malo: User, maiwenn: User) -> None:
    offer(seated, malo)
    handover.decline_room(seated.public_id, by=maiwenn)
    assert offered(seated) == malo.public_id
    handover.decline_room(seated.public_id, by=malo)
    assert offered(seated) is None
    offer(seated, malo)
    offer(seated, maiwenn)
    with pytest.raises(NotOfferedError):
        handover.take_room(seated.public_id, by=malo)
    handover.withdraw_room(seated.public_id, by=ines)
    with pytest.raises(NotOfferedError):
        handover.take_room(seated.public_id, by=maiwenn)
    assert roles(seated) == {"ines": "host", "malo": "cohost", "maiwenn": "speaker"}


def test_offer_is_for_others_on_the_stage_and_by_the_host(seated: Room, ines: User, malo: User, oliver: User) -> None:
    with pytest.raises(NotOnStageError):
        offer(seated, oliver)
    with pytest.raises(ForbiddenError):
        offer(seated, ines)
    with pytest.raises(ForbiddenError):
        handover.offer_room(seated.public_id, by=malo, person_id=malo.public_id)
    with pytest.raises(ForbiddenError):
        handover.take_room(seated.public_id, by=oliver)
    with pytest.raises(LoginRequiredError):
        handover.take_room(seated.public_id, by=None)


@pytest.mark.parametrize("how", ["leaves", "is moved down", "is blocked", "closes the account", "the room ends"])
def test_offer_goes_with_whom_it_was_made_to(seated: Room, ines: User, maiwenn: User, how: str) -> None:
    offer(seated, maiwenn)
    deeds: dict[str, Any] = {
        "leaves": lambda: stage.leave_stage(seated.public_id, by=maiwenn),
        "is moved down": lambda: stage.remove_from_stage(seated.public_id, by=ines, person_id=maiwenn.public_id),
        "is blocked": lambda: shut_out(seated.public_id, maiwenn),
        "closes the account": lambda: close_account(maiwenn),
        "the room ends": lambda: lifecycle.end_room(seated.public_id, by=ines),
    }
    deeds[how]()
    assert offered(seated) is None
    seated.refresh_from_db()
    assert seated.offered_to is None


def test_whoever_may_not_host_does_not_get_a_room(seated: Room, malo: User, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[User, Purpose]] = []

    class NoError(ForbiddenError):
        pass

    def refuse(person: User, purpose: Purpose, *_: object) -> None:
        asked.append((person, purpose))
        raise NoError

    monkeypatch.setattr(handover, "require", refuse)
    offer(seated, malo)
    with pytest.raises(NoError):
        handover.take_room(seated.public_id, by=malo)
    assert (asked, roles(seated)["malo"], offered(seated)) == ([(malo, Purpose.HOST)], "cohost", malo.public_id)


def test_limit_of_open_rooms_holds_for_who_takes_and_frees_who_gave(seated: Room, ines: User, malo: User) -> None:
    own = RoomFactory(host=malo)
    offer(seated, malo)
    with pytest.raises(TooManyRoomsError):
        handover.take_room(seated.public_id, by=malo)
    lifecycle.end_room(own.public_id, by=malo)
    handover.take_room(seated.public_id, by=malo)
    with pytest.raises(TooManyRoomsError):
        lifecycle.open_room(malo, title="T", language="en")
    assert lifecycle.open_room(ines, title="T", language="en").host == ines


def test_new_host_has_every_right_and_the_old_one_those_of_a_cohost(seated: Room, ines: User, malo: User) -> None:
    offer(seated, malo)
    handover.take_room(seated.public_id, by=malo)
    with pytest.raises(ForbiddenError):
        lifecycle.end_room(seated.public_id, by=ines)
    speaking.lock_hands(seated.public_id, by=ines, locked=True)
    stage.leave_stage(seated.public_id, by=ines)
    assert lifecycle.end_room(seated.public_id, by=malo)
    # After the end too: whoever is the host then manages the recordings.
    assert (role_in(seated, malo), role_in(seated, ines)) == (Role.HOST, Role.LISTENER)


def test_blocks_of_the_new_host_hold_and_those_of_the_old_do_not(
    seated: Room, ines: User, malo: User, oliver: User, yara: User
) -> None:
    bring_up(seated, oliver)
    block(oliver, malo)
    block(ines, yara)
    with pytest.raises(NotFoundError):
        room_for(yara, seated.public_id)
    offer(seated, malo)
    handover.take_room(seated.public_id, by=malo)
    assert "oliver" not in roles(seated)
    with pytest.raises(NotFoundError):
        room_for(oliver, seated.public_id)
    assert room_for(yara, seated.public_id) == seated


def test_blocks_of_the_new_host_are_finished_after_a_crash(seated: Room, malo: User, oliver: User) -> None:
    bring_up(seated, oliver)
    offer(seated, malo)
    Block.objects.create(blocker=malo, blocked=oliver)
    Block.objects.update(created_at=timezone.now() - timedelta(days=3))
    with change_room(seated.public_id, by=malo) as change:
        make_host(change, malo)
    assert finish_blocks([seated.public_id]) == {seated.public_id: [oliver.public_id]}
    assert not StageMember.objects.filter(room=seated, user=oliver).exists()


def test_followers_of_the_new_host_find_the_room_and_are_not_told_again(seated: Room, malo: User, yara: User) -> None:
    follow(yara, malo)
    offer(seated, malo)
    handover.take_room(seated.public_id, by=malo)
    card = hallway_for(yara)[0]
    assert (card["id"], card["host"]["handle"], card["followed"]) == (seated.public_id, "malo", True)
    assert not Notification.objects.filter(user=yara).exists()


def test_room_ends_with_the_account_of_its_new_host_only(seated: Room, ines: User, malo: User) -> None:
    offer(seated, malo)
    handover.take_room(seated.public_id, by=malo)
    close_account(ines)
    seated.refresh_from_db()
    assert seated.is_live
    close_account(malo)
    seated.refresh_from_db()
    assert not seated.is_live
