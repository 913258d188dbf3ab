"""The stage, the queue of hands and invitations, one rule a test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from accounts.models import User
from accounts.services.profile import change_profile
from config.lib.errors import ForbiddenError, LoginRequiredError, NotFoundError
from rooms import permissions
from rooms.enums import Action, Role, StageRole
from rooms.errors import (
    AlreadyOnStageError,
    CohostsFullError,
    NotInvitedError,
    NotOnStageError,
    NotRaisedError,
    StageFullError,
)
from rooms.permissions import MAY
from rooms.selectors import current_seqs, events_after, room_snapshot
from rooms.services import hands, stage
from tests.factories.people import UserFactory

if TYPE_CHECKING:
    from rooms.models import Room


def stage_of(room: Room) -> list[tuple[str, str, bool]]:
    return [(e["person"]["handle"], e["role"], e["muted"]) for e in room_snapshot(room.public_id)[1]["stage"]]


def hands_of(room: Room) -> list[str]:
    return [entry["person"]["handle"] for entry in room_snapshot(room.public_id)[1]["hands"]]


def seq_of(room: Room) -> int:
    return current_seqs([room.public_id])[room.public_id]


def bring_up(room: Room, host: User, person: User) -> None:
    hands.raise_hand(room.public_id, by=person)
    hands.accept_hand(room.public_id, by=host, person_id=person.public_id)


def test_hands_queue_in_the_order_of_raising(room: Room, oliver: User, yara: User) -> None:
    hands.raise_hand(room.public_id, by=oliver)
    hands.raise_hand(room.public_id, by=yara)
    hands.raise_hand(room.public_id, by=oliver)
    assert hands_of(room) == ["oliver", "yara"]
    assert seq_of(room) == 3


def test_accepted_hand_joins_the_stage_muted(room: Room, ines: User, oliver: User) -> None:
    bring_up(room, ines, oliver)
    assert stage_of(room) == [("ines", "host", True), ("oliver", "speaker", True)]
    assert hands_of(room) == []


def test_accept_hand_that_is_down_is_refused(room: Room, ines: User, oliver: User) -> None:
    with pytest.raises(NotRaisedError):
        hands.accept_hand(room.public_id, by=ines, person_id=oliver.public_id)


def test_accept_hand_twice_is_once(room: Room, ines: User, oliver: User) -> None:
    bring_up(room, ines, oliver)
    hands.accept_hand(room.public_id, by=ines, person_id=oliver.public_id)
    assert seq_of(room) == 3


def test_listener_may_not_accept(room: Room, oliver: User, yara: User) -> None:
    hands.raise_hand(room.public_id, by=yara)
    with pytest.raises(ForbiddenError):
        hands.accept_hand(room.public_id, by=oliver, person_id=yara.public_id)


def test_guest_may_not_raise_a_hand(room: Room) -> None:
    with pytest.raises(LoginRequiredError):
        hands.raise_hand(room.public_id, by=None)


def test_lower_hand_is_ones_own_or_the_hosts(room: Room, ines: User, oliver: User, yara: User) -> None:
    hands.raise_hand(room.public_id, by=oliver)
    hands.raise_hand(room.public_id, by=yara)
    with pytest.raises(ForbiddenError):
        hands.lower_hand(room.public_id, by=yara, person_id=oliver.public_id)
    hands.lower_hand(room.public_id, by=ines, person_id=oliver.public_id)
    hands.lower_hand(room.public_id, by=yara)
    hands.lower_hand(room.public_id, by=yara)
    assert hands_of(room) == []
    assert seq_of(room) == 5


def test_invited_person_comes_up_when_they_accept(room: Room, ines: User, oliver: User) -> None:
    hands.invite_to_stage(room.public_id, by=ines, person_id=oliver.public_id)
    hands.invite_to_stage(room.public_id, by=ines, person_id=oliver.public_id)
    hands.accept_invitation(room.public_id, by=oliver)
    hands.accept_invitation(room.public_id, by=oliver)
    assert stage_of(room) == [("ines", "host", True), ("oliver", "speaker", True)]
    assert seq_of(room) == 3


def test_invitation_that_is_gone_cannot_be_accepted(room: Room, ines: User, oliver: User) -> None:
    hands.invite_to_stage(room.public_id, by=ines, person_id=oliver.public_id)
    hands.uninvite(room.public_id, by=ines, person_id=oliver.public_id)
    with pytest.raises(NotInvitedError):
        hands.accept_invitation(room.public_id, by=oliver)


def test_declined_invitation_is_gone(room: Room, ines: User, oliver: User) -> None:
    hands.invite_to_stage(room.public_id, by=ines, person_id=oliver.public_id)
    hands.decline_invitation(room.public_id, by=oliver)
    assert room_snapshot(room.public_id)[1]["invited"] == []


def test_invitation_may_be_answered_by_whom_the_table_allows(
    room: Room, ines: User, oliver: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    hands.invite_to_stage(room.public_id, by=ines, person_id=oliver.public_id)
    monkeypatch.setattr(permissions, "MAY", MAY | {Role.LISTENER: MAY[Role.LISTENER] - {Action.ANSWER_INVITATION}})
    for answer in (hands.accept_invitation, hands.decline_invitation):
        with pytest.raises(ForbiddenError):
            answer(room.public_id, by=oliver)
        with pytest.raises(LoginRequiredError):
            answer(room.public_id, by=None)
        # Nothing is left to answer on the stage.
        answer(room.public_id, by=ines)
    assert (len(room_snapshot(room.public_id)[1]["invited"]), seq_of(room)) == (1, 2)


def test_invitation_meets_a_raised_hand(room: Room, ines: User, oliver: User, yara: User) -> None:
    hands.raise_hand(room.public_id, by=oliver)
    hands.invite_to_stage(room.public_id, by=ines, person_id=oliver.public_id)
    hands.invite_to_stage(room.public_id, by=ines, person_id=yara.public_id)
    hands.raise_hand(room.public_id, by=yara)
    assert [handle for handle, _, _ in stage_of(room)] == ["ines", "oliver", "yara"]


def test_invite_somebody_on_the_stage_is_refused(room: Room, ines: User, oliver: User) -> None:
    bring_up(room, ines, oliver)
    with pytest.raises(AlreadyOnStageError):
        hands.invite_to_stage(room.public_id, by=ines, person_id=oliver.public_id)


def test_unknown_person_is_not_found(room: Room, ines: User) -> None:
    with pytest.raises(NotFoundError):
        hands.invite_to_stage(room.public_id, by=ines, person_id="nobody")


@pytest.mark.parametrize("before", [12, 13])
def test_stage_has_thirteen_places(room: Room, ines: User, before: int) -> None:
    for person in UserFactory.create_batch(before - 1):
        bring_up(room, ines, person)
    last = UserFactory.create()
    if before < 13:
        bring_up(room, ines, last)
        assert len(stage_of(room)) == 13
    else:
        with pytest.raises(StageFullError):
            bring_up(room, ines, last)
        assert len(stage_of(room)) == 13
        assert hands_of(room) == [last.handle]


def test_room_has_two_cohosts(room: Room, ines: User) -> None:
    people = UserFactory.create_batch(3)
    for person in people:
        bring_up(room, ines, person)
    for person in people[:2]:
        stage.change_role(room.public_id, by=ines, person_id=person.public_id, role=StageRole.COHOST)
    with pytest.raises(CohostsFullError):
        stage.change_role(room.public_id, by=ines, person_id=people[2].public_id, role=StageRole.COHOST)
    stage.change_role(room.public_id, by=ines, person_id=people[0].public_id, role=StageRole.SPEAKER)
    stage.change_role(room.public_id, by=ines, person_id=people[2].public_id, role=StageRole.COHOST)
    assert [role for _, role, _ in stage_of(room)] == ["host", "speaker", "cohost", "cohost"]


def test_cohost_moves_speakers_but_not_host_or_cohost(
    room: Room, ines: User, malo: User, oliver: User, yara: User
) -> None:
    for person in (malo, oliver, yara):
        bring_up(room, ines, person)
    for person in (malo, yara):
        stage.change_role(room.public_id, by=ines, person_id=person.public_id, role=StageRole.COHOST)
    stage.remove_from_stage(room.public_id, by=malo, person_id=oliver.public_id)
    for person in (ines, yara, malo):
        with pytest.raises(ForbiddenError):
            stage.remove_from_stage(room.public_id, by=malo, person_id=person.public_id)
    assert [handle for handle, _, _ in stage_of(room)] == ["ines", "malo", "yara"]


def test_leave_stage_is_for_everybody_but_the_host(room: Room, ines: User, oliver: User) -> None:
    bring_up(room, ines, oliver)
    stage.leave_stage(room.public_id, by=oliver)
    stage.leave_stage(room.public_id, by=oliver)
    with pytest.raises(ForbiddenError):
        stage.leave_stage(room.public_id, by=ines)
    assert stage_of(room) == [("ines", "host", True)]


def test_remove_somebody_who_left_is_refused(room: Room, ines: User, oliver: User) -> None:
    with pytest.raises(NotOnStageError):
        stage.remove_from_stage(room.public_id, by=ines, person_id=oliver.public_id)


def test_microphone_is_opened_only_by_its_owner(room: Room, ines: User, oliver: User) -> None:
    bring_up(room, ines, oliver)
    stage.unmute(room.public_id, by=oliver)
    assert stage_of(room)[1] == ("oliver", "speaker", False)
    stage.mute(room.public_id, by=ines, person_id=oliver.public_id)
    stage.mute(room.public_id, by=ines, person_id=oliver.public_id)
    assert stage_of(room)[1] == ("oliver", "speaker", True)
    with pytest.raises(ForbiddenError):
        stage.mute(room.public_id, by=oliver, person_id=ines.public_id)
    assert seq_of(room) == 5


def test_promotion_joins_muted_again(room: Room, ines: User, oliver: User) -> None:
    bring_up(room, ines, oliver)
    stage.unmute(room.public_id, by=oliver)
    stage.remove_from_stage(room.public_id, by=ines, person_id=oliver.public_id)
    with pytest.raises(ForbiddenError):
        stage.unmute(room.public_id, by=oliver)
    bring_up(room, ines, oliver)
    assert stage_of(room)[1] == ("oliver", "speaker", True)


def test_new_name_is_told_to_live_rooms(room: Room, ines: User, oliver: User) -> None:
    hands.raise_hand(room.public_id, by=oliver)
    change_profile(oliver, display_name="Oliver B.", handle="oliver", language="en", time_zone="")
    assert room_snapshot(room.public_id)[1]["hands"][0]["person"]["name"] == "Oliver B."
    assert seq_of(room) == 3


def test_person_whose_account_is_closed_can_be_taken_off_the_stage(room: Room, ines: User, oliver: User) -> None:
    bring_up(room, ines, oliver)
    oliver.is_active = False
    oliver.save()
    stage.remove_from_stage(room.public_id, by=ines, person_id=oliver.public_id)
    assert stage_of(room) == [("ines", "host", True)]
    with pytest.raises(NotFoundError):
        hands.invite_to_stage(room.public_id, by=ines, person_id=oliver.public_id)


def test_event_shows_the_name_of_now(room: Room, ines: User, oliver: User) -> None:
    """A socket holds its person for hours; what it raises must not bring an old name back."""
    known_to_the_socket = User.objects.get(pk=oliver.pk)
    change_profile(oliver, display_name="Oliver B.", handle="oliver", language="en", time_zone="")
    hands.raise_hand(room.public_id, by=known_to_the_socket)
    assert events_after(room.public_id, 0)[-1]["person"]["name"] == "Oliver B."
