"""Money that goes back after it was settled: out of creator, fee and cost; what was sent is asked back, or a debt."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from config.lib.money import Money
from creators.enums import PayoutState, TransferState
from creators.fees import Tier
from creators.models import Clawback, Payout, Reversal, Transfer
from creators.selectors.earnings import earnings_of
from creators.selectors.payouts import owed
from creators.services.fees import begin_schedule
from creators.services.paying import advance_runs
from creators.services.payouts import begin_by_staff
from creators.services.reversals import ask_again, send_due_reversals, send_reversal
from creators.services.transfers import transfer_changed
from tests.factories.payouts import earned, go_on, pay_all, payee_of, sold, top_up
from ticketing import account_names as accounts
from ticketing import stripe_gateway as gateway
from ticketing.devstripe import controls
from ticketing.devstripe.store import opened
from ticketing.enums import RefundReason, RefundState
from ticketing.errors import PaymentsUnavailableError
from ticketing.ledger_checks import findings
from ticketing.models import Order, Refund
from ticketing.selectors.ledger import balance
from ticketing.services import reconciling
from ticketing.services.disputes import dispute_changed
from ticketing.services.refunds import ask_refund, refund_changed, send_due_refunds

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings

    from accounts.models import User

pytestmark = pytest.mark.django_db
# 60.00 with 10.00 of tax in it: a tenth is the platform's, 1.15 Stripe's.
NET, FEE, COST = 4_385, 500, 115


@pytest.fixture(autouse=True)
def terms(settings: Settings) -> None:
    settings.TICKET_SETTLE_DAYS = 0
    settings.PAYOUT_MINIMUMS = {"eur": 100}
    begin_schedule([Tier(0, 1_000)], currency="eur", valid_from=None, name="Fee", note="", by=None)


def settled(host: User) -> Order:
    return sold(host, amount=6_000)


def give_back(order: Order, minor: int | None = None) -> Refund:
    amount = None if minor is None else Money(minor, "eur")
    refund = ask_refund(order.pk, reason=RefundReason.STAFF, by=None, amount=amount)
    send_due_refunds()
    return refund


def gone() -> list[tuple[int, int, int]]:
    return list(Clawback.objects.filter(undone_at=None).order_by("pk").values_list("net", "fee", "cost"))


def stands(person: User) -> tuple[int, int, int]:
    """Return what is available, what is not yet, and what somebody owes."""
    found = owed(person, timezone.now())["eur"]
    return found.available.minor, found.later.minor, found.debt.minor


def books(person: User) -> tuple[int, int, int]:
    """Return what creator and platform have, and what payments have cost the platform; all is well besides."""
    assert findings(timezone.now()) == []
    names = accounts.creator(person.public_id, "eur"), accounts.platform_fees("eur"), accounts.stripe_fees("eur")
    has, fees, costs = (balance(name).minor for name in names)
    return -has, -fees, costs


def test_all_of_it_before_it_was_sent(ines: User) -> None:
    order = settled(ines)
    assert books(ines) == (NET, FEE, 0)
    give_back(order)
    assert gone() == [(NET, FEE, COST)]
    # As it would have been before settlement: the payment's cost is the platform's.
    assert books(ines) == (0, 0, COST)
    [total] = earnings_of(ines, timezone.now()).totals
    assert (total.net.minor, total.fee.minor, total.cost.minor) == (0, 0, 0)


def test_a_part_of_it_takes_its_part_of_the_fee(ines: User) -> None:
    order = settled(ines)
    give_back(order, 3_000)
    assert gone() == [(2_250, 250, 0)]
    assert books(ines) == (NET - 2_250, FEE - 250, 0)
    [total] = earnings_of(ines, timezone.now()).totals
    assert (total.net.minor, total.fee.minor, total.cost.minor) == (NET - 2_250, FEE - 250, COST)
    give_back(order)
    assert books(ines) == (0, 0, COST)


def test_tax_alone_takes_nothing_of_it(ines: User) -> None:
    order = settled(ines)
    Order.objects.filter(pk=order.pk).update(tax=6_000)
    refund = ask_refund(order.pk, reason=RefundReason.STAFF, by=None, amount=Money(1, "eur"))
    assert (refund.tax, gone()) == (1, [])


def test_transfer_that_waits_is_not_sent(ines: User) -> None:
    payee_of(ines)
    order = settled(ines)
    begin_by_staff(by=None)
    advance_runs()
    give_back(order, 3_000)
    go_on()
    transfer = Transfer.objects.get()
    assert (transfer.state, transfer.why) == (TransferState.REFUSED, "money_went_back")
    assert Payout.objects.get().state == PayoutState.FAILED
    assert (stands(ines), books(ines)[0]) == ((NET - 2_250, 0, 0), NET - 2_250)


def test_what_was_sent_is_taken_back(ines: User) -> None:
    payee = payee_of(ines)
    order = settled(ines)
    pay_all()
    give_back(order)
    assert (stands(ines), books(ines)[0]) == ((0, 0, NET), -NET)
    assert send_due_reversals() == 1
    transfer = Transfer.objects.get()
    assert (transfer.reversed, gateway.retrieve_transfer(transfer.stripe_id).reversed) == (NET, NET)
    assert (stands(ines), books(ines)) == ((0, 0, 0), (0, 0, COST))
    assert gateway.retrieve_account(payee.account).may_be_paid
    assert reconciling.reconcile(timezone.now() + timedelta(hours=1)).findings == []


def spent(person: User, minor: int) -> Order:
    """Return a settled order whose money was sent, spent in part, and then went back to its buyer."""
    payee = payee_of(person)
    order = settled(person)
    pay_all()
    controls.spend(payee.account, minor, "eur")
    give_back(order)
    send_due_reversals()
    return order


def test_what_does_not_come_back_is_paid_down_by_later_earnings(ines: User) -> None:
    spent(ines, 1)
    assert list(Reversal.objects.values_list("state", "why")) == [(TransferState.REFUSED, "payee_balance_too_low")]
    assert (stands(ines), books(ines)[0]) == ((0, 0, NET), -NET)
    settled(ines)
    assert (stands(ines), pay_all().payouts.count(), books(ines)[0]) == ((0, 0, 0), 0, 0)
    settled(ines)
    payout = pay_all().payouts.get()
    assert (payout.amount, books(ines)[0]) == (NET, 0)


def test_debt_leaves_the_rest_of_an_earning(ines: User) -> None:
    spent(ines, 1)
    top_up(9_000)
    earned(ines, 5_000, "a")
    assert stands(ines) == (5_000 - NET, 0, 0)
    assert [transfer.amount for transfer in pay_all().payouts.get().transfers.all()] == [5_000 - NET]
    assert books(ines)[0] == 0


def test_refused_reversal_may_be_asked_again(ines: User) -> None:
    spent(ines, 1)
    refused = Reversal.objects.get()
    again = ask_again(refused.pk)
    assert again is not None
    # Under a key of its own: at Stripe there is enough by now.
    with opened() as store:
        account = store.get("v2.core.account", ines.payee.account)
        from ticketing.devstripe import accounts as at_stripe

        at_stripe.hold(store, account, 1, "eur")
    assert send_reversal(again.pk)
    assert (ask_again(refused.pk), stands(ines), books(ines)[0]) == (None, (0, 0, 0), 0)


def test_debt_that_comes_back_after_all_is_owed_again(ines: User) -> None:
    spent(ines, 1)
    top_up(9_000)
    earned(ines, 5_000, "a")
    pay_all()
    transfer = Transfer.objects.order_by("pk").first()
    assert transfer is not None
    # Somebody has taken it back in Stripe's dashboard.
    with opened() as store:
        from ticketing.devstripe import accounts as at_stripe

        at_stripe.hold(store, store.get("v2.core.account", ines.payee.account), 1, "eur")
    gateway.create_reversal(transfer.stripe_id, amount=NET, key="dashboard")
    transfer_changed("transfer.reversed", transfer.stripe_id)
    transfer_changed("transfer.reversed", transfer.stripe_id)
    assert (stands(ines), books(ines)[0]) == ((NET, 0, 0), NET)
    payout = pay_all().payouts.get()
    assert [(row.amount, row.charge) for row in payout.transfers.all()] == [(NET, "")]
    assert books(ines)[0] == 0


def test_dashboard_was_faster(ines: User) -> None:
    payee_of(ines)
    order = settled(ines)
    pay_all()
    transfer = Transfer.objects.get()
    gateway.create_reversal(transfer.stripe_id, amount=NET, key="dashboard")
    give_back(order)
    send_due_reversals()
    assert sorted(Reversal.objects.values_list("state", flat=True)) == [TransferState.DONE, TransferState.REFUSED]
    assert (stands(ines), books(ines)) == ((0, 0, 0), (0, 0, COST))


def test_reversal_whose_answer_was_lost_is_found(ines: User, monkeypatch: pytest.MonkeyPatch) -> None:
    payee_of(ines)
    order = settled(ines)
    pay_all()
    give_back(order, 3_000)
    make = gateway.create_reversal

    def lose(*args: object, **options: object) -> None:
        make(*args, **options)  # type: ignore[arg-type]
        raise PaymentsUnavailableError

    with monkeypatch.context() as patched:
        patched.setattr(gateway, "create_reversal", lose)
        send_due_reversals()
    with opened() as store:
        store.rows.execute("DELETE FROM answers")
    Reversal.objects.update(due_at=timezone.now())
    send_due_reversals()
    assert gateway.retrieve_transfer(Transfer.objects.get().stripe_id).reversed == 2_250
    assert (stands(ines), books(ines)[0]) == ((0, 0, 0), 0)


@pytest.mark.parametrize(("outcome", "has"), [("won", 0), ("lost", -NET)])
def test_dispute_after_it_was_sent(ines: User, outcome: str, has: int) -> None:
    payee_of(ines)
    order = settled(ines)
    pay_all()
    dispute = controls.open_dispute(order.charge)
    dispute_changed("", dispute)
    assert books(ines)[0] == 0
    controls.close_dispute(dispute, outcome)
    dispute_changed("", dispute)
    assert books(ines)[0] == has
    send_due_reversals()
    assert (stands(ines), books(ines)[0]) == ((0, 0, 0), 0)


def test_dispute_keeps_settled_money_from_being_sent(ines: User) -> None:
    payee_of(ines)
    order = settled(ines)
    begin_by_staff(by=None)
    advance_runs()
    dispute = controls.open_dispute(order.charge)
    dispute_changed("", dispute)
    go_on()
    assert Transfer.objects.get().state == TransferState.WANTED
    controls.close_dispute(dispute, "lost")
    dispute_changed("", dispute)
    assert Transfer.objects.get().state == TransferState.REFUSED
    assert (stands(ines), books(ines)[:2]) == ((0, 0, 0), (0, 0))


def test_dispute_keeps_settled_money_out_of_payouts(ines: User) -> None:
    payee_of(ines)
    order = settled(ines)
    dispute = controls.open_dispute(order.charge)
    dispute_changed("", dispute)
    assert (stands(ines), pay_all().payouts.count()) == ((0, NET, 0), 0)
    controls.close_dispute(dispute, "won")
    dispute_changed("", dispute)
    assert [payout.amount for payout in pay_all().payouts.all()] == [NET]


def failed(refund: Refund) -> None:
    """Let a bank send a refund back that it had taken."""
    refund.refresh_from_db()
    with opened() as store:
        made = store.get("refund", refund.stripe_id)
        made["status"] = "failed"
        store.save(made)
        from ticketing.devstripe import balance as at_stripe

        at_stripe.book(store, "refund_failure", refund.amount, of=made)
    refund_changed("refund.failed", refund.stripe_id)


def test_refund_that_fails_makes_the_earning_whole(ines: User) -> None:
    order = settled(ines)
    failed(give_back(order, 3_000))
    assert (Refund.objects.get().state, gone()) == (RefundState.FAILED, [])
    assert (stands(ines), books(ines)) == ((NET, 0, 0), (NET, FEE, 0))


def test_what_comes_back_of_a_bank_after_settlement_goes_first(ines: User) -> None:
    order = sold(ines, amount=6_000, settle=False)
    refund = give_back(order, 3_000)
    from creators.services.settling import settle_rooms

    settle_rooms(timezone.now())
    before = books(ines)
    failed(refund)
    held = accounts.held_for_room(order.offer.room.public_id, "eur")
    assert (balance(held).minor, books(ines)) == (-2_500, before)
    # Staff send it once more: none of it is the creator's.
    give_back(order, 3_000)
    assert (balance(held).minor, gone(), books(ines)) == (0, [], before)
