"""Lets people give tips, through the services and devstripe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone

from config.lib.money import Money
from creators.enums import TipState
from creators.models import Tip, TipChoice
from creators.services.giving import begin_tip
from creators.services.tip_checkout import look, open_page
from creators.services.tips_shown import show_tip
from ticketing.devstripe import checkout
from ticketing.devstripe.cards import CARDS
from ticketing.devstripe.store import opened

if TYPE_CHECKING:
    from accounts.models import User
    from rooms.models import Room

GOOD_CARD = "4242424242424242"


def euros(minor: int) -> Money:
    return Money(minor, "eur")


def taking(person: User) -> User:
    """Return the person, who takes tips from now on."""
    TipChoice.objects.update_or_create(person=person, defaults={"wanted": True})
    return person


def begun_tip(giver: User, recipient: User, minor: int = 500, **fields: Any) -> Tip:
    """Return a tip whose page at Stripe is open."""
    tip = begin_tip(giver, taking(recipient), amount=euros(minor), **fields)
    open_page(tip, language="en")
    tip.refresh_from_db()
    return tip


def pay_tip(tip: Tip, number: str = GOOD_CARD) -> None:
    """Pay on Stripe's page. What the site makes of it is still to come."""
    with opened() as store:
        checkout.pay(store, tip.session, CARDS[number], email="oliver@example.org", country="FR")


def given_tip(giver: User, recipient: User, minor: int = 500, **fields: Any) -> Tip:
    """Return a tip that was paid, as it is then."""
    tip = begun_tip(giver, recipient, minor, **fields)
    pay_tip(tip)
    return look(tip.pk)


def shown_tip(room: Room, giver: User, *, unnamed: bool = False) -> Tip:
    """Return a tip for a room's host that was paid, as a row, and told to the room."""
    now = timezone.now()
    made = Tip.objects.create(
        giver=giver,
        recipient=room.host,
        recipient_key=room.host.public_id,
        room=room,
        amount=500,
        charged=500,
        currency="eur",
        message="Merci",
        anonymous=unnamed,
        state=TipState.PAID,
        paid_at=now,
        open_until=now,
    )
    show_tip(made.pk)
    return made
