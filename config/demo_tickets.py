"""Seats that the demo sells, and people who have bought one: through the services, with a test card."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from config.lib.money import Money
from ticketing.devstripe import checkout
from ticketing.devstripe.cards import CARDS
from ticketing.devstripe.store import opened
from ticketing.services.checkout import begin, look
from ticketing.services.offer_terms import OfferTerms
from ticketing.services.offers import make_offer
from ticketing.services.seats import hold_seat

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from accounts.models import User
    from config.embedded.demo import DemoPlan
    from rooms.models import Room

GOOD_CARD = CARDS["4242424242424242"]


def sell(room: Room, wanted: DemoPlan, people: Mapping[str, User]) -> None:
    """Sell the room's seats, if payments are the demo's own: with a key of Stripe nobody's card is here."""
    if not settings.DEVSTRIPE:
        return
    buyers = [people[handle] for handle in wanted.bought_by]
    sell_to(room, price=wanted.price, seats=wanted.seats, buyers=buyers)


def sell_to(room: Room, *, price: int, seats: int, buyers: Iterable[User]) -> None:
    """Offer seats at a price in cents, and let these people buy one each."""
    terms = OfferTerms(price=Money(price, settings.TICKET_CURRENCIES[0]), seats=seats)
    offer = make_offer(room.public_id, by=room.host, terms=terms)
    for buyer in buyers:
        _buy(offer.pk, buyer)


def _buy(offer_id: int, buyer: User) -> None:
    order = hold_seat(offer_id, buyer)
    begin(order, language=buyer.language or "en")
    order.refresh_from_db()
    with opened() as store:
        checkout.pay(store, order.session, GOOD_CARD, email=buyer.email, country="FR")
    look(order.pk)
