"""What a host sells: made, changed, stopped and sold again. Always under the room's lock first and then the offer's.

An offer that is on sale is a room that people enter with a ticket: both change in one transaction, and `entry_changes`
keeps them together when the room's rule is changed elsewhere.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.db.models import F
from django.utils import timezone

from accounts.policies.eligibility import require
from accounts.policies.rules import Platform, Purpose
from config.lib.errors import NotFoundError
from media.services.sessions import close_guest_media
from rooms.enums import Action, EntryRule
from rooms.errors import RoomEndedError
from rooms.events import change_room
from rooms.services.entry import change_door, people_here
from ticketing.models import Offer
from ticketing.offer_errors import (
    EntryByTicketError,
    OfferChangedError,
    OfferExistsError,
    RefundingAllError,
    SalesStoppedError,
)
from ticketing.services.offer_terms import checked_terms
from ticketing.services.seats import hold_free_seats

if TYPE_CHECKING:
    from collections.abc import Iterator

    from accounts.models import User
    from media.models import MediaSession
    from rooms.events import RoomChange
    from rooms.models import Room
    from ticketing.services.offer_terms import OfferTerms


def make_offer(room_id: str, *, by: User | None, terms: OfferTerms, platform: Platform = Platform.WEB) -> Offer:
    """Sell seats in a room, which people enter with a ticket from then on; whoever is inside stays.

    Raises ForbiddenError for all but the host, RoomEndedError, NotEligibleError, OfferExistsError, and InvalidError,
    which says of each field what is wrong.
    """
    here = people_here(room_id)
    with _selling(room_id, by, platform=platform) as (change, ended):
        if Offer.objects.filter(room=change.room).exists():
            raise OfferExistsError
        now = timezone.now()
        begins_at, ends_at = checked_terms(terms, change.room, now)
        ended.extend(change_door(change, EntryRule.TICKET, guests_listen=False, here=here))
        return Offer.objects.create(
            room=change.room,
            seller=change.room.host,
            seller_key=change.room.host.public_id,
            amount=terms.price.minor,
            currency=terms.price.currency,
            capacity=terms.seats,
            sales_begin_at=begins_at,
            sales_end_at=ends_at,
        )


def change_offer(room_id: str, *, by: User | None, revision: int, terms: OfferTerms) -> Offer:
    """Change what is sold, if it is still what was looked at (`revision`); new seats go to whoever waits, in order.

    Once a seat is held or sold the price stays, and so does the currency once there was an order: who holds a seat at
    the very moment of a change pays what they were shown. There are never fewer seats than are taken.

    Raises as `make_offer` does, NotFoundError without an offer, OfferChangedError.
    """
    with _selling(room_id, by) as (change, _ended):
        offer = locked_offer(change.room)
        if offer.revision != revision:
            raise OfferChangedError
        begins_at, ends_at = checked_terms(terms, change.room, timezone.now(), offer)
        _write(
            offer,
            amount=terms.price.minor,
            currency=terms.price.currency,
            capacity=terms.seats,
            sales_begin_at=begins_at,
            sales_end_at=ends_at,
        )
        hold_free_seats(offer.pk)
        offer.refresh_from_db()
        return offer


def close_sales(room_id: str, *, by: User | None, staff: bool = False) -> bool:
    """Sell no more seats; return whether any were sold before. Who holds one may still pay.

    `staff=True` is for edges that have checked that themselves: then the host cannot sell again.
    Raises ForbiddenError, NotFoundError without an offer.
    """
    with change_room(room_id, by=by, live=False) as change:
        if not staff:
            change.require(Action.SET_ENTRY)
        offer = locked_offer(change.room)
        if offer.closed_at is None:
            _stop(offer)
            Offer.objects.filter(pk=offer.pk).update(stopped_by_staff=staff)
            return True
        # What the host had stopped stays stopped, now by staff.
        return staff and Offer.objects.filter(pk=offer.pk, stopped_by_staff=False).update(stopped_by_staff=True) > 0


def reopen_sales(room_id: str, *, by: User | None, staff: bool = False, platform: Platform = Platform.WEB) -> None:
    """Sell again what was stopped; free seats go to whoever waits first.

    Raises ForbiddenError, NotFoundError without an offer, RoomEndedError, NotEligibleError, SalesStoppedError if that
    was staff, RefundingAllError.
    """
    here = people_here(room_id)
    with _selling(room_id, by, staff=staff, platform=platform) as (change, ended):
        offer = locked_offer(change.room)
        if offer.refund_all:
            raise RefundingAllError
        if offer.closed_at is None:
            return
        if offer.stopped_by_staff and not staff:
            raise SalesStoppedError
        ended.extend(change_door(change, EntryRule.TICKET, guests_listen=False, here=here))
        Offer.objects.filter(pk=offer.pk).update(closed_at=None, stopped_by_staff=False, revision=F("revision") + 1)
        hold_free_seats(offer.pk)


def entry_changes(room: Room, rule: EntryRule) -> None:
    """Keep rule and offer together when somebody changes who may enter: `settings.ROOM_ENTRY_CHECKS`.

    Runs under the room's lock, before the change. Raises EntryByTicketError while a seat is taken; where none is, the
    sale stops with the rule.
    """
    if rule == EntryRule.TICKET or room.entry_rule != EntryRule.TICKET:
        return
    offer = Offer.objects.select_for_update(no_key=True).filter(room=room).first()
    if offer is None:
        return
    if offer.taken:
        raise EntryByTicketError
    if offer.closed_at is None:
        _stop(offer)


def locked_offer(room: Room) -> Offer:
    """Lock the room's offer inside the caller's transaction, and return it. Raises NotFoundError."""
    offer = Offer.objects.select_for_update(no_key=True).filter(room=room).first()
    if offer is None:
        raise NotFoundError
    return offer


@contextmanager
def _selling(
    room_id: str, by: User | None, *, staff: bool = False, platform: Platform | None = None
) -> Iterator[tuple[RoomChange, list[MediaSession]]]:
    """Change a room that is not over, by its host; with `platform` only if their account may sell from there.

    The sessions that a change of its door ended, which are added to the list, are closed after the commit.
    """
    ended: list[MediaSession] = []
    with change_room(room_id, by=by, live=False) as change:
        if not staff:
            change.require(Action.SET_ENTRY)
        if change.room.is_over:
            raise RoomEndedError
        if platform is not None and by is not None and not staff:
            require(by, Purpose.SELL, platform)
        yield change, ended
    close_guest_media(ended)


def _write(offer: Offer, *, capacity: int, **fields: object) -> None:
    """Write what may change, and nothing else: `taken` belongs to the seats. Holds also if the row were not locked."""
    rows = Offer.objects.filter(pk=offer.pk, revision=offer.revision, taken__lte=capacity)
    if not rows.update(capacity=capacity, revision=F("revision") + 1, **fields):
        raise OfferChangedError


def _stop(offer: Offer) -> None:
    Offer.objects.filter(pk=offer.pk).update(closed_at=timezone.now(), revision=F("revision") + 1)
