"""What rooms do when sessions end: their sockets close in all processes, and with them what they send and hear."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.lib.publish import publish
from rooms.events import ALL_ROOMS

if TYPE_CHECKING:
    from accounts.models import User


def session_ended(digest: str, person: User | None) -> None:
    """Close the sockets of this session, or look again at all of somebody's; for settings.SESSION_ENDED_HANDLERS."""
    found = {"session": digest, "person": person.public_id if person else ""}
    publish(ALL_ROOMS, {"type": "rooms.session_ended", **found})
