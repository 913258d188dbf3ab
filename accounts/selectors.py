"""Reads about people."""

from __future__ import annotations

import zlib
from typing import TypedDict

from django.templatetags.static import static

from accounts.models import User
from accounts.naming import is_well_formed
from config.lib.errors import NotFoundError

PORTRAITS = 48


class PersonCard(TypedDict):
    """What anybody in a room may know of somebody."""

    id: str
    handle: str
    name: str
    portrait: str


def portrait_url(public_id: str) -> str:
    """Return the drawn portrait of somebody who has no picture; always the same one for the same person."""
    number = zlib.crc32(public_id.encode()) % PORTRAITS + 1
    return static(f"accounts/portraits/p{number:02}.svg")


def person_card(user: User) -> PersonCard:
    """Return the person as rooms and the API show them."""
    return {
        "id": user.public_id,
        "handle": user.handle,
        "name": user.shown_name,
        "portrait": portrait_url(user.public_id),
    }


def person_by_handle(handle: str) -> User:
    """Return the person, whatever the handle's case; raises NotFoundError, also for a closed account."""
    person = User.objects.filter(handle__iexact=handle, is_active=True).first() if is_well_formed(handle) else None
    if person is None:
        raise NotFoundError
    return person


def handle_exists(handle: str) -> bool:
    """Say whether somebody has this handle, whatever its case."""
    return User.objects.filter(handle__iexact=handle).exists()
