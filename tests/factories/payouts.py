"""Makes what creators are paid: rooms that took place and are settled, and accounts to pay to at devstripe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from config.lib.money import Money
from creators.enums import EarningSource
from creators.models import Earning, Payee
from creators.services.earnings import earn
from creators.services.paying import advance_runs
from creators.services.payouts import begin_by_staff
from creators.services.reversals import send_due_reversals
from creators.services.settling import settle_rooms
from creators.services.transfers import send_due_transfers
from rooms.services.lifecycle import end_room
from rooms.services.planning import start_room
from tests.factories.payments import buy, planned_offer
from tests.factories.people import UserFactory
from ticketing import account_names as accounts
from ticketing import stripe_gateway as gateway
from ticketing.devstripe import controls
from ticketing.services.ledger import Posting, post
from ticketing.stripe_objects import AccountRequest

if TYPE_CHECKING:
    from accounts.models import User
    from creators.models import PayoutRun
    from ticketing.models import Order


def payee_of(person: User, standing: str = "active", **fields: Any) -> Payee:
    """Return to whom somebody's money goes: an account at devstripe that stands so."""
    key = f"payee:{person.public_id}"
    made = gateway.create_account(AccountRequest("FR", "eur", "ines@example.org"), key=key).id
    controls.stand(made, standing)
    given = {"country": "FR", "currency": "eur", "transfers": gateway.retrieve_account(made).transfers} | fields
    return Payee.objects.create(person=person, person_key=person.public_id, account=made, **given)


def took_place(order: Order) -> None:
    """Let an order's room begin and end."""
    room = order.offer.room
    start_room(room.public_id, by=room.host)
    end_room(room.public_id, by=room.host)


def sold(seller: User, *, settle: bool = True, **offer: Any) -> Order:
    """Return an order for a room that took place; settled, unless said otherwise. settings.TICKET_SETTLE_DAYS is 0."""
    order = buy(planned_offer(host=seller, **offer), UserFactory.create())
    took_place(order)
    if settle:
        while settle_rooms(timezone.now()):
            pass
    return order


@transaction.atomic
def earned(person: User, minor: int, name: str, *, currency: str = "eur", charge: str = "", **fields: Any) -> Earning:
    """Return what somebody got of the platform, as from the fund."""
    earning = Earning(
        creator=person,
        creator_key=person.public_id,
        source=EarningSource.FUND,
        source_key=name,
        currency=currency,
        gross=minor,
        net=minor,
        charge=charge,
        **fields,
    )
    earn(earning, out_of=accounts.platform_fees(currency))
    return Earning.objects.get(source=EarningSource.FUND, source_key=name)


def top_up(minor: int, currency: str = "eur") -> None:
    """Have money at Stripe that no payment brought: the platform's own, in its books as well."""
    controls.top_up(minor, currency)
    with transaction.atomic():
        money = Money(minor, currency)
        count = f"topup:{timezone.now().timestamp()}"
        post(Posting(accounts.stripe(currency), accounts.platform_fees(currency), money, count))


def pay_all() -> PayoutRun:
    """Pay everybody who is owed enough, by staff, to the end; return the run."""
    run = begin_by_staff(by=None)
    go_on()
    run.refresh_from_db()
    return run


def go_on() -> None:
    """Do once what the clock does with payouts, until all is sent."""
    advance_runs()
    while send_due_transfers() or send_due_reversals():
        pass
    advance_runs()
