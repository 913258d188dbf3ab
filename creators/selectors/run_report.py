"""What a run of payouts came to, for staff: sums by currency, what was refused and why, and who could not be paid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import Count, Q, Sum

from config.lib.money import Money
from creators.enums import PayoutState, TransferState
from creators.models import Earning, Payee, Payout, Transfer
from creators.selectors.owing import with_open

if TYPE_CHECKING:
    from creators.models import PayoutRun


class RunSum(NamedTuple):
    """The payouts of a run in one currency, and how much of them has ended how."""

    payouts: int
    whole: Money
    sent: Money
    refused: Money
    waiting: Money


class RunRefusal(NamedTuple):
    """So many transfers were refused for this reason (Stripe's, in our words' codes)."""

    why: str
    transfers: int


class RunReport(NamedTuple):
    """`unready` are creators with something open whom Stripe cannot pay now: nothing was written for them."""

    sums: list[RunSum]
    failed: list[Payout]
    refusals: list[RunRefusal]
    unready: int


FAILED_SHOWN = 50


def report_of(run: PayoutRun) -> RunReport:
    """Return what a run came to by now."""
    transfers = Transfer.objects.filter(payout__run=run).order_by()
    states = {f"sum_{state}": Sum("amount", filter=Q(state=state)) for state in TransferState.values}
    rows = transfers.values("payout__currency").annotate(
        number=Count("payout", distinct=True), whole=Sum("amount"), **states
    )
    refused = transfers.filter(state=TransferState.REFUSED).values_list("why").annotate(number=Count("pk"))
    failed = run.payouts.filter(state=PayoutState.FAILED).select_related("payee__person").order_by("pk")
    return RunReport(
        sums=[_sum(row) for row in rows.order_by("payout__currency")],
        failed=list(failed[:FAILED_SHOWN]),
        refusals=[RunRefusal(*row) for row in refused.order_by("-number", "why")],
        unready=_unready(run),
    )


def _sum(row: Any) -> RunSum:
    def money(name: str) -> Money:
        return Money(row[name] or 0, row["payout__currency"])

    return RunSum(
        row["number"],
        money("whole"),
        money(f"sum_{TransferState.DONE}"),
        money(f"sum_{TransferState.REFUSED}"),
        money(f"sum_{TransferState.WANTED}"),
    )


def _unready(run: PayoutRun) -> int:
    ready = Payee.objects.filter(transfers="active", closed=False).exclude(account="").values("person_key")
    rows = with_open(Earning.objects.filter(available_at__lte=run.until)).filter(open__gt=0)
    return rows.exclude(creator_key__in=ready).values("creator_key").distinct().count()
