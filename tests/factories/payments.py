"""Lets people buy, through the services and devstripe."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from rooms.enums import EntryRule
from rooms.services.planning import schedule_room
from tests.factories.people import UserFactory
from tests.factories.selling import offer_of
from ticketing import account_names
from ticketing.devstripe import checkout
from ticketing.devstripe.cards import CARDS
from ticketing.devstripe.store import opened
from ticketing.services import checkout as checkout_service
from ticketing.services import ledger
from ticketing.services.seats import hold_seat

if TYPE_CHECKING:
    from collections.abc import Iterator

    from accounts.models import User
    from ticketing.models import Offer, Order

GOOD_CARD = "4242424242424242"


def pay_at_stripe(order: Order, number: str = GOOD_CARD, *, country: str = "FR") -> str:
    """Pay for a held order on Stripe's page; return the session. What the site makes of it is still to come."""
    checkout_service.begin(order, language="en")
    order.refresh_from_db()
    with opened() as store:
        checkout.pay(store, order.session, CARDS[number], email="oliver@example.org", country=country)
    return order.session


def buy(offer: Offer, buyer: User, **how: Any) -> Order:
    """Return an order that the buyer has paid for, as it is then."""
    order = hold_seat(offer.pk, buyer)
    pay_at_stripe(order, **how)
    return checkout_service.look(order.pk)


def planned_offer(*, seats: int = 5, hours: float = 72, host: User | None = None, **fields: Any) -> Offer:
    """Return an offer for a room that is planned for so many hours from now, for people with a ticket."""
    room = schedule_room(
        host or UserFactory.create(),
        title="Le tour du monde",
        language="fr",
        starts_at=timezone.now() + timedelta(hours=hours),
        entry_rule=EntryRule.TICKET,
    )
    return offer_of(room, seats=seats, sales_end_at=room.starts_at, **fields)


@contextmanager
def know_accounts(offer: Offer, country: str = "fr") -> Iterator[None]:
    """Let this process know the accounts of a sale, as one does that has sold a seat of the room before."""
    room, currency = offer.room.public_id, offer.currency
    names = [
        account_names.stripe(currency),
        account_names.stripe_fees(currency),
        account_names.held_for_room(room, currency),
        account_names.vat(country, currency),
    ]
    ledger._remember(ledger.open_accounts(names))
    try:
        yield
    finally:
        ledger.forget_accounts()
