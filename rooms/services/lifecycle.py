"""Opening and ending rooms."""

from __future__ import annotations

from typing import TYPE_CHECKING, NotRequired, TypedDict, Unpack

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.policies.eligibility import require
from accounts.policies.rules import Platform, Purpose
from accounts.selectors.people import person_card
from config.lib.errors import InvalidError
from config.lib.plain_text import tidy_line, tidy_lines
from media.services.recordings import stop_recording, tell_stopped
from media.services.sessions import close_room_media, end_room_media
from rooms.enums import RUNNING, Action, EntryRule, RoomState, SpeakRule, StageRole
from rooms.errors import TooManyRoomsError
from rooms.events import RoomChange, change_room, check_live
from rooms.models import (
    DESCRIPTION_MAX_LENGTH,
    TITLE_MAX_LENGTH,
    LoweredHand,
    RaisedHand,
    Room,
    StageInvitation,
    StageMember,
)
from rooms.protocol import RecordingStopped, RoomEnded, RoomOpened
from rooms.selectors import iso, room_fields
from rooms.services.leaders import note_role
from rooms.services.telling import live_now
from rooms.services.topics import checked_topics, set_topics

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django_stubs_ext import StrOrPromise

    from media.models import MediaSession, Recording
    from rooms.models import Topic


class NewRoom(TypedDict):
    """What a host says of a room that is to be, now or later. Left out, it is about nothing, and open to everyone."""

    title: str
    description: NotRequired[str]
    language: str
    entry_rule: NotRequired[str]
    guests_listen: NotRequired[bool]
    topics: NotRequired[Sequence[str]]
    speak_rule: NotRequired[str]


@transaction.atomic
def open_room(host: User, *, platform: Platform = Platform.WEB, **said: Unpack[NewRoom]) -> Room:
    """Open a live room with its host on the stage, muted.

    Raises InvalidError for a title, description, language or topics out of bounds, NotEligibleError if the policy says
    no on this platform, TooManyRoomsError when the host's limit of open rooms is reached.
    """
    room, about = new_room(host, said)
    require(host, Purpose.HOST, platform)
    # The host's own row serialises their openings: two clicks must not open two rooms.
    User.objects.select_for_update(no_key=True).get(pk=host.pk)
    check_running(host)
    bring_into_being(room, about)
    live_now(room)
    return room


def new_room(host: User, said: NewRoom) -> tuple[Room, list[Topic]]:
    """Return a room, unsaved, and what it is to be about. Raises InvalidError for words or topics out of bounds."""
    title, description = checked_words(said["title"], said.get("description", ""), said["language"])
    rule = said.get("speak_rule", SpeakRule.EVERYONE)
    room = Room(host=host, title=title, description=description, language=said["language"], speak_rule=rule)
    open_door(room, said.get("entry_rule", EntryRule.EVERYONE), guests_listen=said.get("guests_listen", True))
    return room, checked_topics(said.get("topics", ()))


def open_door(room: Room, rule: str, *, guests_listen: bool) -> None:
    """Say who may enter a room that is being made; whoever has no account only where everyone may."""
    room.entry_rule, room.guests_listen = rule, guests_listen and rule == EntryRule.EVERYONE


def bring_into_being(room: Room, topics: Sequence[Topic] = ()) -> None:
    """Store a new room with its host on the stage, muted, and its first event. The caller holds the host's lock."""
    room.save(force_insert=True)
    set_topics(room, topics)
    note_role(StageMember.objects.create(room=room, user=room.host, role=StageRole.HOST))
    change = RoomChange(room, room.host)
    change.record(RoomOpened(room=room_fields(room), host=person_card(room.host)))
    change.write()


def check_running(host: User, *, but: Room | None = None) -> None:
    """Stop if the host has as many other rooms open as one may. The caller holds the host's lock.

    Raises TooManyRoomsError.
    """
    running = Room.objects.filter(host=host, state__in=RUNNING)
    others = running if but is None else running.exclude(pk=but.pk)
    if others.count() >= settings.ROOM_LIVE_PER_HOST_LIMIT:
        raise TooManyRoomsError


def end_room(room_id: str, *, by: User | None, staff: bool = False) -> bool:
    """End the room for everyone. Ending one that is over is no error; return whether this call ended it.

    Raises RoomNotLiveError for one that has not begun: `cancel_room` is for that.

    `staff=True` is for edges that have checked staff permission themselves: it ends any room.
    """
    with change_room(room_id, by=by, live=False) as change:
        if not staff:
            change.require(Action.END_ROOM)
        if change.room.is_over:
            return False
        check_live(change.room)
        recorded = _stop_recording(change)
        ended = _end(change)
    close_room_media(room_id, ended=ended)
    if recorded is not None:
        tell_stopped(recorded)
    return True


def _stop_recording(change: RoomChange) -> Recording | None:
    """A room that has ended is not recorded, whatever happens to this process next."""
    if not change.room.recording:
        return None
    change.room.recording = change.room.recording_trouble = False
    change.record(RecordingStopped())
    return stop_recording(change.room.public_id)


def _end(change: RoomChange) -> list[MediaSession]:
    room = change.room
    room.state, room.ended_at = RoomState.ENDED, timezone.now()
    room.offered_to = None
    room.save(update_fields=["state", "ended_at", "recording", "recording_trouble", "offered_to"])
    RaisedHand.objects.filter(room=room).delete()
    LoweredHand.objects.filter(room=room).delete()
    StageInvitation.objects.filter(room=room).delete()
    change.record(RoomEnded(ended_at=iso(room.ended_at)))
    return end_room_media(room.public_id)


def checked_words(title: str, description: str, language: str) -> tuple[str, str]:
    """Return title and description as they are kept. Raises InvalidError for words or a language out of bounds."""
    title, description = tidy_line(title), tidy_lines(description)
    problem: StrOrPromise | None = None
    if not 1 <= len(title) <= TITLE_MAX_LENGTH:
        problem = _("A title has 1 to %(limit)d characters.") % {"limit": TITLE_MAX_LENGTH}
    elif len(description) > DESCRIPTION_MAX_LENGTH:
        problem = _("A description has at most %(limit)d characters.") % {"limit": DESCRIPTION_MAX_LENGTH}
    elif language not in dict(settings.LANGUAGES):
        problem = _("Choose one of the languages offered.")
    if problem is not None:
        raise InvalidError(problem)
    return title, description
