"""Going through all whom a run of payouts is for, one by one: what they are owed becomes transfers to be sent.

Each creator is one transaction that also moves the run's `reached` on, so whatever is killed anywhere is gone on with,
and whoever goes through the same run at once waits for the run's row. Locks: run, payee, earnings.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import structlog
from django.db import transaction
from django.db.models import Exists
from django.utils import timezone

from creators.enums import PayoutReason, PayoutState, RunState
from creators.models import Earning, Payee, Payout, PayoutRun, Transfer
from creators.owing import payable
from creators.payout_terms import minimum
from creators.selectors.owing import currencies_of, owed_in, ready_now, used_up
from creators.selectors.payouts import payouts_are_stopped
from creators.services.transfers import promise
from ticketing.ledger_checks import findings

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from creators.owing import Open

log = structlog.get_logger(__name__)
# One run lasts no longer than that: the workers have other things to do as well.
RUN_SECONDS: Final = 20.0
_WHY_LENGTH: Final = 200


def advance_runs() -> None:
    """Go on with all runs that are open, for a while. Any number of these may run at once."""
    until = time.monotonic() + RUN_SECONDS
    for run in PayoutRun.objects.filter(state=RunState.OPEN).order_by("pk"):
        if not check(run):
            continue
        while time.monotonic() < until and pay_next(run.pk):
            pass
        end_run(run.pk)


def check(run: PayoutRun) -> bool:
    """Say whether a run may write payouts: staff have not stopped them, and the ledger is right; else it is refused.

    A run that has begun waits while payouts are stopped.
    """
    if (stop := payouts_are_stopped()) is not None:
        if run.checked_at is None:
            refuse(run, f"Payouts are stopped: {stop.why}")
        return False
    if run.checked_at is not None:
        return True
    if found := findings(timezone.now()):
        log.error("payouts_refused", run=run.public_id, findings=len(found))
        refuse(run, f"The ledger is not right ({len(found)}): {found[0]}")
        return False
    PayoutRun.objects.filter(pk=run.pk, checked_at=None).update(checked_at=timezone.now())
    return True


def refuse(run: PayoutRun, why: str) -> None:
    """End a run that has written nothing."""
    untouched = PayoutRun.objects.filter(pk=run.pk, state=RunState.OPEN, checked_at=None)
    untouched.update(state=RunState.REFUSED, why=why[:_WHY_LENGTH], ended_at=timezone.now())


def pay_next(run_id: int) -> bool:
    """Pay whoever comes next in a run, in each currency; False if there is nobody left, or payouts are stopped."""
    with transaction.atomic():
        run = PayoutRun.objects.select_for_update(no_key=True).get(pk=run_id)
        if run.state != RunState.OPEN or run.checked_at is None or payouts_are_stopped():
            return False
        payee = locked_payee(run)
        if payee is None:
            return False
        for currency in currencies_of(payee.person_key):
            _pay(run, payee, currency)
        run.reached = payee.person_key
        run.save(update_fields=["reached"])
    return True


@transaction.atomic
def end_run(run_id: int) -> None:
    """Say that a run is done, once it has been through all and each of its payouts has ended."""
    run = PayoutRun.objects.select_for_update(no_key=True).get(pk=run_id)
    waiting = _payees(run).exists() or Payout.objects.filter(run=run, state=PayoutState.OPEN).exists()
    if run.state == RunState.OPEN and run.checked_at is not None and not waiting:
        run.state, run.ended_at = RunState.DONE, timezone.now()
        run.save(update_fields=["state", "ended_at"])
        log.info("payouts_done", run=run.public_id, payouts=run.payouts.count())


def locked_payee(run: PayoutRun) -> Payee | None:
    """Lock whoever comes next in a run."""
    return _payees(run).select_for_update(no_key=True, of=("self",)).first()


def locked_earnings(keys: list[int]) -> dict[int, Earning]:
    """Lock earnings for the rest of the transaction; by row number."""
    rows = Earning.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk")
    return {earning.pk: earning for earning in rows}


def _payees(run: PayoutRun) -> QuerySet[Payee]:
    """Return those who come next: to whom money can go, and who have some. Of others nothing is written."""
    rows = Payee.objects.filter(person_key__gt=run.reached, transfers="active", closed=False).exclude(account="")
    if run.payee_id is not None:
        rows = rows.filter(pk=run.payee_id)
    return rows.filter(Exists(ready_now(run.until))).order_by("person_key")


def _pay(run: PayoutRun, payee: Payee, currency: str) -> None:
    """Write a payout and the transfers that it is made of, if what can be paid is enough."""
    # First locked, then read: a refund that is being written just now is seen, or sees the transfer.
    seen = owed_in(payee.person_key, currency, run.until).ready
    locked = locked_earnings([row.key for row in seen])
    found = owed_in(payee.person_key, currency, run.until)
    rows = payable((row for row in found.ready if row.key in locked), found.standing.available)
    if sum(row.minor for row in rows) >= _least(run, payee, currency):
        _write(run, payee, locked, rows)


def _write(run: PayoutRun, payee: Payee, earnings: dict[int, Earning], rows: list[Open]) -> None:
    currency = next(iter(earnings.values())).currency
    payout = Payout.objects.create(run=run, payee=payee, currency=currency, amount=sum(row.minor for row in rows))
    without = used_up(row.key for row in rows)
    transfers = [
        Transfer(
            payout=payout,
            earning=earnings[row.key],
            charge="" if row.key in without else earnings[row.key].charge,
            amount=row.minor,
        )
        for row in rows
    ]
    Transfer.objects.bulk_create(transfers)
    promise(transfers)


def _least(run: PayoutRun, payee: Payee, currency: str) -> int:
    """Return from how much on is paid: all of it to who is gone, or where staff pay one person."""
    whole = payee.person_id is None or (run.payee_id is not None and run.reason == PayoutReason.STAFF)
    return 1 if whole else max(1, minimum(currency).minor)
