"""Putting a room forward, which staff alone do."""

from __future__ import annotations

from django.utils import timezone

from rooms.models import Room


def put_forward(room_id: str, *, forward: bool) -> bool:
    """Put a room forward in the hallway, or no longer; return whether that is new.

    Nobody in the room sees it, so no event tells of it. The caller has checked that this is staff.
    """
    rooms = Room.objects.filter(public_id=room_id, featured_at__isnull=forward)
    return bool(rooms.update(featured_at=timezone.now() if forward else None))
