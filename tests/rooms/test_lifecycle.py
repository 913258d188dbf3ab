"""Opening and ending rooms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from accounts.selectors.people import person_card
from config.lib.errors import ForbiddenError, InvalidError, LoginRequiredError, NotFoundError
from rooms.errors import RoomEndedError, TooManyRoomsError
from rooms.models import Room
from rooms.selectors import events_after, room_snapshot
from rooms.services.hands import invite_to_stage, raise_hand
from rooms.services.lifecycle import end_room, open_room

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings

    from accounts.models import User


def test_open_room_puts_the_host_on_the_stage_muted(ines: User) -> None:
    room = open_room(ines, title="  Ce soir,\n ici ", description=" d ", language="fr")
    seq, state = room_snapshot(room.public_id)
    assert (seq, state["room"]["title"], state["room"]["description"]) == (1, "Ce soir, ici", "d")
    assert state["stage"] == [{"person": person_card(ines), "role": "host", "muted": True}]
    assert [event["type"] for event in events_after(room.public_id, 0)] == ["room.opened"]


@pytest.mark.parametrize(("length", "fits"), [(0, False), (1, True), (99, True), (100, True), (101, False)])
def test_title_has_a_length(ines: User, length: int, fits: bool) -> None:
    if fits:
        assert open_room(ines, title="x" * length, language="en").title == "x" * length
    else:
        with pytest.raises(InvalidError):
            open_room(ines, title="x" * length, language="en")
        assert Room.objects.count() == 0


@pytest.mark.parametrize("title", ["\u200b", "\u3164", "\u2800", "\u00ad", "\ufeff", "\U000e0041", "\u202e"])
def test_title_that_nobody_sees_is_none(ines: User, title: str) -> None:
    with pytest.raises(InvalidError):
        open_room(ines, title=title, language="en")
    assert Room.objects.count() == 0


def test_words_are_kept_without_what_nobody_sees(ines: User) -> None:
    room = open_room(ines, title="\u202eCe\u200b soir", description="une\x07\r\ndeux\u2066\n", language="fr")
    assert (room.title, room.description) == ("Ce soir", "une\ndeux")


@pytest.mark.parametrize(("length", "fits"), [(0, True), (499, True), (500, True), (501, False)])
def test_description_has_a_length(ines: User, length: int, fits: bool) -> None:
    if fits:
        assert open_room(ines, title="x", description="y" * length, language="en").description == "y" * length
    else:
        with pytest.raises(InvalidError):
            open_room(ines, title="x", description="y" * length, language="en")


def test_language_must_be_one_that_is_offered(ines: User) -> None:
    with pytest.raises(InvalidError):
        open_room(ines, title="x", language="tlh")


def test_host_has_a_limit_of_open_rooms(ines: User, settings: Settings) -> None:
    settings.ROOM_LIVE_PER_HOST_LIMIT = 2
    first = open_room(ines, title="1", language="en")
    open_room(ines, title="2", language="en")
    with pytest.raises(TooManyRoomsError):
        open_room(ines, title="3", language="en")
    end_room(first.public_id, by=ines)
    open_room(ines, title="3", language="en")


def test_end_room_empties_hands_and_invitations(room: Room, ines: User, oliver: User, yara: User) -> None:
    raise_hand(room.public_id, by=oliver)
    invite_to_stage(room.public_id, by=ines, person_id=yara.public_id)
    assert end_room(room.public_id, by=ines) is True
    _, state = room_snapshot(room.public_id)
    assert (state["room"]["state"], state["hands"], state["invited"]) == ("ended", [], [])
    assert end_room(room.public_id, by=ines) is False


def test_end_room_is_the_hosts(room: Room, oliver: User) -> None:
    with pytest.raises(ForbiddenError):
        end_room(room.public_id, by=oliver)
    with pytest.raises(LoginRequiredError):
        end_room(room.public_id, by=None)
    assert Room.objects.get().is_live


def test_staff_end_any_room(room: Room) -> None:
    assert end_room(room.public_id, by=None, staff=True) is True


def test_nothing_happens_in_an_ended_room(room: Room, ines: User, oliver: User) -> None:
    end_room(room.public_id, by=ines)
    with pytest.raises(RoomEndedError):
        raise_hand(room.public_id, by=oliver)


def test_unknown_room_is_not_found(ines: User) -> None:
    with pytest.raises(NotFoundError):
        end_room("nothing", by=ines)
