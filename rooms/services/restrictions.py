"""What happens in rooms when staff close something for somebody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from django.db.models import Q

from accounts.enums import Feature
from config.lib.errors import DomainError
from media.services.sessions import revoke_publishing
from rooms.enums import RoomState
from rooms.events import change_room
from rooms.models import RaisedHand, Room, StageInvitation
from rooms.protocol import HandLowered, InvitationGone
from rooms.services.series import end_series_of
from rooms.services.stage import close_microphone, take_down, tell_microphone

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import User
    from media.models import MediaSession

log = structlog.get_logger(__name__)


def feature_closed(person: User, feature: Feature) -> None:
    """End what somebody is doing of it now; a handler of settings.FEATURE_CLOSED_HANDLERS, after the commit.

    Whoever may not speak leaves every stage and queue. A host keeps the room, in silence; whoever may not host goes on
    with the room that is live, which staff end by itself if they want it ended.
    """
    if feature == Feature.HOST:
        end_series_of(person)
    if feature != Feature.SPEAK:
        return
    there = Q(stage__user=person) | Q(hands__user=person) | Q(invitations__user=person)
    rooms = Room.objects.filter(there, state=RoomState.LIVE).distinct().order_by("pk")
    for room_id in rooms.values_list("public_id", flat=True):
        try:
            _silence(room_id, person)
        except DomainError as error:
            log.warning("not_silenced", room=room_id, error=error.code)


def _silence(room_id: str, person: User) -> None:
    ended: list[MediaSession] = []
    since: datetime | None = None
    with change_room(room_id, by=None) as change:
        member = change.member(person)
        if change.room.host_id == person.pk:
            close_microphone(change, person)
        elif member is not None:
            ended, since = take_down(change, person)
        if RaisedHand.objects.filter(room=change.room, user=person).delete()[0]:
            change.record(HandLowered(id=person.public_id, by=None))
        if StageInvitation.objects.filter(room=change.room, user=person).delete()[0]:
            change.record(InvitationGone(id=person.public_id))
    if since is not None:
        revoke_publishing(room_id, user=person, ended=ended, since=since)
    elif member is not None:
        tell_microphone(room_id, person)
