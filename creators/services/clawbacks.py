"""Taking settled money back, because it goes back to whoever paid: out of creator, platform's fee and payment's cost.

It is put on the account that it was settled from, and leaves for the buyer from there, as money does that was never
settled. What was sent to the creator already is asked back of Stripe; what does not come back is a debt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from django.utils import timezone

from config.lib.money import Money
from creators.enums import EarningSource, TransferState
from creators.models import Clawback, Earning, Transfer
from creators.owing import taken_back
from creators.selectors.owing import ON_ITS_WAY, left_of, open_of
from creators.services.transfers import ask_back, give_up, locked_transfer
from ticketing import account_names as accounts
from ticketing.models import Order
from ticketing.selectors.earned import with_earned
from ticketing.services.ledger import Posting, post

if TYPE_CHECKING:
    from ticketing.models import Order as OrderRow

log = structlog.get_logger(__name__)
# Why a transfer that nobody has sent yet is not sent any more.
WENT_BACK = "money_went_back"


def money_back(order: OrderRow, money: Money, key: str, *, undone: bool) -> None:
    """Put on the room's account what goes back of an order that is settled; a handler of settings.MONEY_BACK_HANDLERS.

    What came on that account after settlement, because a bank had sent a refund back, goes first.
    """
    earning = locked_earning(EarningSource.TICKET, order.public_id)
    if earning is None:
        return
    room = accounts.held_for_room(order.offer.room.public_id, order.currency)
    if undone:
        undo(key, into=room, order=order.public_id)
        return
    held = with_earned(Order.objects.filter(pk=order.pk)).values_list("earned", flat=True).get()
    late = held - left_of(earning).base
    if late < money.minor:
        take_back(earning, money - Money(max(late, 0), money.currency), key, into=room, order=order.public_id)


def locked_earning(source: EarningSource, source_key: str) -> Earning | None:
    """Lock the earning of an order or tip for the rest of the transaction; None if there is none yet."""
    rows = Earning.objects.select_for_update(no_key=True)
    return rows.filter(source=source, source_key=source_key).first()


def take_back(earning: Earning, money: Money, key: str, *, into: str, order: str = "") -> Clawback:
    """Take so much of an earning, which the caller has locked, into an account; done once for each key."""
    known = Clawback.objects.filter(key=key).first()
    if known is not None:
        return known
    gone = taken_back(left_of(earning), money.minor)
    made = Clawback.objects.create(earning=earning, key=key, **gone._asdict())
    _post(earning, made, into=into, order=order)
    _bring_back(earning)
    log.info("clawback", earning=earning.public_id, key=key, **gone._asdict())
    return made


def undo(key: str, *, into: str, order: str = "") -> bool:
    """Give back what was taken by that key, as the refund did not go through; False if nothing was.

    The earning is locked by the caller. A transfer that was taken back for it stays so: it is paid again.
    """
    made = Clawback.objects.select_related("earning").filter(key=key, undone_at=None).first()
    if made is None:
        return False
    made.undone_at = timezone.now()
    made.save(update_fields=["undone_at"])
    _post(made.earning, made, into=into, order=order, undone=True)
    return True


def clawback_moves(earning: Earning, made: Clawback, into: str) -> dict[str, tuple[str, str, int]]:
    """Return its entries by key: debit, credit and amount."""
    sources = (
        ("net", accounts.creator(earning.creator_key, earning.currency), made.net),
        ("fee", accounts.platform_fees(earning.currency), made.fee),
        ("cost", accounts.stripe_fees(earning.currency), made.cost),
    )
    parts = [(name, account, minor) for name, account, minor in sources if minor]
    found = {f"clawback:{made.key}:{name}": (account, into, minor) for name, account, minor in parts}
    if made.undone_at is not None:
        found |= {f"clawback:{made.key}:{name}-undo": (into, account, minor) for name, account, minor in parts}
    return found


def _post(earning: Earning, made: Clawback, *, into: str, order: str, undone: bool = False) -> None:
    moves = clawback_moves(earning, made, into)
    post(
        *(
            Posting(debit, credit, Money(minor, earning.currency), key, order=order)
            for key, (debit, credit, minor) in moves.items()
            if key.endswith("-undo") == undone
        )
    )


def _bring_back(earning: Earning) -> None:
    """Keep what was not sent yet, and ask back what was, as far as more is on its way than is left of the earning."""
    live = Transfer.objects.filter(earning=earning, state__in=ON_ITS_WAY).order_by("-pk")
    for transfer in live:
        if (over := -open_of(earning)) <= 0:
            return
        locked = locked_transfer(transfer.pk)
        if locked.state == TransferState.WANTED and not locked.attempts:
            give_up(locked, WENT_BACK)
        elif locked.state in ON_ITS_WAY and locked.reversed < locked.amount:
            ask_back(locked, min(over, locked.amount - locked.reversed))
