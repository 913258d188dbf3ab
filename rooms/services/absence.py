"""What becomes of the places of those who are not connected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from media.selectors import publishes
from media.services.sessions import revoke_publishing
from rooms.events import change_room
from rooms.models import Absence, RaisedHand
from rooms.protocol import HandLowered
from rooms.selectors import is_muted
from rooms.services.stage import close_microphone, take_down, tell_microphone

if TYPE_CHECKING:
    from accounts.models import User


def mute_lost(room_id: str, person: User) -> None:
    """Close the microphone of somebody whose page has gone with its sound: nobody is left with “microphone on”.

    Whoever has begun to publish again meanwhile is heard, and stays as they are.
    """
    _mute(room_id, person, unless_publishing=True)


def mute_absent(room_id: str, absence: Absence) -> None:
    """Close the microphone of somebody who is not connected."""
    _mute(room_id, absence.user, unless_publishing=False)


def _mute(room_id: str, person: User, *, unless_publishing: bool) -> None:
    if is_muted(room_id, person):
        return
    with change_room(room_id, by=None) as change:
        if change.member(person) is None or (unless_publishing and publishes(room_id, user=person)):
            return
        close_microphone(change, person)
    tell_microphone(room_id, person)


def give_up(room_id: str, absence: Absence) -> None:
    """Lower the hand and give up the place of somebody who has been away for too long.

    Under the room's lock it is looked at again: whoever came back, or became the host, keeps what they hold.
    """
    person = absence.user
    with change_room(room_id, by=None) as change:
        still_away = Absence.objects.filter(pk=absence.pk, since=absence.since).exists()
        if not still_away or change.room.host_id == person.pk:
            return
        if RaisedHand.objects.filter(room=change.room, user=person).delete()[0]:
            change.record(HandLowered(id=person.public_id))
        if change.member(person) is None:
            return
        ended, since = take_down(change, person)
    revoke_publishing(room_id, user=person, ended=ended, since=since)
