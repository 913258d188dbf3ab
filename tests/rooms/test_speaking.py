"""Who may raise a hand, and the locks of the queue and of the stage."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from accounts.services.follow import follow
from config.lib.errors import ForbiddenError, LoginRequiredError
from rooms.enums import SpeakRule, StageRole
from rooms.errors import HandsLockedError, OnlyFollowedError, OnlyInvitedError, StageFullError, StageLockedError
from rooms.selectors import room_snapshot
from rooms.services import hands, speaking, stage
from tests.factories.people import UserFactory

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_django.fixtures import Settings

    from accounts.models import User
    from rooms.models import Room

pytestmark = pytest.mark.django_db


def raised(room: Room) -> list[str]:
    return [entry["person"]["handle"] for entry in room_snapshot(room.public_id)[1]["hands"]]


def on_stage(room: Room) -> list[str]:
    return [entry["person"]["handle"] for entry in room_snapshot(room.public_id)[1]["stage"]]


def test_locked_queue_takes_no_more_hands_and_keeps_those_that_are_up(
    room: Room, ines: User, oliver: User, yara: User
) -> None:
    hands.raise_hand(room.public_id, by=oliver)
    speaking.lock_hands(room.public_id, by=ines, locked=True)
    with pytest.raises(HandsLockedError):
        hands.raise_hand(room.public_id, by=yara)
    hands.raise_hand(room.public_id, by=oliver, reason="Still here")
    assert raised(room) == ["oliver"]
    hands.accept_hand(room.public_id, by=ines, person_id=oliver.public_id)
    speaking.lock_hands(room.public_id, by=ines, locked=False)
    hands.raise_hand(room.public_id, by=yara)
    assert (on_stage(room), raised(room)) == (["ines", "oliver"], ["yara"])


def test_people_whom_the_host_follows_may_ask(room: Room, ines: User, oliver: User, yara: User) -> None:
    follow(ines, oliver)
    speaking.change_speak_rule(room.public_id, by=ines, rule=SpeakRule.FOLLOWED)
    hands.raise_hand(room.public_id, by=oliver)
    with pytest.raises(OnlyFollowedError):
        hands.raise_hand(room.public_id, by=yara)
    assert raised(room) == ["oliver"]


def test_only_invited_people_come_up(room: Room, ines: User, oliver: User, yara: User) -> None:
    follow(ines, yara)
    speaking.change_speak_rule(room.public_id, by=ines, rule=SpeakRule.INVITED)
    for person in (oliver, yara):
        with pytest.raises(OnlyInvitedError):
            hands.raise_hand(room.public_id, by=person)
    hands.invite_to_stage(room.public_id, by=ines, person_id=oliver.public_id)
    # Raising the hand is an answer to the invitation.
    hands.raise_hand(room.public_id, by=oliver)
    assert on_stage(room) == ["ines", "oliver"]


def test_rule_that_changes_leaves_hands_up(room: Room, ines: User, oliver: User) -> None:
    hands.raise_hand(room.public_id, by=oliver)
    speaking.change_speak_rule(room.public_id, by=ines, rule=SpeakRule.INVITED)
    hands.accept_hand(room.public_id, by=ines, person_id=oliver.public_id)
    assert on_stage(room) == ["ines", "oliver"]


def test_nobody_comes_on_a_locked_stage(room: Room, ines: User, oliver: User, yara: User) -> None:
    hands.raise_hand(room.public_id, by=oliver)
    hands.invite_to_stage(room.public_id, by=ines, person_id=yara.public_id)
    speaking.lock_stage(room.public_id, by=ines, locked=True)
    attempts: list[Callable[[], None]] = [
        lambda: hands.accept_hand(room.public_id, by=ines, person_id=oliver.public_id),
        lambda: hands.invite_to_stage(room.public_id, by=ines, person_id=oliver.public_id),
        lambda: hands.invite_to_stage(room.public_id, by=ines, person_id=UserFactory.create().public_id),
        lambda: hands.accept_invitation(room.public_id, by=yara),
        lambda: hands.raise_hand(room.public_id, by=yara),
    ]
    for attempt in attempts:
        with pytest.raises(StageLockedError):
            attempt()
    assert (on_stage(room), raised(room)) == (["ines"], ["oliver"])
    speaking.lock_stage(room.public_id, by=ines, locked=False)
    # The invitation has waited.
    hands.accept_invitation(room.public_id, by=yara)
    assert on_stage(room) == ["ines", "yara"]


def test_each_rule_is_told_once_with_the_room(room: Room, ines: User) -> None:
    for _ in range(2):
        speaking.lock_hands(room.public_id, by=ines, locked=True)
        speaking.lock_stage(room.public_id, by=ines, locked=True)
        speaking.change_speak_rule(room.public_id, by=ines, rule=SpeakRule.FOLLOWED)
    seq, state = room_snapshot(room.public_id)
    shown = state["room"]
    assert (seq, shown["hands_locked"], shown["stage_locked"], shown["speak_rule"]) == (4, True, True, "followed")


def test_cohost_locks_and_only_the_host_sets_the_rule(room: Room, ines: User, malo: User, oliver: User) -> None:
    hands.raise_hand(room.public_id, by=malo)
    hands.accept_hand(room.public_id, by=ines, person_id=malo.public_id)
    stage.change_role(room.public_id, by=ines, person_id=malo.public_id, role=StageRole.COHOST)
    speaking.lock_hands(room.public_id, by=malo, locked=True)
    speaking.lock_stage(room.public_id, by=malo, locked=True)
    with pytest.raises(ForbiddenError):
        speaking.change_speak_rule(room.public_id, by=malo, rule=SpeakRule.INVITED)
    with pytest.raises(ForbiddenError):
        speaking.lock_stage(room.public_id, by=oliver, locked=False)
    with pytest.raises(LoginRequiredError):
        speaking.lock_hands(room.public_id, by=None, locked=False)


def test_whoever_is_asked_on_a_full_stage_is_told_what_to_do(
    room: Room, ines: User, oliver: User, settings: Settings
) -> None:
    settings.ROOM_STAGE_LIMIT = 1
    hands.invite_to_stage(room.public_id, by=ines, person_id=oliver.public_id)
    with pytest.raises(StageFullError, match="Your invitation stays"):
        hands.accept_invitation(room.public_id, by=oliver)
    settings.ROOM_STAGE_LIMIT = 2
    hands.accept_invitation(room.public_id, by=oliver)
    assert on_stage(room) == ["ines", "oliver"]
