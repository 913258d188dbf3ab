"""What rooms do when somebody blocks somebody: whoever a room is hidden from leaves it at once."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from accounts.selectors.blocking import blocked_ids, recent_blocks
from config.lib.errors import DomainError
from config.lib.publish import publish
from media.selectors import has_media
from media.services.sessions import close_person_media, end_person_media
from rooms.enums import LASTING, RoomState
from rooms.events import RoomChange, change_room, group_of
from rooms.models import ChatMessage, LoweredHand, RaisedHand, Room, StageInvitation, StageMember
from rooms.protocol import HandLowered, InvitationGone, StageLeft
from rooms.services.offers import drop_offer

if TYPE_CHECKING:
    from collections.abc import Collection

    from django.db.models import QuerySet

    from accounts.models import Block
    from media.models import MediaSession

log = structlog.get_logger(__name__)

# A block is looked at again for so long: whoever had to act on it may have died, and messages may be lost.
FINISH_SECONDS = 60


def block_changed(blocker: User, blocked: User, now: bool) -> None:  # noqa: FBT001 - a handler of BLOCK_HANDLERS
    """Send each of the two out of the rooms of the other; where one of them is on stage, let both see how it is."""
    if now:
        _send_out(blocker, blocked)
    _tell_where_on_stage(blocker, blocked)


def _send_out(blocker: User, blocked: User) -> None:
    for host, person in ((blocker, blocked), (blocked, blocker)):
        rooms = Room.objects.filter(host=host, state__in=LASTING).order_by("pk")
        for room_id in rooms.values_list("public_id", flat=True):
            shut_out(room_id, person)


def _tell_where_on_stage(blocker: User, blocked: User) -> None:
    """Only who sits on the stage learns that somebody there does not hear them, and only where one of the two has
    written does the other look whose messages they see: hidden at once, or shown again.
    """
    members = StageMember.objects.filter(room__state=RoomState.LIVE, user__in=[blocker, blocked])
    stages: defaultdict[str, set[str]] = defaultdict(set)
    wrote = ChatMessage.objects.filter(room__state=RoomState.LIVE, user__in=[blocker, blocked])
    authors: defaultdict[str, set[str]] = defaultdict(set)
    for room_id, author in wrote.values_list("room__public_id", "user__public_id").distinct():
        authors[room_id].add(author)
        stages[room_id] = set()
    for room_id, person_id in members.values_list("room__public_id", "user__public_id"):
        stages[room_id].add(person_id)
    for room_id, there in stages.items():
        both = {blocker.public_id, blocked.public_id} <= there
        told = [blocker.public_id] if blocked.public_id in there | authors[room_id] else []
        told += [blocked.public_id] if both or blocker.public_id in authors[room_id] else []
        if told:
            publish(group_of(room_id), {"type": "room.blocks", "room": room_id, "people": told})


def shut_out(room_id: str, person: User) -> None:
    """Take somebody off the stage, out of the queue and out of the sound of a room, and close their sockets."""
    with change_room(room_id, by=None, live=False) as change:
        ended = take_out(change, person)
    publish(group_of(room_id), {"type": "room.shut_out", "room": room_id, "people": [person.public_id]})
    close_person_media(room_id, user=person, ended=ended)


def take_out(change: RoomChange, person: User) -> list[MediaSession]:
    """Take somebody off the stage, out of the queue and out of the sound, inside the caller's change.

    Return what ended, for `close_person_media` after the commit.
    """
    _take_away(change, person)
    return end_person_media(change.room.public_id, user=person)


def still_there(room: Room, person: User) -> bool:
    """Say whether anything of somebody is left in the room, on the stage, in the queue or of sound."""
    there = Q(stage__user=person) | Q(hands__user=person) | Q(invitations__user=person)
    return Room.objects.filter(there, pk=room.pk).exists() or has_media(room.public_id, user=person)


def _take_away(change: RoomChange, person: User) -> None:
    if change.room.is_over:
        # It ended meanwhile; who was on the stage then is history.
        return
    if StageMember.objects.filter(room=change.room, user=person).delete()[0]:
        drop_offer(change, person)
        change.record(StageLeft(id=person.public_id))
    LoweredHand.objects.filter(room=change.room, user=person).delete()
    if RaisedHand.objects.filter(room=change.room, user=person).delete()[0]:
        change.record(HandLowered(id=person.public_id))
    if StageInvitation.objects.filter(room=change.room, user=person).delete()[0]:
        change.record(InvitationGone(id=person.public_id))


def shut_out_unwelcome(room_id: str) -> None:
    """Send those out of a room that has got another host with whom there is a block.

    What a process that dies here leaves undone, `finish_blocks` does.
    """
    room = Room.objects.select_related("host").get(public_id=room_id)
    unwelcome = list(_hidden_from(room.host))
    if not unwelcome:
        return
    for person in unwelcome:
        _finish(room, person)
    # Whoever only listens has a socket, and perhaps nothing else.
    people = [person.public_id for person in unwelcome]
    publish(group_of(room_id), {"type": "room.shut_out", "room": room_id, "people": people})


def _hidden_from(host: User) -> QuerySet[User]:
    return User.objects.filter(pk__in=blocked_ids(host)).order_by("pk")


def finish_blocks(room_ids: Collection[str]) -> dict[str, list[str]]:
    """Do for these rooms what recent blocks, and recent changes of their host, still leave to do; return by room whose
    sockets are to be closed.
    """
    since = timezone.now() - timedelta(seconds=FINISH_SECONDS)
    out = _finish_recent(room_ids, list(recent_blocks(since)))
    handed_over = Room.objects.filter(public_id__in=room_ids, state=RoomState.LIVE, host_since__gte=since)
    for room in handed_over.select_related("host"):
        for person in _hidden_from(room.host):
            out.setdefault(room.public_id, []).append(person.public_id)
            _finish(room, person)
    return out


def _finish_recent(room_ids: Collection[str], recent: list[Block]) -> dict[str, list[str]]:
    if not recent:
        return {}
    unwelcome: defaultdict[int, list[User]] = defaultdict(list)
    for block in recent:
        unwelcome[block.blocker_id].append(block.blocked)
        unwelcome[block.blocked_id].append(block.blocker)
    out: defaultdict[str, list[str]] = defaultdict(list)
    for room in Room.objects.filter(public_id__in=room_ids, state__in=LASTING, host__in=unwelcome):
        for person in unwelcome[room.host_id]:
            out[room.public_id].append(person.public_id)
            _finish(room, person)
    return dict(out)


def _finish(room: Room, person: User) -> None:
    if not still_there(room, person):
        return
    try:
        shut_out(room.public_id, person)
    except DomainError as error:
        log.warning("block_not_finished", room=room.public_id, error=error.code)
