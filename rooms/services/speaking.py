"""Who may ask to speak, and whether anybody may come up at all: rules that hosts change while the room is live."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts.selectors.following import is_following
from rooms.enums import Action, SpeakRule
from rooms.errors import HandsLockedError, OnlyFollowedError, OnlyInvitedError
from rooms.events import change_room

if TYPE_CHECKING:
    from accounts.models import User
    from rooms.events import RoomChange


def check_may_ask(change: RoomChange, person: User) -> None:
    """Stop unless the person may raise a hand now. Raises HandsLockedError, OnlyFollowedError, OnlyInvitedError."""
    rule = change.room.speak_rule
    if rule == SpeakRule.INVITED:
        raise OnlyInvitedError
    if rule == SpeakRule.FOLLOWED and not is_following(change.room.host, person):
        raise OnlyFollowedError
    if change.room.hands_locked:
        raise HandsLockedError


def lock_hands(room_id: str, *, by: User | None, locked: bool) -> None:
    """Let no more hands go up, or let them again. Those that are up stay."""
    with change_room(room_id, by=by) as change:
        change.require(Action.LOCK_HANDS)
        set_fields(change, hands_locked=locked)


def lock_stage(room_id: str, *, by: User | None, locked: bool) -> None:
    """Let nobody come up, not even by invitation, or let them again. Whoever is on the stage stays."""
    with change_room(room_id, by=by) as change:
        change.require(Action.LOCK_STAGE)
        set_fields(change, stage_locked=locked)


def change_speak_rule(room_id: str, *, by: User | None, rule: SpeakRule) -> None:
    """Say who may raise a hand from now on. Hands that are up stay, and hosts may invite whom they like."""
    with change_room(room_id, by=by) as change:
        change.require(Action.SET_SPEAK_RULE)
        set_fields(change, speak_rule=rule.value)


def set_fields(change: RoomChange, **fields: object) -> None:
    """Set these fields of the room inside the caller's change, and tell it if any of them is another now."""
    if all(getattr(change.room, name) == value for name, value in fields.items()):
        return
    for name, value in fields.items():
        setattr(change.room, name, value)
    change.room.save(update_fields=list(fields))
    change.record_room()
