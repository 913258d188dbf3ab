"""Races for creators' money on PostgreSQL: runs, senders, refunds, settlement at once, and workers that are killed."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError
from django.db.models import QuerySet
from django.utils import timezone

from config.lib.money import Money
from creators.enums import TransferState
from creators.models import Earning, Payee, Payout, Reversal, Transfer
from creators.owing import payable
from creators.selectors.owing import owed_in
from creators.services import clawbacks, earnings, paying, settling, transfers
from creators.services.payouts import begin_by_staff
from tests.concurrency.test_rooms import at_once
from tests.factories.payments import buy, planned_offer
from tests.factories.payouts import earned, payee_of, sold, took_place, top_up
from tests.factories.people import UserFactory
from ticketing import account_names as accounts
from ticketing import stripe_gateway as gateway
from ticketing.devstripe.store import opened
from ticketing.enums import RefundReason
from ticketing.ledger_checks import findings
from ticketing.selectors.ledger import balance
from ticketing.services.refunds import ask_refund

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings

    from accounts.models import User
    from creators.models import Clawback, PayoutRun

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def devstripe(settings: Settings, tmp_path: Path) -> None:
    settings.DEVSTRIPE, settings.STRIPE_SECRET_KEY = True, ""
    settings.DEVSTRIPE_FILE = tmp_path / "devstripe.sqlite3"
    settings.TICKET_SETTLE_DAYS = 0
    settings.PAYOUT_MINIMUMS = {"eur": 100}


def at_stripe() -> int:
    """Return what lies at creators' accounts in all."""
    with opened() as store:
        return sum(made["amount"] - made["amount_reversed"] for made in store.newest("transfer"))


def checked_run() -> PayoutRun:
    run = begin_by_staff(by=None)
    assert paying.check(run)
    return run


def well() -> bool:
    return findings(timezone.now()) == []


def paid_by_two_runs(person: User) -> tuple[int, list[object]]:
    """Let two runs come to somebody at once; return how much is promised to them, and what each run said."""
    payee_of(person)
    earned(person, 2_000, "a")
    runs = [checked_run(), checked_run()]
    said = at_once(*(partial(paying.pay_next, run.pk) for run in runs))
    return sum(Payout.objects.values_list("amount", flat=True)), said


def without_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let runs read payee and earnings without locking them."""

    def unlocked(keys: list[int]) -> dict[int, Earning]:
        return Earning.objects.in_bulk(keys)

    monkeypatch.setattr(paying, "locked_payee", lambda _run: Payee.objects.first())
    monkeypatch.setattr(paying, "locked_earnings", unlocked)


def test_two_runs_at_once_pay_once(ines: User) -> None:
    amount, said = paid_by_two_runs(ines)
    assert (amount, set(said) <= {True, False}, well()) == (2_000, True, True)


def test_control_two_runs_promise_twice_without_locks(ines: User, monkeypatch: pytest.MonkeyPatch) -> None:
    without_locks(monkeypatch)
    read = threading.Barrier(2)

    def both(*args: Any) -> Any:
        read.wait(20)
        return payable(*args)

    monkeypatch.setattr(paying, "payable", both)
    amount, said = paid_by_two_runs(ines)
    # Both would: only the constraint keeps the second from it.
    assert (amount, [type(each) for each in said].count(IntegrityError)) == (2_000, 1)


def test_one_run_gone_through_by_two_jobs_pays_each_once() -> None:
    people = [UserFactory.create() for _ in range(6)]
    for number, person in enumerate(people):
        payee_of(person)
        earned(person, 2_000, f"e{number}")
    run = checked_run()

    def job() -> None:
        while paying.pay_next(run.pk):
            pass

    assert at_once(job, job) == [None, None]
    assert sorted(Payout.objects.values_list("amount", flat=True)) == [2_000] * 6
    assert well()


def sent_by_two(person: User) -> int:
    """Let two jobs send a transfer at once; return how much has arrived."""
    payee_of(person)
    top_up(9_000)
    earned(person, 2_000, "a")
    paying.pay_next(checked_run().pk)
    transfer = Transfer.objects.get()
    at_once(*[partial(transfers.send_transfer, transfer.pk)] * 2)
    return at_stripe()


def test_transfer_sent_by_two_jobs_leaves_once(ines: User) -> None:
    assert sent_by_two(ines) == 2_000
    assert (Transfer.objects.get().attempts, well()) == (1, True)


def test_control_transfer_leaves_twice_without_lease_and_key(ines: User, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = iter(range(2))
    make = gateway.create_transfer
    monkeypatch.setattr(transfers, "take", lambda _rows, key: bool(Transfer.objects.filter(pk=key).update(attempts=1)))
    monkeypatch.setattr(gateway, "create_transfer", lambda request, *, key: make(request, key=f"{key}{next(numbers)}"))
    assert sent_by_two(ines) == 4_000


def paid_beside_refund(person: User, monkeypatch: pytest.MonkeyPatch, *, locked: bool) -> int:
    """Let a run read what is open while a refund is being written; return what is promised to be paid.

    The refund has taken the money back and not committed when the run reads.
    """
    payee_of(person)
    order = sold(person, amount=6_000)
    run = checked_run()
    taken, looked, looks = threading.Event(), threading.Event(), itertools.count(1)
    take = clawbacks.take_back

    def slow(*args: Any, **options: Any) -> Clawback:
        made = take(*args, **options)
        taken.set()
        # The run has read; with the lock it waits for us, and reads once more.
        looked.wait(20)
        return made

    def read(*args: Any) -> Any:
        taken.wait(20)
        found = owed_in(*args)
        # Without the lock it does not wait before it reads once more.
        if locked or next(looks) == 2:
            looked.set()
        return found

    monkeypatch.setattr(clawbacks, "take_back", slow)
    monkeypatch.setattr(paying, "owed_in", read)
    if not locked:
        without_locks(monkeypatch)
    at_once(
        partial(ask_refund, order.pk, reason=RefundReason.STAFF, by=None, amount=Money(3_000, "eur")),
        partial(paying.pay_next, run.pk),
    )
    live = Transfer.objects.exclude(state=TransferState.REFUSED)
    back = sum(Reversal.objects.values_list("amount", flat=True))
    return sum(live.values_list("amount", flat=True)) - back


def test_run_beside_a_refund_pays_what_is_left(ines: User, monkeypatch: pytest.MonkeyPatch) -> None:
    # Of 48.85 a half goes back.
    assert paid_beside_refund(ines, monkeypatch, locked=True) == 2_385
    assert well()


def test_control_run_beside_a_refund_pays_too_much_without_the_lock(
    ines: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert paid_beside_refund(ines, monkeypatch, locked=False) == 4_885


def settled_by_two(person: User) -> int:
    """Let two jobs settle a room at once; return how often its seller earned."""
    order = buy(planned_offer(host=person), UserFactory.create())
    took_place(order)
    at_once(*[partial(settling.settle_rooms, timezone.now())] * 2)
    return Earning.objects.count()


def test_room_settled_by_two_jobs_is_settled_once(ines: User) -> None:
    assert settled_by_two(ines) == 1
    assert (balance(accounts.creator(ines.public_id, "eur")).minor, well()) == (-957, True)


def test_control_room_is_settled_twice_without_lock_and_key(ines: User, monkeypatch: pytest.MonkeyPatch) -> None:
    both, numbers = threading.Barrier(2), itertools.count()
    settle, earn = settling._settle, earnings.earn

    def read_by_both(*args: Any) -> bool:
        both.wait(20)
        return settle(*args)

    def under_another_key(earning: Earning, **how: Any) -> bool:
        earning.source_key += str(next(numbers))
        return earn(earning, **how)

    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **_how: rows)
    monkeypatch.setattr(settling, "_settle", read_by_both)
    monkeypatch.setattr(settling, "earn", under_another_key)
    assert (settled_by_two(ines), well()) == (2, False)


def test_workers_that_are_killed_anywhere_pay_each_creator_once() -> None:
    command = [sys.executable, "-m", "tests.benchmarks.bench_payouts", "--creators", "150", "--kills", "8"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    del found["payouts_per_s"]
    assert found == {"creators": 150, "kills": 8, "paid_twice": 0, "unpaid": 0, "findings": 0}, done.stderr
