"""Showing tips in the room from whose page they came, and taking their words away."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog
from django.utils import timezone

from config.lib.errors import NotFoundError
from config.lib.public_id import is_public_id
from creators.enums import TipState
from creators.models import Tip
from creators.selectors.tips_shown import tip_entry
from creators.services.tip_settling import locked_tip
from rooms.enums import RUNNING
from rooms.events import change_room
from rooms.protocol import TipPut
from rooms.services.tips import tell_tip_anew

if TYPE_CHECKING:
    from rooms.events import RoomChange

log = structlog.get_logger(__name__)

_SHOWN: Final = (TipState.PAID, TipState.EARNED)
# A room that could not be told by then has gone on to something else.
LATELY: Final = timedelta(minutes=5)


def show_tip(tip_id: int) -> bool:
    """Tell the tip's room of it, once, if it is open; return whether it was told now."""
    tip = Tip.objects.select_related("room").get(pk=tip_id)
    if tip.room is None or tip.seq is not None or tip.state not in _SHOWN or tip.room.state not in RUNNING:
        return False
    with change_room(tip.room.public_id, by=None, live=False) as change:
        tip = locked_tip(tip_id)
        if tip.seq is not None or tip.state not in _SHOWN or change.room.state not in RUNNING or tip.recipient is None:
            return False
        tip.seq, tip.shown_at = change.room.seq + 1, timezone.now()
        tip.save(update_fields=["seq", "shown_at"])
        change.record(TipPut(tip=tip_entry(tip)))
    return True


def show_late(limit: int = 100) -> int:
    """Tell rooms of what they could not be told at once; return how many."""
    paid = Tip.objects.filter(seq=None, state__in=_SHOWN, paid_at__gt=timezone.now() - LATELY)
    missed = paid.filter(room__state__in=RUNNING).order_by("pk").values_list("pk", flat=True)[:limit]
    return sum(try_to_show(pk) for pk in missed)


def remove_words(tip_id: int) -> None:
    """Take a tip's words away, for staff and for whoever gave or was given it, whom the edge has checked."""
    tip = Tip.objects.select_related("room").get(pk=tip_id)
    if tip.room is None or tip.seq is None:
        Tip.objects.filter(pk=tip_id, words_removed_at=None).update(words_removed_at=timezone.now())
        return
    with change_room(tip.room.public_id, by=None, live=False) as change:
        remove_words_within(change, tip.public_id)


def remove_words_within(change: RoomChange, tip_id: str) -> None:
    """Do it inside a room's change (settings.ROOM_TIP_REMOVER). Raises NotFoundError for no tip of the room."""
    tips = Tip.objects.filter(room=change.room, public_id=tip_id)
    found = tips.values_list("pk", flat=True).first() if is_public_id(tip_id) else None
    if found is None:
        raise NotFoundError
    tip = locked_tip(found)
    if tip.words_removed_at is not None:
        return
    tip.words_removed_at = timezone.now()
    tip.save(update_fields=["words_removed_at"])
    if tip.seq is not None and tip.recipient is not None:
        tell_tip_anew(change, tip_entry(tip))


def try_to_show(tip_id: int) -> bool:
    """Do it if it goes; what fails is tried again by the clock, and keeps neither the payment nor other tips."""
    try:
        return show_tip(tip_id)
    except Exception:
        log.exception("tip_not_shown", tip=tip_id)
        return False
