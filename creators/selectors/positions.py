"""Where somebody's money in one currency is: expected, theirs and not sent, on its way, or with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.db.models import Q, Sum

from config.lib.money import Money
from creators.enums import TransferState
from creators.models import Earning, Reversal, Transfer
from ticketing import account_names as accounts
from ticketing.selectors.ledger import balance

if TYPE_CHECKING:
    from collections.abc import Iterable

    from accounts.models import User
    from creators.selectors.income import Cell


class Position(NamedTuple):
    """Four places that have nothing in common; the last three are, together, what the ledger says became theirs."""

    # Of tickets that are not settled, and of tips whose costs are not known.
    expected: Money
    # In the ledger as theirs and not sent. Below zero it is they who owe: later earnings pay it.
    owed: Money
    on_the_way: Money
    # What arrived, less what was taken back.
    paid_out: Money

    @property
    def debt(self) -> Money:
        """Return what they owe, nothing if they do not."""
        return max(-self.owed, Money(0, self.owed.currency))


def position_of(person: User, currency: str, cells: Iterable[Cell]) -> Position:
    """Return where somebody's money is; `cells` is what they have earned in the currency."""
    nothing = Money(0, currency)
    unsettled = (cell.parts.net for cell in cells if not cell.kind.settled)
    tips = -balance(accounts.tips_held_for(person.public_id, currency))
    earnings = Earning.objects.filter(creator_key=person.public_id, currency=currency)
    sent = Transfer.objects.filter(earning__in=earnings).aggregate(
        wanted=Sum("amount", filter=Q(state=TransferState.WANTED), default=0),
        done=Sum("amount", filter=Q(state=TransferState.DONE), default=0),
    )
    returned = Reversal.objects.filter(transfer__earning__in=earnings, state=TransferState.DONE)
    back = returned.aggregate(sum=Sum("amount", default=0))
    return Position(
        expected=sum(unsettled, start=nothing) + tips,
        owed=-balance(accounts.creator(person.public_id, currency)),
        on_the_way=Money(int(sent["wanted"]), currency),
        paid_out=Money(int(sent["done"]) - int(back["sum"]), currency),
    )
