"""Tips as far as a room shows them. Who takes them is a higher app's matter, which the settings name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.module_loading import import_string

from config.lib.errors import NotFoundError
from rooms.enums import RUNNING, Action
from rooms.events import change_room
from rooms.models import RoomEvent
from rooms.protocol import TipPut

if TYPE_CHECKING:
    from accounts.models import User
    from rooms.events import RoomChange
    from rooms.state import TipEntry


def remove_tip_words(room_id: str, *, by: User | None, tip_id: str) -> None:
    """Take the words of a tip away, as a host; the tip stays. Raises NotFoundError, ForbiddenError."""
    with change_room(room_id, by=by, live=False) as change:
        change.require(Action.MODERATE_CHAT)
        if not settings.ROOM_TIP_REMOVER:
            raise NotFoundError
        import_string(settings.ROOM_TIP_REMOVER)(change, tip_id)


def tell_tip_anew(change: RoomChange, entry: TipEntry) -> None:
    """Tell a tip as it is now, and take its words and its giver out of the event that told it first."""
    told = RoomEvent.objects.filter(room=change.room, seq=entry["seq"]).first()
    if told is not None:
        told.body["tip"] = entry
        told.save(update_fields=["body"])
    if change.room.state in RUNNING:
        change.record(TipPut(tip=entry))
