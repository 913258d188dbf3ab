"""The ledger held against Stripe's balance: lost webhooks are made up for, differences found and left as they are."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from config.lib.money import Money
from tests.factories.payments import buy, pay_at_stripe, planned_offer
from tests.factories.people import UserFactory
from tests.ticketing.books import STRIPE, posting, write
from tests.ticketing.connected import account, transfer_request
from tests.ticketing.test_check_ledger import tampered
from ticketing import stripe_gateway as gateway
from ticketing.devstripe import balance, controls
from ticketing.devstripe.store import opened
from ticketing.enums import DisputeState, OrderState, RefundReason, RefundState
from ticketing.errors import PaymentsUnavailableError
from ticketing.models import Entry, Order, Reconciliation, Refund
from ticketing.order_checks import findings
from ticketing.services import reconciling
from ticketing.services.disputes import dispute_changed
from ticketing.services.refunds import ask_refund, send_due_refunds
from ticketing.services.seats import hold_seat
from ticketing.tasks import reconcile as nightly

if TYPE_CHECKING:
    from django.core.mail import EmailMessage
    from pytest_django.fixtures import Settings

pytestmark = pytest.mark.django_db
LATER = timedelta(hours=1)


@pytest.fixture
def order() -> Order:
    return buy(planned_offer(), UserFactory.create())


def reconciled(after: timedelta = LATER) -> Reconciliation:
    return reconciling.reconcile(timezone.now() + after)


def texts(row: Reconciliation) -> list[str]:
    return [each["text"] for each in row.findings]


def refunded(order: Order, minor: int | None = None) -> Refund:
    amount = None if minor is None else Money(minor, "eur")
    refund = ask_refund(order.pk, reason=RefundReason.HOST, by=None, amount=amount)
    send_due_refunds()
    refund.refresh_from_db()
    return refund


def entry_gone(key: str) -> None:
    tampered(f"DELETE FROM ticketing_entry WHERE key = '{key}'")  # noqa: S608 - our own key


def at_stripe(session: str) -> str:
    """Return the charge of a session."""
    payment = gateway.retrieve_checkout(session).payment_intent or ""
    return gateway.retrieve_payment(payment).charge or ""


def test_what_both_have_booked_agrees(order: Order) -> None:
    other, lost, won = (buy(order.offer, UserFactory.create()) for _ in range(3))
    refunded(order, 500)
    refunded(other)
    for disputed, outcome in ((lost, "lost"), (won, "won")):
        dispute = controls.open_dispute(disputed.charge)
        dispute_changed("", dispute)
        controls.close_dispute(dispute, outcome)
        dispute_changed("", dispute)
    row = reconciled()
    assert (texts(row), row.lines, row.looked_at) == ([], 4 + 2 + 3, 0)


def test_payment_whose_webhook_was_lost_is_made_up_for() -> None:
    order = hold_seat(planned_offer().pk, UserFactory.create())
    pay_at_stripe(order)
    row = reconciled()
    order.refresh_from_db()
    assert (order.state, order.fee, texts(row), row.looked_at) == (OrderState.PAID, 43, [], 1)
    assert list(findings()) == []


def test_fee_that_was_not_booked_at_first_is_fetched(order: Order) -> None:
    entry_gone(f"order:{order.public_id}:fee")
    Order.objects.update(fee=None)
    row = reconciled()
    assert (Order.objects.get().fee, texts(row), row.looked_at) == (43, [], 1)


def test_refund_that_stripe_has_brought_further_is_followed(order: Order) -> None:
    refund = refunded(order)
    Refund.objects.update(state=RefundState.PENDING, settled_at=None)
    Order.objects.update(state=OrderState.PAID)
    row = reconciled()
    refund.refresh_from_db()
    assert (refund.state, Order.objects.get().state, texts(row)) == (RefundState.SUCCEEDED, OrderState.REFUNDED, [])


def test_refund_that_was_made_at_stripe_is_taken_over(order: Order) -> None:
    made = gateway.create_refund(order.payment_intent, amount=300, key="outside")
    assert texts(reconciled()) == []
    refund = Refund.objects.get()
    assert (refund.stripe_id, refund.reason, refund.amount) == (made.id, RefundReason.OUTSIDE, 300)


def test_dispute_whose_webhooks_were_lost_is_followed(order: Order) -> None:
    dispute = controls.open_dispute(order.charge)
    assert texts(reconciled()) == []
    assert Order.objects.get().dispute_state == DisputeState.OPEN
    controls.close_dispute(dispute, "lost")
    row = reconciled()
    assert (texts(row), row.looked_at, Order.objects.get().dispute_state) == ([], 1, DisputeState.LOST)


@pytest.mark.parametrize(
    ("part", "left"), [("sale", "2.00 eur, less 0.43 eur"), ("vat", "10.00 eur, less 0.43 eur"), ("fee", "12.00 eur")]
)
def test_entry_that_the_ledger_lacks_is_found(order: Order, part: str, left: str) -> None:
    before = Entry.objects.count()
    entry_gone(f"order:{order.public_id}:{part}")
    said = f"Of {order.charge} Stripe has 12.00 eur, less 0.43 eur, the ledger {left}."
    assert texts(reconciled()) == [said]
    # Found, and left as it is.
    assert Entry.objects.count() == before - 1


def test_payment_of_nobodys_order_is_found() -> None:
    offer = planned_offer()
    order = hold_seat(offer.pk, UserFactory.create())
    charge = at_stripe(pay_at_stripe(order))
    Order.objects.all().delete()
    assert texts(reconciled()) == [f"Of {charge} Stripe has 12.00 eur, less 0.43 eur, the ledger nothing."]


def test_refund_that_the_ledger_lacks_is_found(order: Order) -> None:
    refund = refunded(order, 300)
    entry_gone(f"refund:{refund.public_id}:paid")
    assert texts(reconciled()) == [f"Of {refund.stripe_id} Stripe has -3.00 eur, the ledger nothing."]


def test_dispute_that_the_ledger_lacks_is_found(order: Order) -> None:
    dispute = controls.open_dispute(order.charge)
    dispute_changed("", dispute)
    controls.close_dispute(dispute, "won")
    dispute_changed("", dispute)
    key = f"dispute:{dispute}:fee"
    tampered(f"UPDATE ticketing_entry SET amount = 1999 WHERE key = '{key}'")  # noqa: S608 - our own key
    said = f"Of {dispute} Stripe has 0.00 eur, less 20.00 eur, the ledger 0.00 eur, less 19.99 eur."
    assert texts(reconciled()) == [said]


def test_sale_that_stripe_does_not_know_is_found() -> None:
    order = hold_seat(planned_offer().pk, UserFactory.create())
    Order.objects.update(state=OrderState.PAID, paid_at=timezone.now(), charged=1_200, charge="ch_forged", fee=0)
    write(posting(1_200, f"order:{order.public_id}:sale", order=order.public_id))
    assert texts(reconciled()) == ["Of ch_forged Stripe has nothing, the ledger 12.00 eur."]


def test_entry_about_nothing_is_found() -> None:
    write(posting(1_200, "order:nobody:sale"))
    assert texts(reconciled()) == ["The ledger has entries order:nobody:…, of which Stripe knows nothing."]


def test_refund_of_which_stripe_knows_nothing_is_found(order: Order) -> None:
    refund = ask_refund(order.pk, reason=RefundReason.HOST, by=None)
    write(posting(1_200, f"refund:{refund.public_id}:paid", debit="refunds:eur", credit=STRIPE))
    Refund.objects.update(state=RefundState.SUCCEEDED, stripe_id="re_forged")
    assert texts(reconciled()) == ["Of re_forged Stripe has nothing, the ledger -12.00 eur."]


def test_line_of_a_kind_that_we_do_not_know_is_found() -> None:
    with opened() as store:
        balance.book(store, "payout", -500, of={"currency": "eur", "id": "po_1"})
        line = balance.book(store, "stripe_fee", -700, of={"currency": "eur", "id": None})
        other = balance.book(store, "topup", 800, of={"currency": "eur", "id": "tu_1"})
    said = [
        f"Stripe has booked {line['id']} (stripe_fee) of -7.00 eur for nothing.",
        "Of tu_1 Stripe has 8.00 eur, the ledger nothing.",
    ]
    assert (texts(reconciled()), other["source"]) == (said, "tu_1")


def test_refund_that_came_back_long_after_agrees(order: Order) -> None:
    """Its first line stands before what is read, and the ledger knows both."""
    refund = refunded(order)
    reconciled(timedelta(days=10))
    with opened() as store:
        made = store.get("refund", refund.stripe_id)
        made["status"] = "failed"
        store.save(made)
    with opened() as store:
        line = balance.book(store, "refund_failure", 1_200, of=made)
        line["created"] += 11 * 24 * 3600
        store.save(line)
    row = reconciled(timedelta(days=12))
    assert (texts(row), row.lines) == ([], 1)
    refund.refresh_from_db()
    assert refund.state == RefundState.FAILED


# --- from when until when ---------------------------------------------------------------------------------------------


def test_next_one_begins_before_the_last_ones_end(order: Order, settings: Settings) -> None:
    settings.RECONCILE_OVERLAP_HOURS, settings.RECONCILE_MARGIN_MINUTES = 48, 15
    now = timezone.now()
    first = reconciling.reconcile(now)
    second = reconciling.reconcile(now + timedelta(days=1))
    assert (first.since, first.until) == (
        min(order.created_at, first.until) - timedelta(hours=48),
        now - timedelta(minutes=15),
    )
    assert (second.since, second.until) == (first.until - timedelta(hours=48), first.until + timedelta(days=1))
    day = datetime(2026, 1, 1, tzinfo=UTC)
    assert reconciling.reconcile(now, since=day).since == day


@pytest.mark.parametrize(("minutes", "read"), [(14, 0), (16, 1)])
def test_line_that_is_very_new_is_left_to_the_next_one(
    order: Order, settings: Settings, minutes: int, read: int
) -> None:
    settings.RECONCILE_MARGIN_MINUTES = 15
    entry_gone(f"order:{order.public_id}:fee")
    row = reconciled(timedelta(minutes=minutes))
    assert (row.lines, len(row.findings)) == (read, read)


@pytest.mark.parametrize(("days", "said"), [(29, 1), (31, 0)])
def test_what_was_not_explained_is_said_again_for_a_month(order: Order, days: int, said: int) -> None:
    entry_gone(f"order:{order.public_id}:fee")
    first = reconciled()
    reconciled(timedelta(days=5))
    row = reconciled(timedelta(days=6))
    assert (row.lines, texts(row)) == (0, texts(first))
    assert row.findings[0]["since"] == first.findings[0]["since"]
    assert len(reconciled(timedelta(days=days)).findings) == said


def test_what_was_put_right_is_said_no_more(order: Order) -> None:
    key = f"order:{order.public_id}:fee"
    entry_gone(key)
    assert len(reconciled().findings) == 1
    write(posting(43, key, debit="stripe:fees:eur", credit=STRIPE, order=order.public_id))
    assert reconciled(timedelta(days=5)).findings == []


# --- once a night -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("begun", "now", "due"),
    [
        (None, "2026-11-21T14:00", True),
        ("2026-11-21T02:59", "2026-11-21T03:00", True),
        ("2026-11-21T03:00", "2026-11-21T03:10", False),
        ("2026-11-21T03:00", "2026-11-22T02:59", False),
        ("2026-11-21T03:00", "2026-11-22T03:00", True),
    ],
)
def test_it_is_due_once_a_night(settings: Settings, begun: str | None, now: str, due: bool) -> None:
    settings.RECONCILE_HOUR = 3
    if begun:
        at = datetime.fromisoformat(begun).replace(tzinfo=UTC)
        Reconciliation.objects.create(since=at - LATER, until=at, begun_at=at)
    assert reconciling.is_due(datetime.fromisoformat(now).replace(tzinfo=UTC)) is due


def test_it_is_never_due_where_nothing_is_sold(settings: Settings) -> None:
    settings.DEVSTRIPE = False
    assert not reconciling.is_due(timezone.now())


def test_job_does_it_once() -> None:
    nightly()
    nightly()
    assert Reconciliation.objects.count() == 1


def test_job_tries_again_while_stripe_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(**_window: Any) -> None:
        raise PaymentsUnavailableError

    with monkeypatch.context() as patched:
        patched.setattr(gateway, "list_balance", away)
        nightly()
    assert not Reconciliation.objects.exists()
    nightly()
    assert Reconciliation.objects.count() == 1


def test_job_writes_what_it_found_to_those_who_run_the_site(
    order: Order, settings: Settings, mailoutbox: list[EmailMessage]
) -> None:
    settings.ADMINS = [("", "ops@example.org")]
    settings.RECONCILE_MARGIN_MINUTES = 0
    entry_gone(f"order:{order.public_id}:fee")
    nightly()
    (letter,) = mailoutbox
    assert letter.to == ["ops@example.org"]
    assert letter.subject.startswith("[Causerie] The books do not fit: ")
    # What its own rules say, and what Stripe does.
    assert f"Order {order.public_id} (paid) has no entry" in str(letter.body)
    assert f"Of {order.charge} Stripe has" in str(letter.body)


def test_job_writes_to_nobody_when_all_is_well(
    order: Order, settings: Settings, mailoutbox: list[EmailMessage]
) -> None:
    settings.ADMINS = [("", "ops@example.org")]
    nightly()
    assert (Reconciliation.objects.count(), order.state, mailoutbox) == (1, OrderState.PAID, [])


# --- the command ------------------------------------------------------------------------------------------------------


def test_command_says_that_both_agree(order: Order, settings: Settings) -> None:
    settings.RECONCILE_MARGIN_MINUTES = -1
    out = io.StringIO()
    call_command("reconcile", stdout=out)
    assert out.getvalue() == "Lines of Stripe: 1. Asked about: 0. Stripe and the ledger agree.\n"


def test_command_fails_with_what_it_found(order: Order, settings: Settings) -> None:
    settings.RECONCILE_MARGIN_MINUTES = -1
    entry_gone(f"order:{order.public_id}:fee")
    out = io.StringIO()
    with pytest.raises(CommandError, match=r"^Lines of Stripe: 1\. Asked about: 0\. Findings: 1; see above\."):
        call_command("reconcile", "--since", "2026-01-01", stdout=out)
    said = f"Of {order.charge} Stripe has 12.00 eur, less 0.43 eur, the ledger 12.00 eur."
    assert out.getvalue().splitlines() == [said]
    assert Reconciliation.objects.get().since == datetime(2026, 1, 1, tzinfo=UTC)


def test_command_says_that_stripe_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(**_window: Any) -> None:
        raise PaymentsUnavailableError

    monkeypatch.setattr(gateway, "list_balance", away)
    with pytest.raises(CommandError, match="does not answer"):
        call_command("reconcile")


def test_transfer_that_the_ledger_does_not_know_is_found(order: Order) -> None:
    made = gateway.create_transfer(transfer_request(account("active"), 1_000, charge=order.charge), key="transfer_1")
    back = gateway.create_reversal(made.id, amount=400, key="reversal_1")
    controls.pay_out(100, "eur")
    # The payout is passed over.
    assert texts(reconciled()) == [
        f"Of {made.id} Stripe has -10.00 eur, the ledger nothing.",
        f"Of {back.id} Stripe has 4.00 eur, the ledger nothing.",
    ]
