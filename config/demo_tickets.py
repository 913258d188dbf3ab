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
    from collections.abc import Mapping

    from accounts.models import User
    from config.embedded.demo import DemoPlan
    from rooms.models import Room

GOOD_CARD = CARDS["4242424242424242"]


def sell(room: Room, wanted: DemoPlan, people: Mapping[str, User]) -> None:
    """Sell the room's seats, if payments are the demo's own: with a key of Stripe nobody's card is here."""
    if not settings.DEVSTRIPE:
        return
    price = Money(wanted.price, settings.TICKET_CURRENCIES[0])
    offer = make_offer(room.public_id, by=room.host, terms=OfferTerms(price=price, seats=wanted.seats))
    if wanted.paid_in:
        _let_be_paid(room.host, wanted.paid_in)
    for handle in wanted.bought_by:
        _buy(offer.pk, people[handle])


def _let_be_paid(host: User, country: str) -> None:
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
