"""Earnings, clawbacks, transfers and reversals held against the ledger; each thing that does not fit is a sentence.

Nothing here corrects anything.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from django.db.models import F, Sum

from config.lib.money import Money
from creators.enums import EarningSource, PayoutState, TransferState
from creators.models import Clawback, Earning, Payout, Reversal, Transfer
from creators.selectors.owing import with_open
from creators.services.clawbacks import clawback_moves
from creators.services.settling import settlement_moves
from creators.services.transfers import reversal_posting, transfer_moves
from ticketing import account_names as accounts
from ticketing.enums import RefundState
from ticketing.models import Entry, Offer, Order, Refund
from ticketing.selectors.ledger import balances

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from django.db.models import QuerySet

CHUNK: Final = 500
_ROOM_ACCOUNT: Final = f"{accounts.HELD}room:"
_CREATOR: Final = "creator:"

Moves = dict[str, tuple[str, str, int]]


def findings() -> Iterator[str]:
    """Say what is wrong with what creators earned and were paid; one of settings.LEDGER_CHECKS."""
    yield from _wrong_rows(Transfer.objects.select_related("earning"), _of_transfer, "transfer:")
    yield from _wrong_rows(Reversal.objects.select_related("transfer__earning"), _of_reversal, "reversal:")
    yield from _wrong_balances()
    yield from _wrong_payouts()
    yield from _wrong_reversed()


def order_entries(orders: list[Order]) -> dict[str, Moves]:
    """Return what must stand in the ledger of settled orders, beyond ticketing's own entries.

    One of settings.ORDER_ENTRIES_HANDLERS.
    """
    rooms = {order.public_id: order.offer.room.public_id for order in orders}
    earnings = Earning.objects.filter(source=EarningSource.TICKET, source_key__in=rooms)
    found = {earning.source_key: settlement_moves(earning, rooms[earning.source_key]) for earning in earnings}
    for made in Clawback.objects.filter(earning__in=earnings).select_related("earning"):
        order = made.earning.source_key
        room = accounts.held_for_room(rooms[order], made.earning.currency)
        found[order] |= clawback_moves(made.earning, made, room)
    return found


def settled_rooms(names: Iterable[str]) -> list[str]:
    """Return those `held:` accounts that must be zero: of rooms all of whose money is settled or went back.

    One of settings.LEDGER_SETTLED_HANDLERS. Where a refund did not go through, staff have to look first.
    """
    rooms = {
        name: name.removeprefix(_ROOM_ACCOUNT).partition(":")[0] for name in names if name.startswith(_ROOM_ACCOUNT)
    }
    settled = Earning.objects.filter(source=EarningSource.TICKET).values("source_key")
    kept = Order.objects.filter(charged__gt=F("refunded") + F("disputed")).exclude(public_id__in=settled)
    failed = Order.objects.filter(refunds__in=Refund.objects.filter(state=RefundState.FAILED))
    done = Offer.objects.filter(room__public_id__in=set(rooms.values()), orders__public_id__in=settled)
    over = done.exclude(orders__in=kept).exclude(orders__in=failed).values_list("room__public_id", flat=True)
    return [name for name, room in rooms.items() if room in set(over)]


def _wrong_rows(rows: QuerySet[Any], moves_of: Callable[[Any], Moves], prefix: str) -> Iterator[str]:
    """Hold the entries of all these rows against what they must be, and look for entries of none of them."""
    known = 0
    for some in _chunks(rows):
        wanted: Moves = {}
        for row in some:
            wanted |= moves_of(row)
        known += len(wanted)
        entries = Entry.objects.filter(key__in=wanted).values_list("key", "debit__name", "credit__name", "amount")
        there = {key: move for key, *move in entries}
        for key, move in wanted.items():
            if key not in there:
                yield f"The entry {key} is missing."
            elif list(move) != there[key]:
                yield f"{key} must be {move[2]} from {move[1]} to {move[0]}, and is not."
    if (there_are := Entry.objects.filter(key__startswith=prefix).count()) != known:
        yield f"There are {there_are} entries {prefix}…, but rows for {known}."


def _of_transfer(transfer: Transfer) -> Moves:
    return {f"transfer:{transfer.public_id}:{word}": move for word, move in transfer_moves(transfer).items()}


def _of_reversal(reversal: Reversal) -> Moves:
    if reversal.state != TransferState.DONE:
        return {}
    posting = reversal_posting(reversal)
    return {posting.key: (posting.debit, posting.credit, posting.amount.minor)}


def _chunks(rows: QuerySet[Any]) -> Iterator[list[Any]]:
    last = 0
    while found := list(rows.filter(pk__gt=last).order_by("pk")[:CHUNK]):
        yield found
        last = found[-1].pk


def _wrong_balances() -> Iterator[str]:
    """Hold what the ledger owes each creator against what is open of their earnings.

    What is still to come back of a transfer counts there as if it had.
    """
    open_: dict[str, int] = defaultdict(int)
    for key, currency, minor in with_open(Earning.objects.all()).values_list("creator_key", "currency", "open"):
        open_[accounts.creator(key, currency)] += minor
    awaited = Reversal.objects.filter(state=TransferState.WANTED).order_by()
    keys = ("transfer__earning__creator_key", "transfer__earning__currency")
    for key, currency, minor in awaited.values_list(*keys).annotate(Sum("amount")):
        open_[accounts.creator(key, currency)] -= minor
    owed = {name: -money.minor for name, money in balances(_CREATOR).items()}
    for name in sorted(open_.keys() | owed.keys()):
        if open_[name] != owed.get(name, 0):
            currency = accounts.currency_of(name)
            said, rows = Money(owed.get(name, 0), currency), Money(open_[name], currency)
            yield f"The ledger owes {name} {said}, but what is open of their earnings is {rows}."


def _wrong_payouts() -> Iterator[str]:
    sums = Payout.objects.annotate(whole=Sum("transfers__amount")).exclude(whole=F("amount")).order_by("pk")
    for payout in sums:
        yield f"Payout {payout.public_id} is of {payout.money}, but its transfers come to {payout.whole}."
    waiting = Transfer.objects.filter(state=TransferState.WANTED).exclude(payout__state=PayoutState.OPEN)
    for transfer in waiting.order_by("pk"):
        yield f"Transfer {transfer} waits in a payout that has ended."


def _wrong_reversed() -> Iterator[str]:
    """Hold what transfers say came back, or is to, against their reversals."""
    live: dict[int, int] = defaultdict(int)
    rows = Reversal.objects.exclude(state=TransferState.REFUSED).order_by().values_list("transfer")
    live |= dict(rows.annotate(Sum("amount")))
    said = dict(Transfer.objects.filter(reversed__gt=0).values_list("pk", "reversed"))
    for key in sorted(live.keys() | said.keys()):
        if live.get(key, 0) != said.get(key, 0):
            yield f"Transfer {key} says that {said.get(key, 0)} came back, but its reversals are {live.get(key, 0)}."
