"""Seats that the demo sells, who can be paid for them, and who has bought one: through the services and devstripe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from config.lib.money import Money
from creators.services.payee_looks import look_again
from creators.services.payees import begin as begin_to_be_paid
from ticketing.devstripe import checkout, controls
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
    if wanted.paid_in:
        let_be_paid(room.host, wanted.paid_in)
    buyers = [people[handle] for handle in wanted.bought_by]
    sell_to(room, price=wanted.price, seats=wanted.seats, buyers=buyers)


def sell_to(room: Room, *, price: int, seats: int, buyers: Iterable[User]) -> None:
    """Offer seats at a price in cents, and let these people buy one each."""
    terms = OfferTerms(price=Money(price, settings.TICKET_CURRENCIES[0]), seats=seats)
    offer = make_offer(room.public_id, by=room.host, terms=terms)
    for buyer in buyers:
        _buy(offer.pk, buyer)


def let_be_paid(host: User, country: str) -> None:
    """Let Stripe know somebody, so that what they earn goes on to them."""
    payee = begin_to_be_paid(host, country=country)
    controls.stand(payee.account, "active")
    look_again(payee.pk)


def _buy(offer_id: int, buyer: User) -> None:
    order = hold_seat(offer_id, buyer)
    begin(order, language=buyer.language or "en")
    order.refresh_from_db()
    with opened() as store:
        checkout.pay(store, order.session, GOOD_CARD, email=buyer.email, country="FR")
    look(order.pk)
