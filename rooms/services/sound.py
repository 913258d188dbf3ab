"""Who may send and hear sound in a room: the rooms' side of media sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from config.lib.errors import ForbiddenError, LoginRequiredError
from media.selectors import publishing_epoch
from media.services.sessions import MediaAnswer, close_media, open_media
from rooms.enums import Action
from rooms.errors import RoomEndedError
from rooms.permissions import may
from rooms.selectors import is_muted, role_in, room_for

if TYPE_CHECKING:
    from accounts.models import User


def offer_media(
    room_id: str, *, by: User | None, guest_key: str, kind: Literal["publish", "listen"], sdp: str
) -> MediaAnswer:
    """Answer a browser's offer through the relay, if the person may publish or listen here.

    `guest_key` names the connection of somebody without an account.
    """
    room = room_for(by, room_id)
    if not room.is_live:
        raise RoomEndedError
    # Read before the role: whoever is moved down in between holds an epoch that is over, and the relay refuses it.
    epoch = publishing_epoch(room_id, user=by) if by and kind == "publish" else None
    if not may(role_in(room, by), Action.SPEAK if kind == "publish" else Action.LISTEN):
        raise LoginRequiredError if by is None else ForbiddenError
    return open_media(room_id, user=by, guest_key=guest_key, kind=kind, sdp=sdp, muted=is_muted(room, by), epoch=epoch)


def end_media(media_session: str, *, by: User | None, guest_key: str) -> None:
    """Close one's own media session."""
    close_media(media_session, user=by, guest_key=guest_key)
