"""Makes what creators have earned: settled orders, tips, awards, and what was sent of them; with their entries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from config.lib.public_id import new_public_id
from creators.enums import EarningSource, PayoutReason, PayoutState, RunState, TransferState
from creators.models import Earning, Payee, Payout, PayoutRun, Transfer
from creators.services.earnings import earn
from ticketing import account_names as accounts
from ticketing.models import Account, Entry
from ticketing.services.ledger import Posting, open_accounts, post

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import User
    from ticketing.models import Order


@transaction.atomic
def settled(order: Order, *, fee: int = 0, **fields: Any) -> Earning:
    """Settle an order that is paid: tax, the payment's cost and a fee are taken off."""
    offer, charged = order.offer, order.charged or 0
    parts = {"tax": order.tax or 0, "cost": order.fee or 0, "fee": fee}
    earning = Earning(
        creator=offer.seller,
        creator_key=offer.seller_key,
        source=EarningSource.TICKET,
        source_key=order.public_id,
        room=offer.room,
        charge=order.charge,
        currency=order.currency,
        gross=charged,
        net=charged - sum(parts.values()),
        earned_at=order.paid_at or timezone.now(),
        **parts | fields,
    )
    return _kept(earning, accounts.held_for_room(offer.room.public_id, order.currency), order=order.public_id)


@transaction.atomic
def earned(person: User, source: EarningSource, net: int, *, currency: str = "eur", **fields: Any) -> Earning:
    """Give somebody a tip or an award, of which nothing is taken off unless `fields` say so."""
    key = new_public_id()
    taken = sum(fields.get(name, 0) for name in ("tax", "cost", "fee"))
    earning = Earning(
        creator_key=person.public_id, source=source, source_key=key, currency=currency, gross=net + taken, net=net,
        **fields,
    )  # fmt: skip
    return _kept(earning, accounts.platform_fees(currency))


@transaction.atomic
def sent(*earnings: Earning, state: str = TransferState.DONE) -> Payout:
    """Pay out earnings of one person in one currency."""
    first = earnings[0]
    payee, _ = Payee.objects.get_or_create(person_key=first.creator_key, defaults={"country": "FR"})
    run = PayoutRun.objects.create(reason=PayoutReason.WEEKLY, state=RunState.DONE, period=new_public_id())
    paid = PayoutState.PAID if state == TransferState.DONE else PayoutState.OPEN
    whole = sum(earning.net for earning in earnings)
    payout = Payout.objects.create(run=run, payee=payee, currency=first.currency, amount=whole, state=paid)
    for earning in earnings:
        transfer = Transfer.objects.create(payout=payout, earning=earning, amount=earning.net, state=state)
        owed, away = accounts.creator(first.creator_key, first.currency), accounts.transfers(first.currency)
        post(Posting(owed, away, earning.money, f"transfer:{transfer.public_id}:promise"))
    return payout


def booked(person: User, minor: int, key: str, *, at: datetime | None = None, currency: str = "eur") -> Entry:
    """Write an entry of somebody's account as of any time: above zero it is theirs."""
    own, other = accounts.creator(person.public_id, currency), accounts.stripe(currency)
    found: dict[str, Account] = open_accounts([own, other])
    debit, credit = (other, own) if minor > 0 else (own, other)
    return Entry.objects.create(
        debit=found[debit], credit=found[credit], amount=abs(minor), currency=currency, key=key,
        at=at or timezone.now(),
    )  # fmt: skip


def _kept(earning: Earning, out_of: str, order: str = "") -> Earning:
    assert earn(earning, out_of=out_of, order=order)
    return Earning.objects.get(source=earning.source, source_key=earning.source_key)
