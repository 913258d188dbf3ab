"""Payouts: runs and whom they pay, each way that a transfer ends, and what the ledger shows of it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from accounts.models import Notification
from accounts.notices.kinds import words_of
from config.lib.money import Money
from creators.enums import PayoutReason, PayoutState, RunState, TransferState
from creators.errors import NoPayeeError, PayoutsStoppedError, PayoutTooSmallError, PayoutUnderWayError
from creators.models import Payee, Payout, PayoutRun, Transfer
from creators.payout_terms import minimum, next_period, period_of
from creators.selectors.payouts import CreatorOwed, next_payout, owed, payouts_of
from creators.services import paying
from creators.services.erasing import erase_from_earnings
from creators.services.paying import advance_runs
from creators.services.payouts import ask_payout, begin_by_staff, begin_due_run, begin_for
from creators.services.stopping import resume_payouts, stop_payouts
from creators.services.transfers import send_due_transfers, send_transfer, transfer_changed
from tests.factories.payouts import earned, go_on, pay_all, payee_of, sold, top_up
from tests.factories.people import UserFactory
from ticketing import account_names as accounts
from ticketing import stripe_gateway as gateway
from ticketing.devstripe import controls
from ticketing.devstripe.store import opened
from ticketing.errors import PaymentsUnavailableError
from ticketing.ledger_checks import findings
from ticketing.selectors.ledger import balance
from ticketing.services import reconciling
from ticketing.services.ledger import Posting, post
from ticketing.stripe_objects import TransferRequest

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings

    from accounts.models import User

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 18, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def terms(settings: Settings) -> None:
    settings.TICKET_SETTLE_DAYS = 0
    settings.PAYOUT_MINIMUMS = {"eur": 1_000}


def euros(minor: int) -> Money:
    return Money(minor, "eur")


def owes(person: User) -> Money:
    """Return what the ledger owes somebody."""
    return -balance(accounts.creator(person.public_id, "eur"))


def well() -> bool:
    return findings(timezone.now()) == []


def states() -> list[tuple[str, str]]:
    return list(Transfer.objects.order_by("pk").values_list("state", "why"))


def in_the_bank(payee: Payee) -> int:
    """Return what has arrived at somebody's account, and stayed."""
    with opened() as store:
        made = [row for row in store.newest("transfer") if row["destination"] == payee.account]
    return sum(row["amount"] - row["amount_reversed"] for row in made)


# --- who is paid ------------------------------------------------------------------------------------------------------


def test_settled_ticket_is_paid_out_of_its_payment(ines: User) -> None:
    payee = payee_of(ines)
    order = sold(ines, amount=6_000)
    run = pay_all()
    payout = payouts_of(ines).get()
    transfer = payout.transfers.get()
    made = gateway.retrieve_transfer(transfer.stripe_id)
    # 60.00 with 10.00 of tax in it, of which Stripe kept 1.15.
    assert (payout.money, payout.state, payout.run, run.state) == (euros(4_885), PayoutState.PAID, run, RunState.DONE)
    assert (made.amount, made.destination, made.charge) == (4_885, payee.account, order.charge)
    assert made.metadata == {"transfer": transfer.public_id, "payout": payout.public_id}
    assert owes(ines) == balance(accounts.transfers("eur")) == euros(0)
    assert balance(accounts.stripe("eur")) == euros(1_000)
    assert well()
    assert reconciling.reconcile(timezone.now() + timedelta(hours=1)).findings == []


def told(person: User) -> list[str]:
    """Return the titles of what somebody was told of payouts."""
    rows = Notification.objects.filter(user=person, kind="payout").order_by("pk")
    return [words_of(row).title for row in rows]


def test_creator_is_told_of_what_went_out_and_of_what_did_not(ines: User, malo: User) -> None:
    payee_of(ines)
    payee = payee_of(malo)
    top_up(9_000)
    earned(ines, 5_000, "a")
    earned(malo, 2_000, "b")
    controls.stand(payee.account, "document")
    pay_all()
    pay_all()
    assert told(ines) == ["You were paid €50.00"]
    assert told(malo)[0] == "A payout of €20.00 did not go out whole"


def test_second_run_pays_nothing_again(ines: User) -> None:
    payee_of(ines)
    top_up(9_000)
    earned(ines, 5_000, "a")
    assert pay_all().payouts.count() == 1
    assert pay_all().payouts.count() == 0
    earned(ines, 1_000, "b")
    assert [payout.amount for payout in pay_all().payouts.all()] == [1_000]


@pytest.mark.parametrize(("minor", "number"), [(999, 0), (1_000, 1), (1_001, 1)])
def test_minimum_is_reached_before_anything_is_paid(ines: User, minor: int, number: int) -> None:
    payee_of(ines)
    top_up(9_000)
    earned(ines, minor, "a")
    assert pay_all().payouts.count() == number
    assert well()


def test_minimum_of_a_currency_that_settings_do_not_name() -> None:
    assert [minimum(currency) for currency in ("eur", "usd", "jpy")] == [
        euros(1_000),
        Money(5_000, "usd"),
        Money(50, "jpy"),
    ]


def test_sums_below_the_minimum_add_up(ines: User) -> None:
    payee_of(ines)
    top_up(9_000)
    earned(ines, 600, "a")
    assert pay_all().payouts.count() == 0
    earned(ines, 400, "b")
    assert [row.amount for row in pay_all().payouts.get().transfers.order_by("pk")] == [600, 400]


def test_currencies_are_paid_apart(ines: User) -> None:
    payee_of(ines)
    top_up(9_000)
    top_up(9_000, "usd")
    earned(ines, 2_000, "a")
    earned(ines, 6_000, "b", currency="usd")
    earned(ines, 4_999, "c", currency="chf")
    assert {payout.money for payout in pay_all().payouts.all()} == {euros(2_000), Money(6_000, "usd")}
    assert well()


def test_what_is_not_available_yet_waits(ines: User) -> None:
    payee_of(ines)
    top_up(9_000)
    now = timezone.now()
    earned(ines, 2_000, "a", available_at=now + timedelta(days=1))
    assert owed(ines, now) == {"eur": CreatorOwed(euros(0), euros(2_000), euros(0), euros(1_000))}
    assert pay_all().payouts.count() == 0
    assert owed(ines, now + timedelta(days=1))["eur"].is_enough


@pytest.mark.parametrize("fields", [{"account": ""}, {"transfers": "pending"}, {"closed": True}])
def test_whom_stripe_cannot_pay_is_owed_it(ines: User, fields: dict[str, object]) -> None:
    payee_of(ines)
    Payee.objects.update(**fields)
    top_up(9_000)
    earned(ines, 2_000, "a")
    assert (pay_all().state, Payout.objects.count(), owes(ines)) == (RunState.DONE, 0, euros(2_000))


def test_who_has_never_said_where_to_is_owed_it(ines: User) -> None:
    earned(ines, 2_000, "a")
    assert (pay_all().payouts.count(), owes(ines), well()) == (0, euros(2_000), True)


def test_who_is_gone_is_paid_the_rest_whatever_it_is(ines: User) -> None:
    payee = payee_of(ines)
    top_up(9_000)
    earned(ines, 7, "a")
    erase_from_earnings(ines)
    assert [payout.amount for payout in pay_all().payouts.all()] == [7]
    assert (in_the_bank(payee), well()) == (7, True)


# --- each way that a transfer ends ------------------------------------------------------------------------------------


def refused(person: User, why: str) -> None:
    """Hold what a refused transfer leaves behind against all that knows of it."""
    assert states() == [(TransferState.REFUSED, why)]
    assert Payout.objects.get().state == PayoutState.FAILED
    assert (owes(person), balance(accounts.transfers("eur"))) == (euros(2_000), euros(0))
    assert PayoutRun.objects.get().state == RunState.DONE
    assert well()


def test_capability_that_was_lost_meanwhile(ines: User) -> None:
    payee = payee_of(ines)
    top_up(9_000)
    earned(ines, 2_000, "a")
    controls.stand(payee.account, "document")
    pay_all()
    refused(ines, "payee_not_ready")


def test_account_that_was_closed_before_it_was_sent(ines: User) -> None:
    payee_of(ines)
    top_up(9_000)
    earned(ines, 2_000, "a")
    begin_by_staff(by=None)
    advance_runs()
    Payee.objects.update(closed=True)
    go_on()
    refused(ines, "payee_not_ready")


def test_what_stripe_does_not_send_there(ines: User) -> None:
    payee_of(ines)
    top_up(9_000)
    earned(ines, 2_000, "a")
    controls.fail_transfers()
    pay_all()
    refused(ines, "payee_unsupported")


def test_balance_that_does_not_cover_it(ines: User) -> None:
    payee_of(ines)
    top_up(1_999)
    earned(ines, 2_000, "a")
    pay_all()
    refused(ines, "balance_too_low")


def test_payment_of_another_currency(ines: User) -> None:
    payee_of(ines)
    order = sold(ines, currency="usd", settle=False)
    earned(ines, 2_000, "a", charge=order.charge)
    pay_all()
    refused(ines, "payee_unsupported")


def test_payment_with_too_little_left_is_paid_out_of_the_balance_next(ines: User) -> None:
    payee = payee_of(ines)
    top_up(9_000)
    order = sold(ines, settle=False)
    earned(ines, 2_000, "a", charge=order.charge)
    pay_all()
    refused(ines, "transfer_too_large")
    pay_all()
    assert Transfer.objects.latest("pk").charge == ""
    assert (in_the_bank(payee), owes(ines), well()) == (2_000, euros(0), True)


def test_refused_money_is_in_the_next_payout(ines: User) -> None:
    payee = payee_of(ines)
    top_up(9_000)
    earned(ines, 2_000, "a")
    controls.fail_transfers()
    pay_all()
    pay_all()
    assert [payout.state for payout in payouts_of(ines)] == [PayoutState.PAID, PayoutState.FAILED]
    assert (in_the_bank(payee), owes(ines), well()) == (2_000, euros(0), True)


def test_stripe_that_does_not_answer_is_asked_again_later(ines: User, monkeypatch: pytest.MonkeyPatch) -> None:
    payee = payee_of(ines)
    top_up(9_000)
    earned(ines, 2_000, "a")

    def away(*_args: object, **_options: object) -> None:
        raise PaymentsUnavailableError

    with monkeypatch.context() as patched:
        patched.setattr(gateway, "create_transfer", away)
        run = pay_all()
    assert (states(), run.state, in_the_bank(payee)) == ([(TransferState.WANTED, "")], RunState.OPEN, 0)
    Transfer.objects.update(due_at=timezone.now())
    go_on()
    run.refresh_from_db()
    assert (states(), run.state, in_the_bank(payee)) == ([(TransferState.DONE, "")], RunState.DONE, 2_000)


def test_trouble_that_stripe_keeps_under_the_key_is_over_after_a_day(ines: User) -> None:
    payee = payee_of(ines)
    top_up(9_000)
    earned(ines, 2_000, "a")
    controls.fail_transfers(1, "api_error")
    pay_all()
    Transfer.objects.update(due_at=timezone.now())
    go_on()
    assert states() == [(TransferState.WANTED, "")]
    a_day_passes()
    go_on()
    assert (states(), in_the_bank(payee), well()) == ([(TransferState.DONE, "")], 2_000, True)


def a_day_passes() -> None:
    """Let Stripe forget its keys: what is sent again then is paid twice."""
    with opened() as store:
        store.rows.execute("DELETE FROM answers")
    before = timezone.now() - timedelta(hours=25)
    Transfer.objects.update(created_at=before, due_at=before)


@pytest.mark.parametrize("way", ["charge", "balance"])
def test_transfer_whose_answer_was_lost_for_a_day_is_found(
    ines: User, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    payee = payee_of(ines)
    if way == "charge":
        sold(ines, amount=6_000)
    else:
        top_up(9_000)
        earned(ines, 4_885, "a")
    make = gateway.create_transfer

    def lose(*args: object, **options: object) -> None:
        make(*args, **options)  # type: ignore[arg-type]
        raise PaymentsUnavailableError

    with monkeypatch.context() as patched:
        patched.setattr(gateway, "create_transfer", lose)
        pay_all()
    assert (states(), in_the_bank(payee)) == ([(TransferState.WANTED, "")], 4_885)
    a_day_passes()
    go_on()
    assert (states(), in_the_bank(payee), well()) == ([(TransferState.DONE, "")], 4_885, True)


def test_event_tells_what_an_answer_did_not(ines: User, monkeypatch: pytest.MonkeyPatch) -> None:
    payee_of(ines)
    top_up(9_000)
    earned(ines, 2_000, "a")
    seen: list[str] = []
    make = gateway.create_transfer

    def lose(*args: object, **options: object) -> None:
        seen.append(make(*args, **options).id)  # type: ignore[arg-type]
        raise PaymentsUnavailableError

    monkeypatch.setattr(gateway, "create_transfer", lose)
    pay_all()
    transfer_changed("transfer.created", seen[0])
    transfer_changed("transfer.created", seen[0])
    assert states() == [(TransferState.DONE, "")]
    assert (Payout.objects.get().state, well()) == (PayoutState.PAID, True)


def test_transfer_that_is_not_ours_is_left_alone(ines: User) -> None:
    payee = payee_of(ines)
    top_up(9_000)
    made = gateway.create_transfer(TransferRequest(100, "eur", payee.account), key="somebody")
    transfer_changed("transfer.created", made.id)
    transfer_changed("transfer.created", "tr_unknown")
    assert not Transfer.objects.exists()
    found = reconciling.reconcile(timezone.now() + timedelta(hours=1)).findings
    assert f"Of {made.id} Stripe has -1.00 eur, the ledger nothing." in [each["text"] for each in found]


# --- runs -------------------------------------------------------------------------------------------------------------


def test_books_that_are_wrong_are_not_paid_from(ines: User) -> None:
    payee_of(ines)
    top_up(9_000)
    earned(ines, 2_000, "a")
    post(Posting(accounts.creator(ines.public_id, "eur"), accounts.platform_fees("eur"), euros(1), "wrong"))
    run = pay_all()
    assert (run.state, Payout.objects.count()) == (RunState.REFUSED, 0)
    assert run.why == (
        f"The ledger is not right (1): The ledger owes creator:{ines.public_id}:eur 19.99 eur,"
        " but what is open of their earnings is 20.00 eur."
    )


def test_stop_keeps_everything_from_being_made(ines: User, sam: User) -> None:
    payee_of(ines)
    earned(ines, 2_000, "a")
    stop_payouts(why="We look into it", by=sam)
    run = pay_all()
    assert (run.state, run.why) == (RunState.REFUSED, "Payouts are stopped: We look into it")
    assert begin_due_run(NOW) is None
    with pytest.raises(PayoutsStoppedError):
        ask_payout(ines)


def test_stop_keeps_everything_from_being_sent(ines: User, sam: User) -> None:
    payee_of(ines)
    top_up(9_000)
    earned(ines, 2_000, "a")
    run = begin_by_staff(by=sam)
    advance_runs()
    stop_payouts(why="", by=sam)
    assert (send_due_transfers(), send_transfer(Transfer.objects.get().pk)) == (0, False)
    go_on()
    run.refresh_from_db()
    assert (run.state, states()) == (RunState.OPEN, [(TransferState.WANTED, "")])
    resume_payouts(by=sam)
    go_on()
    run.refresh_from_db()
    assert (run.state, states()) == (RunState.DONE, [(TransferState.DONE, "")])


def test_run_that_was_stopped_goes_on_where_it_was(sam: User, monkeypatch: pytest.MonkeyPatch) -> None:
    people = [UserFactory.create() for _ in range(4)]
    top_up(90_000)
    for number, person in enumerate(people):
        payee_of(person)
        earned(person, 2_000, f"e{number}")
    run = begin_by_staff(by=sam)
    assert paying.check(run)
    run.refresh_from_db()
    assert [paying.pay_next(run.pk) for _ in range(2)] == [True, True]
    stop_payouts(why="", by=sam)
    assert not paying.pay_next(run.pk)
    resume_payouts(by=sam)
    go_on()
    run.refresh_from_db()
    assert (run.state, run.payouts.count(), well()) == (RunState.DONE, 4, True)


def test_clock_pays_once_a_period(settings: Settings) -> None:
    settings.PAYOUT_CADENCE = "weekly"
    first = begin_due_run(NOW)
    assert first is not None
    assert (first.reason, first.period, begin_due_run(NOW)) == (PayoutReason.WEEKLY, "2026-W47", None)
    second = begin_due_run(NOW + timedelta(days=5))
    assert second is not None
    assert second.period == "2026-W48"


def test_clock_tries_again_some_hours_after_a_refusal(settings: Settings) -> None:
    settings.PAYOUT_CADENCE = "monthly"
    first = begin_due_run(NOW)
    assert first is not None
    PayoutRun.objects.update(state=RunState.REFUSED, created_at=NOW)
    assert begin_due_run(NOW + timedelta(hours=6) - timedelta(seconds=1)) is None
    again = begin_due_run(NOW + timedelta(hours=6))
    assert again is not None
    assert again.period == first.period == "2026-11"


def test_clock_that_never_pays(settings: Settings) -> None:
    settings.PAYOUT_CADENCE = "never"
    assert (begin_due_run(NOW), next_payout(NOW)) == (None, None)


def test_next_payout_is_today_until_the_run_is_made(settings: Settings) -> None:
    settings.PAYOUT_CADENCE = "weekly"
    assert next_payout(NOW) == date(2026, 11, 18)
    begin_due_run(NOW)
    assert next_payout(NOW) == date(2026, 11, 23)


@pytest.mark.parametrize(
    ("moment", "week", "month"),
    [
        (datetime(2026, 11, 1, 5, 59, tzinfo=UTC), "2026-W44", "2026-10"),
        (datetime(2026, 11, 1, 6, tzinfo=UTC), "2026-W44", "2026-11"),
        (datetime(2026, 11, 2, 5, 59, tzinfo=UTC), "2026-W44", "2026-11"),
        (datetime(2026, 11, 2, 6, tzinfo=UTC), "2026-W45", "2026-11"),
        (datetime(2027, 1, 1, 6, tzinfo=UTC), "2026-W53", "2027-01"),
    ],
)
def test_period_begins_at_the_hour_of_its_first_day(moment: datetime, week: str, month: str) -> None:
    assert period_of(moment, PayoutReason.WEEKLY) == week
    assert period_of(moment, PayoutReason.MONTHLY) == month


def test_period_after_the_last_of_the_year() -> None:
    last = datetime(2026, 12, 31, 12, tzinfo=UTC)
    assert next_period(last, PayoutReason.WEEKLY) == date(2027, 1, 4)
    assert next_period(last, PayoutReason.MONTHLY) == date(2027, 1, 1)


# --- asked for --------------------------------------------------------------------------------------------------------


def test_creator_asks_for_their_own(ines: User, malo: User) -> None:
    top_up(9_000)
    for person in (ines, malo):
        payee_of(person)
        earned(person, 2_000, person.handle)
    run = ask_payout(ines)
    assert (run.reason, run.asked_by, run.payee) == (PayoutReason.ASKED, ines, ines.payee)
    go_on()
    assert (owes(ines), owes(malo), well()) == (euros(0), euros(2_000), True)


def test_creator_asks_for_one_at_a_time(ines: User) -> None:
    payee_of(ines)
    earned(ines, 2_000, "a")
    ask_payout(ines)
    with pytest.raises(PayoutUnderWayError):
        ask_payout(ines)
    advance_runs()
    with pytest.raises(PayoutUnderWayError):
        ask_payout(ines)


@pytest.mark.parametrize(("minor", "may"), [(999, False), (1_000, True)])
def test_creator_asks_for_no_less_than_the_minimum(ines: User, minor: int, *, may: bool) -> None:
    payee_of(ines)
    earned(ines, minor, "a")
    if may:
        assert ask_payout(ines).state == RunState.OPEN
    else:
        with pytest.raises(PayoutTooSmallError):
            ask_payout(ines)


def test_creator_whom_stripe_cannot_pay_is_told(ines: User, malo: User) -> None:
    payee_of(malo, "document")
    for person in (ines, malo):
        earned(person, 2_000, person.handle)
        with pytest.raises(NoPayeeError):
            ask_payout(person)


def test_staff_pay_one_creator_whatever_the_sum(ines: User, sam: User) -> None:
    payee = payee_of(ines)
    top_up(9_000)
    earned(ines, 1, "a")
    begin_for(payee, reason=PayoutReason.STAFF, by=sam)
    go_on()
    assert (owes(ines), in_the_bank(payee)) == (euros(0), 1)
