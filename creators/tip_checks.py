"""Tips held against the ledger (settings.LEDGER_CHECKS): each entry that there must be, and none besides.

Each thing that does not fit is a sentence. Nothing here corrects anything.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from django.db.models import Q

from config.lib.money import Money
from creators.enums import EarningSource, TipState
from creators.models import Earning, Tip
from creators.services.clawbacks import clawback_moves
from ticketing import account_names as accounts
from ticketing.enums import DisputeState, RefundState
from ticketing.models import Entry
from ticketing.order_checks import LIVE_REFUNDS, Move

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from creators.models import TipRefund

CHUNK: Final = 500
_HELD: Final = f"{accounts.HELD}tips:"


def findings() -> Iterator[str]:
    """Say what is wrong with tips; nothing if all is well."""
    whole = Tip.objects.prefetch_related("refunds").order_by("pk")
    last = 0
    while tips := list(whole.filter(pk__gt=last)[:CHUNK]):
        last = tips[-1].pk
        names = [tip.public_id for tip in tips]
        earnings = {
            row.source_key: row
            for row in Earning.objects.filter(source=EarningSource.TIP, source_key__in=names).prefetch_related(
                "clawbacks"
            )
        }
        entries = _entries_of(names)
        for tip in tips:
            yield from _wrong_entries(tip, earnings.get(tip.public_id), entries[tip.public_id])
            yield from _wrong_state(tip, earnings.get(tip.public_id))


def settled_tips(names: Iterable[str]) -> list[str]:
    """Return those `held:` accounts that must be zero: of people with no tip on its way to them.

    A handler of settings.LEDGER_SETTLED_HANDLERS. Where a refund did not go through, staff have to look first.
    """
    people = {name: name.removeprefix(_HELD).partition(":")[0] for name in names if name.startswith(_HELD)}
    unsettled = Q(state=TipState.PAID) | Q(refunds__state=RefundState.FAILED)
    on_its_way = Tip.objects.filter(unsettled, recipient_key__in=set(people.values()))
    waiting = set(on_its_way.values_list("recipient_key", flat=True))
    return [name for name, person in people.items() if person not in waiting]


def expected_entries(tip: Tip, earning: Earning | None) -> dict[str, Move]:
    """Return what must stand in the ledger of a tip and its refunds, by key; what is disputed stands apart."""
    if tip.charged is None:
        return {}
    stripe, fees = accounts.stripe(tip.currency), accounts.stripe_fees(tip.currency)
    held, key = accounts.tips_held_for(tip.recipient_key, tip.currency), f"tip:{tip.public_id}"
    found = {f"{key}:paid": Move(stripe, held, tip.charged)}
    if tip.cost:
        found[f"{key}:fee"] = Move(fees, stripe, tip.cost)
    if earning is not None:
        parts = {
            f"{key}:cost": Move(held, fees, earning.cost),
            f"{key}:platform": Move(held, accounts.platform_fees(tip.currency), earning.fee),
            f"earning:tip:{tip.public_id}": Move(held, accounts.creator(tip.recipient_key, tip.currency), earning.net),
        }
        found |= {name: move for name, move in parts.items() if move.minor}
        for made in earning.clawbacks.all():
            found |= {name: Move(*move) for name, move in clawback_moves(earning, made, held).items()}
    for refund in tip.refunds.all():
        found |= _of_refund(tip, refund)
    return found


def _of_refund(tip: Tip, refund: TipRefund) -> dict[str, Move]:
    key, promised = f"tiprefund:{refund.public_id}", accounts.refunds(tip.currency)
    stripe, held = accounts.stripe(tip.currency), accounts.tips_held_for(tip.recipient_key, tip.currency)
    found = {f"{key}:promise": Move(held, promised, refund.amount)}
    failed = refund.state == RefundState.FAILED
    if refund.state in (RefundState.PENDING, RefundState.SUCCEEDED) or (failed and refund.stripe_id):
        found[f"{key}:paid"] = Move(promised, stripe, refund.amount)
    if failed and refund.stripe_id:
        found[f"{key}:returned"] = Move(stripe, promised, refund.amount)
    if failed:
        found[f"{key}:undo"] = Move(promised, held, refund.amount)
    return found


def _entries_of(names: list[str]) -> Mapping[str, dict[str, Move]]:
    found: dict[str, dict[str, Move]] = defaultdict(dict)
    rows = Entry.objects.filter(order_key__in=names)
    for tip, key, debit, credit, minor in rows.values_list("order_key", "key", "debit__name", "credit__name", "amount"):
        found[tip][key] = Move(debit, credit, minor)
    return found


def _wrong_entries(tip: Tip, earning: Earning | None, entries: Mapping[str, Move]) -> Iterator[str]:
    wanted = expected_entries(tip, earning)
    for key, move in wanted.items():
        if key not in entries:
            yield f"{_named(tip)} has no entry {key} of {_written(tip, move.minor)}."
        elif entries[key] != move:
            yield f"{_named(tip)}: {key} must be {_told(tip, move)}, but is {_told(tip, entries[key])}."
    for key in entries:
        if key not in wanted and not key.startswith("dispute:"):
            yield f"{_named(tip)} has the entry {key}, and nothing that it could stand for."
    yield from _wrong_dispute(tip, entries)


def _wrong_dispute(tip: Tip, entries: Mapping[str, Move]) -> Iterator[str]:
    """Hold what banks have taken, brought back and kept against how the dispute stands."""
    sums: dict[str, int] = defaultdict(int)
    for key, move in entries.items():
        if key.startswith("dispute:"):
            sums[key.rpartition(":")[2].rstrip("0123456789")] += move.minor
    if sums and tip.dispute_state == DisputeState.NONE:
        yield f"{_named(tip)} has entries of a dispute that it knows nothing of."
    if sums["lost"] != tip.disputed:
        said = _written(tip, sums["lost"])
        yield f"{_named(tip)} has lost {_written(tip, tip.disputed)} to a bank, but its entries come to {said}."
    away = sums["taken"] - sums["won"] - sums["lost"] - sums["lost-ours"]
    if away and tip.dispute_state != DisputeState.OPEN:
        yield f"{_named(tip)}: its dispute is {tip.dispute_state}, but {_written(tip, away)} of it lies in between."


def _wrong_state(tip: Tip, earning: Earning | None) -> Iterator[str]:
    live = sum(refund.amount for refund in tip.refunds.all() if refund.state in LIVE_REFUNDS)
    if live != tip.refunded:
        said = _written(tip, tip.refunded)
        yield f"{_named(tip)} says that {said} went back, but its refunds come to {_written(tip, live)}."
    if (tip.state == TipState.EARNED) and earning is None:
        yield f"{_named(tip)} was earned by nobody."
    if earning is not None and tip.state not in {TipState.EARNED, TipState.RETURNED}:
        yield f"{_named(tip)} was earned and does not say so."


def _named(tip: Tip) -> str:
    return f"Tip {tip.public_id} ({tip.state})"


def _written(tip: Tip, minor: int) -> str:
    return str(Money(minor, tip.currency))


def _told(tip: Tip, move: Move) -> str:
    return f"{_written(tip, move.minor)} from {move.credit} to {move.debit}"
