"""Which version of a room's own settings somebody has read, so that nobody overwrites what they have not seen."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec

from rooms.topics import topics_of

if TYPE_CHECKING:
    from rooms.models import Room

# What `rooms.services.changing` may change, and the state, which says whether it may. Neither the stage nor the queue:
# they change all the time, and nobody sends them back.
_COUNTED = (
    "title",
    "description",
    "language",
    "state",
    "starts_at",
    "entry_rule",
    "guests_listen",
    "speak_rule",
    "hands_locked",
    "stage_locked",
    "chat_open",
    "chat_slow",
)
VERSION_LENGTH = 16


def version_of(room: Room) -> str:
    """Return an opaque name for the settings as they are: the same settings have the same name."""
    about = [topic.slug for topic in topics_of(room)]
    told = msgspec.json.encode([*(getattr(room, name) for name in _COUNTED), about])
    return hashlib.sha256(told).hexdigest()[:VERSION_LENGTH]
