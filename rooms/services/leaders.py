"""Remembering who led a room, for as long as there is the room."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rooms.enums import StageRole
from rooms.models import RoomLeader

if TYPE_CHECKING:
    from rooms.models import StageMember

_LEADING: Final = frozenset({StageRole.HOST, StageRole.COHOST})


def note_role(member: StageMember) -> None:
    """Remember somebody who has just been given a role, if they lead by it. Inside the transaction that gives it."""
    if member.role in _LEADING:
        RoomLeader.objects.bulk_create([RoomLeader(room=member.room, user=member.user)], ignore_conflicts=True)
