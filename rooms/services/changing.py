"""Changing several of a room's settings at once: all of them or, if one is refused, none."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, TypedDict

from django.db import transaction
from django.utils.translation import gettext as _

from config.lib.errors import InvalidError
from media.services.sessions import close_guest_media
from rooms.enums import Action, EntryRule
from rooms.errors import RoomBegunError, RoomEndedError, VersionConflictError
from rooms.events import change_room
from rooms.services.entry import change_door, people_here
from rooms.services.lifecycle import checked_words
from rooms.services.planning import check_coming, check_time, move, reword
from rooms.services.series import edit_following, reschedule_following
from rooms.services.speaking import set_fields
from rooms.services.topics import checked_topics
from rooms.topics import topics_of
from rooms.versions import version_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from accounts.models import User
    from media.models import MediaSession
    from rooms.events import RoomChange
    from rooms.models import Room, Topic


class Changes(TypedDict, total=False):
    """What is to be another; whatever is left out stays."""

    title: str
    description: str
    language: str
    topics: Sequence[str]
    starts_at: datetime
    # By whose clocks a series keeps its new hour.
    zone: str
    entry_rule: str
    guests_listen: bool
    speak_rule: str
    hands_locked: bool
    stage_locked: bool
    chat_open: bool
    chat_slow: int


_WORDS = frozenset({"title", "description", "language", "topics"})
_OF_A_SERIES = _WORDS | {"starts_at", "zone"}
_RULES = ("speak_rule", "hands_locked", "stage_locked", "chat_open", "chat_slow")
# What the table of permissions is asked for, by field.
ASKS: dict[str, Action] = {
    **dict.fromkeys(_WORDS, Action.EDIT_ROOM),
    "starts_at": Action.RESCHEDULE,
    "entry_rule": Action.SET_ENTRY,
    "guests_listen": Action.SET_ENTRY,
    "speak_rule": Action.SET_SPEAK_RULE,
    "hands_locked": Action.LOCK_HANDS,
    "stage_locked": Action.LOCK_STAGE,
    "chat_open": Action.MODERATE_CHAT,
    "chat_slow": Action.MODERATE_CHAT,
}


def change_settings(room_id: str, *, by: User | None, changes: Changes, version: str | None = None) -> None:
    """Change what a room says of itself, its time while it is planned, its door and its rules.

    With `version` only if its settings are still those. Raises VersionConflictError, RoomEndedError, InvalidError, and
    RoomBegunError for another time or language once it has begun.
    """
    # Redis is asked before the row is locked.
    here = people_here(room_id) if "entry_rule" in changes else []
    with _reading(room_id, by, changes, version) as change:
        if change.room.is_over:
            raise RoomEndedError
        _move(change, changes)
        _reword(change, changes)
        ended = _change_door(change, changes, here)
        set_fields(change, **{name: value for name, value in changes.items() if name in _RULES})
    close_guest_media(ended)


@transaction.atomic
def change_settings_of_following(
    room_id: str, *, by: User | None, changes: Changes, version: str | None = None
) -> None:
    """Change the words and the time of this room, of all that follow in its series, and of those still to be planned.

    Raises as `change_settings` does, NotFoundError for a room of no series, InvalidError for what only one room has.
    """
    for name in changes:
        if name not in _OF_A_SERIES:
            raise InvalidError(errors={name: _("That can be changed for one room at a time only.")})
    with _reading(room_id, by, changes, version) as change:
        check_coming(change)
        room = change.room
        if "topics" in changes:
            checked_topics(changes["topics"], kept=_kept_in_series(room))
    if "starts_at" in changes:
        if not changes.get("zone"):
            raise InvalidError(errors={"zone": _("Say by whose clocks the rooms that follow keep this hour.")})
        reschedule_following(room_id, by=by, starts_at=changes["starts_at"], zone=changes["zone"])
    if _WORDS & changes.keys():
        edit_following(
            room_id,
            by=by,
            title=changes.get("title", room.title),
            description=changes.get("description", room.description),
            language=changes.get("language", room.language),
            topics=changes.get("topics"),
        )


def _kept_in_series(room: Room) -> list[Topic]:
    """Return what a room and its series are about, whether or not it is offered still."""
    return [*topics_of(room), *(room.series.topics.all() if room.series else ())]


@contextmanager
def _reading(room_id: str, by: User | None, changes: Changes, version: str | None) -> Iterator[RoomChange]:
    """Change the room if whoever asks may do all of it, and has seen what they change."""
    with change_room(room_id, by=by, showing=by.public_id if by else None, live=False) as change:
        for action in sorted({ASKS[name] for name in changes if name in ASKS}):
            change.require(action)
        now = version_of(change.room)
        if version is not None and version != now:
            raise VersionConflictError(now)
        yield change


def _move(change: RoomChange, changes: Changes) -> None:
    starts_at = changes.get("starts_at")
    if starts_at is None or starts_at == change.room.starts_at:
        return
    check_coming(change)
    check_time(starts_at)
    move(change, starts_at)


def _reword(change: RoomChange, changes: Changes) -> None:
    if not _WORDS & changes.keys():
        return
    room = change.room
    language = changes.get("language", room.language)
    if room.is_live and language != room.language:
        raise RoomBegunError
    title, description = changes.get("title", room.title), changes.get("description", room.description)
    had = topics_of(room)
    about = checked_topics(changes["topics"], kept=had) if "topics" in changes else had
    reword(change, *checked_words(title, description, language), language, about)


def _change_door(change: RoomChange, changes: Changes, here: list[str]) -> list[MediaSession]:
    if not {"entry_rule", "guests_listen"} & changes.keys():
        return []
    rule = EntryRule(changes.get("entry_rule", change.room.entry_rule))
    guests_listen = changes.get("guests_listen", change.room.guests_listen)
    return change_door(change, rule, guests_listen=guests_listen, here=here)
