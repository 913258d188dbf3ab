"""The offer of a room to somebody on its stage, as a field of the room; services.handover says who may make one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from accounts.models import User
    from rooms.events import RoomChange


def set_offer(change: RoomChange, person: User | None) -> None:
    """Let the room be offered to the person, or to nobody; inside the caller's change."""
    if change.room.offered_to == person:
        return
    change.room.offered_to = person
    change.room.save(update_fields=["offered_to"])
    change.record_room()


def drop_offer(change: RoomChange, person: User) -> None:
    """Take the offer back if it is this person's: they are leaving the stage."""
    if change.room.offered_to_id == person.pk:
        set_offer(change, None)
