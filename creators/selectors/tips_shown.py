"""Tips as a room's state has them (settings.ROOM_TIPS): whoever gave one unnamed is named to nobody there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from accounts.selectors.people import person_card
from creators.models import Tip
from rooms.selectors import iso

if TYPE_CHECKING:
    from accounts.models import User
    from rooms.models import Room
    from rooms.state import TipEntry


def tips_in(room: Room, number: int) -> list[TipEntry]:
    """Return so many of the last tips that a room was told of, the latest at the end."""
    tips = Tip.objects.filter(room=room, seq__isnull=False, recipient__isnull=False)
    last = tips.select_related("giver", "recipient").order_by("-seq")[:number]
    return [tip_entry(tip) for tip in reversed(last)]


def tip_entry(tip: Tip) -> TipEntry:
    """Return a tip that has its number as clients know it; its recipient is not erased."""
    assert tip.recipient is not None
    assert tip.seq is not None
    assert tip.shown_at is not None
    return {
        "id": tip.public_id,
        "seq": tip.seq,
        "person": None if tip.giver is None or tip.anonymous else person_card(tip.giver),
        "to": person_card(tip.recipient),
        "amount": tip.amount,
        "currency": tip.currency,
        "text": tip.words,
        "at": iso(tip.shown_at),
        "removed": tip.words_removed_at is not None,
    }


def rooms_showing(person: User) -> Q:
    """Return in which rooms a tip names the person, as giver or recipient (settings.ROOM_SHOWS_PERSON)."""
    shown = Q(tips__seq__isnull=False)
    return shown & (Q(tips__giver=person, tips__anonymous=False) | Q(tips__recipient=person))
