"""What tips do when an account is erased: payments stay, as books must, and name nobody any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from creators.models import Tip, TipChoice, TipRefund
from creators.selectors.tips_shown import tip_entry
from creators.services.tip_settling import locked_tip
from rooms.events import change_room
from rooms.services.tips import tell_tip_anew

if TYPE_CHECKING:
    from accounts.models import User


def erase_from_tips(person: User) -> None:
    """Part tips from who gave and was given them, and empty what somebody wrote; one of settings.DATA_ERASERS."""
    shown = Tip.objects.filter(giver=person, seq__isnull=False, room__isnull=False).order_by("room", "pk")
    for tip_id, room_id in shown.values_list("pk", "room__public_id"):
        _erase_shown(tip_id, room_id)
    Tip.objects.filter(giver=person).update(giver=None, message="", tell=False)
    Tip.objects.filter(recipient=person).update(recipient=None, message="", tell=False)
    TipRefund.objects.filter(asked_by=person).update(asked_by=None)
    TipChoice.objects.filter(person=person).delete()


def _erase_shown(tip_id: int, room_id: str) -> None:
    """Whoever is in the room now sees a tip of somebody unnamed, without words."""
    with change_room(room_id, by=None, live=False) as change:
        tip = locked_tip(tip_id)
        tip.giver, tip.message = None, ""
        tip.save(update_fields=["giver", "message"])
        if tip.recipient is not None:
            tell_tip_anew(change, tip_entry(tip))
