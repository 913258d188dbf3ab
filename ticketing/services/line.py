"""Leaving the waiting line of a sold-out room; joining it is in ticketing.services.seats, which gives seats away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from ticketing.enums import WaitingState
from ticketing.models import Offer, WaitingPlace

if TYPE_CHECKING:
    from accounts.models import User


def leave_line(offer_id: int, user: User) -> bool:
    """Wait no longer; return whether one did. A seat that was offered meanwhile stays held: its order is given up.

    The offer is locked, as whoever frees a seat does: nobody leaves while a seat is being given to them.
    """
    with transaction.atomic():
        Offer.objects.select_for_update(no_key=True).get(pk=offer_id)
        waiting = WaitingPlace.objects.filter(offer=offer_id, user=user, state=WaitingState.WAITING)
        return waiting.update(state=WaitingState.OVER) == 1
