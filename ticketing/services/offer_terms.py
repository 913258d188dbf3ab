"""What a host may ask for: price, seats and time of a sale, each within its limits, and what of it stays once sold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from config.lib.currencies import step
from config.lib.errors import InvalidError
from config.lib.formats import moment
from config.lib.money import Money
from ticketing.enums import OrderState
from ticketing.models import Order

if TYPE_CHECKING:
    from datetime import datetime

    from rooms.models import Room
    from ticketing.models import Offer


@dataclass(frozen=True, slots=True)
class OfferTerms:
    """What a host asks for. Without `begins_at` the sale begins now, or stays as it was; without `ends_at` it goes on
    for as long as it may (`latest_end`)."""

    price: Money
    seats: int
    begins_at: datetime | None = None
    ends_at: datetime | None = None


def latest_end(room: Room, now: datetime) -> datetime:
    """Return until when seats may be sold: a planned room's time; a live one goes on for nobody knows how long."""
    if room.is_coming and room.starts_at is not None and room.starts_at > now:
        return room.starts_at
    # To the minute, as forms show it.
    return now.replace(second=0, microsecond=0) + timedelta(hours=settings.TICKET_LIVE_HOURS)


def price_is_fixed(offer: Offer) -> bool:
    """Say whether somebody holds or bought a seat at this price."""
    return Order.objects.filter(offer=offer).exclude(state=OrderState.RELEASED).exists()


def checked_terms(
    terms: OfferTerms, room: Room, now: datetime, offer: Offer | None = None
) -> tuple[datetime, datetime]:
    """Return from when until when it is sold. Raises InvalidError with all that is wrong."""
    begins_at = terms.begins_at or (offer.sales_begin_at if offer else now)
    ends_at = terms.ends_at or latest_end(room, now)
    wrong = (
        ("price", _wrong_price(terms.price, offer)),
        ("seats", _wrong_seats(terms.seats, offer)),
        ("sales_end_at", _wrong_window(begins_at, ends_at, room, now, offer)),
    )
    if errors := {name: words for name, words in wrong if words}:
        raise InvalidError(errors=errors)
    if terms.begins_at is not None:
        # Nothing is sold before there is the room, and not all clocks can show the year 1.
        begins_at = max(begins_at, room.created_at.replace(second=0, microsecond=0))
    return begins_at, ends_at


def _wrong_price(price: Money, offer: Offer | None) -> str:
    if offer is not None:
        if price == offer.price:
            # Also one that another setting allowed once.
            return ""
        if fixed := why_price_is_fixed(offer, price.currency):
            return fixed
    if price.currency not in settings.TICKET_CURRENCIES:
        return _("Tickets are not sold in this currency here.")
    if price.minor % step(price.currency):
        return _("In this currency a price has no fraction. Write a rounder one.")
    least, most = (Money(sum_, price.currency) for sum_ in (settings.TICKET_MIN_AMOUNT, settings.TICKET_MAX_AMOUNT))
    if least <= price <= most:
        return ""
    return _("Choose a price from %(least)s to %(most)s.") % {"least": least.written(), "most": most.written()}


def why_price_is_fixed(offer: Offer, currency: str) -> str:
    """Return why the price, or at least its currency, stays as it is; "" if it may be another."""
    if price_is_fixed(offer):
        return _("Somebody holds or has a seat for %(price)s, so the price stays.") % {"price": offer.price.written()}
    if currency != offer.currency and offer.orders.exists():
        return _("Somebody has begun to pay in this currency, so it stays.")
    return ""


def _wrong_seats(seats: int, offer: Offer | None) -> str:
    if offer is not None and seats == offer.capacity:
        return ""
    if seats < 1:
        return _("Offer at least one seat.")
    if seats > settings.TICKET_MAX_SEATS:
        most = settings.TICKET_MAX_SEATS
        return ngettext("Offer at most %(most)d seat.", "Offer at most %(most)d seats.", most) % {"most": most}
    if offer is not None and seats < offer.taken:
        words = ngettext(
            "%(taken)d seat is held, sold or a guest’s: there cannot be fewer.",
            "%(taken)d seats are held, sold or a guest’s: there cannot be fewer.",
            offer.taken,
        )
        return words % {"taken": offer.taken}
    return ""


def _wrong_window(begins_at: datetime, ends_at: datetime, room: Room, now: datetime, offer: Offer | None) -> str:
    if begins_at >= ends_at:
        return _("The sale has to begin before it ends.")
    if offer is not None and ends_at == offer.sales_end_at:
        return ""
    if ends_at <= now:
        return _("Choose a time that is still to come.")
    latest = latest_end(room, now)
    if ends_at > latest:
        if room.is_coming:
            return _("The sale ends at latest when the room begins: %(moment)s.") % {"moment": moment(latest)}
        return _("The sale ends at latest on %(moment)s.") % {"moment": moment(latest)}
    return ""
