"""Leaving the waiting line of a sold-out room, and a look whether it stands beside free seats.

Joining it is in ticketing.services.seats, which gives seats away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from config.lib.deadlocks import again_after_deadlock
from rooms.enums import OVER
from ticketing.enums import WaitingState
from ticketing.models import Offer, WaitingPlace
from ticketing.services.seats import hold_free_seats

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


def serve_lines(limit: int = 100) -> int:
    """Hold free seats for those who wait beside them, and return how many; any number of these may run at once.

    A seat that becomes free goes to the line at once, unless nothing was sold just then or nobody in it could be asked:
    the sale's end was moved, or whoever waits has opened their account again.
    """
    now = timezone.now()
    beside = WaitingPlace.objects.filter(state=WaitingState.WAITING, user__is_active=True)
    free = beside.filter(offer__taken__lt=F("offer__capacity"), offer__closed_at=None)
    sold = free.filter(offer__sales_begin_at__lte=now, offer__sales_end_at__gt=now).exclude(offer__room__state__in=OVER)
    offers = sold.order_by("offer").values_list("offer", flat=True).distinct()[:limit]
    return sum(_serve(offer_id) for offer_id in offers)


@again_after_deadlock
def _serve(offer_id: int) -> int:
    with transaction.atomic():
        return len(hold_free_seats(offer_id))
