"""Handing a room over: the host offers it to somebody on the stage, who takes it or does not.

The host stays host until then, so no slip gives a room away. What follows the room's host follows at once: who may do
what (the stage's rows), the limit of open rooms, the policy of who may host, and blocks. Nobody is told anew that the
room is open: it is the same room.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from accounts.policies.eligibility import require
from accounts.policies.rules import Platform, Purpose
from config.lib.errors import ForbiddenError
from rooms.enums import Action, RoomState
from rooms.errors import NotOfferedError, NotOnStageError, TooManyRoomsError
from rooms.events import change_room
from rooms.models import Room
from rooms.services.blocks import shut_out_unwelcome
from rooms.services.offers import set_offer
from rooms.services.stage import person_by_id
from rooms.services.succession import make_host

if TYPE_CHECKING:
    from accounts.models import User


def offer_room(room_id: str, *, by: User | None, person_id: str) -> None:
    """Offer the room to somebody on the stage; an earlier offer is taken back. Raises NotOnStageError."""
    person = person_by_id(person_id)
    with change_room(room_id, by=by) as change:
        change.require(Action.HAND_OVER)
        if change.member(person) is None:
            raise NotOnStageError
        if person == by:
            raise ForbiddenError
        set_offer(change, person)


def withdraw_room(room_id: str, *, by: User | None) -> None:
    """Take the offer back. One that is gone already is fine."""
    with change_room(room_id, by=by) as change:
        change.require(Action.HAND_OVER)
        set_offer(change, None)


def decline_room(room_id: str, *, by: User | None) -> None:
    """Say no to the offer. One that is gone already is fine."""
    with change_room(room_id, by=by) as change:
        change.require(Action.TAKE_OVER)
        if change.room.offered_to == by:
            set_offer(change, None)


def take_room(room_id: str, *, by: User | None, platform: Platform = Platform.WEB) -> None:
    """Become the room's host; who was it stays on the stage, as a co-host if there is a seat for one.

    Raises NotOfferedError, NotEligibleError if the policy says no, TooManyRoomsError.
    """
    # Their own row is locked before the room's, as by `open_room`: the limit holds against both at once.
    with change_room(room_id, by=by, showing=by.public_id if by else None) as change:
        person = change.person
        if change.room.host_id == person.pk:
            return
        change.require(Action.TAKE_OVER)
        if change.room.offered_to_id != person.pk:
            raise NotOfferedError
        require(person, Purpose.HOST, platform)
        if Room.objects.filter(host=person, state=RoomState.LIVE).count() >= settings.ROOM_LIVE_PER_HOST_LIMIT:
            raise TooManyRoomsError
        make_host(change, person)
    shut_out_unwelcome(room_id)
