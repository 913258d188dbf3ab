"""Who led a room is remembered, by whichever way they came to it, also when the role was taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.apps import apps
from django.utils.module_loading import import_string

from rooms.enums import StageRole
from rooms.models import RoomLeader, StageMember
from rooms.privacy import room_parts
from rooms.services import handover, hands, stage
from rooms.services.erasing import erase_from_rooms

if TYPE_CHECKING:
    from accounts.models import User
    from rooms.models import Room

pytestmark = pytest.mark.django_db


def leaders(room: Room) -> list[str]:
    return list(RoomLeader.objects.filter(room=room).order_by("since", "pk").values_list("user__handle", flat=True))


def bring_up(room: Room, person: User) -> None:
    hands.raise_hand(room.public_id, by=person)
    hands.accept_hand(room.public_id, by=room.host, person_id=person.public_id)


def let(room: Room, person: User, role: StageRole) -> None:
    stage.change_role(room.public_id, by=room.host, person_id=person.public_id, role=role)


def test_whoever_opens_a_room_leads_it_and_whoever_speaks_does_not(room: Room, malo: User) -> None:
    bring_up(room, malo)
    assert leaders(room) == ["ines"]


def test_role_that_was_given_and_taken_back_is_remembered_once(room: Room, malo: User) -> None:
    bring_up(room, malo)
    for _ in range(2):
        let(room, malo, StageRole.COHOST)
        let(room, malo, StageRole.SPEAKER)
    stage.leave_stage(room.public_id, by=malo)
    assert leaders(room) == ["ines", "malo"]


def test_whoever_takes_over_leads_too(room: Room, malo: User) -> None:
    bring_up(room, malo)
    handover.offer_room(room.public_id, by=room.host, person_id=malo.public_id)
    handover.take_room(room.public_id, by=malo)
    assert leaders(room) == ["ines", "malo"]


def test_copy_says_what_one_led_and_erasing_takes_it_away(room: Room, malo: User) -> None:
    bring_up(room, malo)
    let(room, malo, StageRole.COHOST)
    (part,) = [part for part in room_parts(malo) if part.path == "rooms.json"]
    assert [each["room__public_id"] for each in part.data["led"]] == [room.public_id]
    erase_from_rooms(malo)
    assert leaders(room) == ["ines"]


def test_migration_notes_those_who_lead_already(room: Room, malo: User, oliver: User) -> None:
    StageMember.objects.create(room=room, user=malo, role=StageRole.COHOST)
    StageMember.objects.create(room=room, user=oliver, role=StageRole.SPEAKER)
    RoomLeader.objects.all().delete()
    note_leaders = import_string("rooms.migrations.0014_leaders_so_far.note_leaders")
    for _ in range(2):
        note_leaders(apps, None)
        assert leaders(room) == ["ines", "malo"]
