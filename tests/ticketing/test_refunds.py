"""Money on its way back: whole and in parts, late, failed, made elsewhere, and asked for by each who may."""

from __future__ import annotations

import functools
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.db.models import F
from django.utils import timezone

from accounts.models import Notification
from config.lib.money import Money
from rooms.enums import AdmissionKind
from rooms.models import Admission, Room, RoomReminder
from tests.factories.payments import GOOD_CARD, buy, planned_offer
from tests.factories.people import UserFactory
from ticketing import account_names as accounts
from ticketing import stripe_gateway as gateway
from ticketing.devstripe.delivery import deliver_due
from ticketing.devstripe.store import opened
from ticketing.enums import OrderState, RefundReason, RefundState, WaitingState
from ticketing.errors import PaymentsUnavailableError, RefundTooLargeError
from ticketing.ledger_checks import findings
from ticketing.models import Order, Refund, Ticket, WaitingPlace
from ticketing.selectors.ledger import balance, balances
from ticketing.selling_errors import NotRefundableError, RefundChangedError, RefundTooLateError
from ticketing.services import refunds
from ticketing.services.refunds import ask_refund, refund_changed, send_due_refunds, send_refund
from ticketing.services.seats import join_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_django.fixtures import Settings

    from ticketing import stripe_objects

pytestmark = pytest.mark.django_db

SLOW, FAILING = "4000000000007726", "4000000000005126"


def euros(minor: int) -> Money:
    return Money(minor, "eur")


def bought(**how: object) -> Order:
    return buy(planned_offer(), UserFactory.create(), **how)


def by_host(order: Order, minor: int | None = None) -> Refund:
    amount = None if minor is None else euros(minor)
    return ask_refund(order.pk, reason=RefundReason.HOST, by=order.offer.room.host, amount=amount)


def as_it_is(order: Order) -> Order:
    return Order.objects.select_related("offer__room", "buyer").get(pk=order.pk)


def steps_told() -> list[str]:
    """Return what buyers were told of refunds, in its order."""
    told = Notification.objects.filter(kind="refund").order_by("pk")
    return [notification.data["what"] for notification in told]


def let_the_bank_answer() -> None:
    """Let devstripe's events of banks that think arrive, with the bank's time over."""
    for refund in Refund.objects.filter(state=RefundState.PENDING):
        with opened() as store:
            store.rows.execute("UPDATE objects SET due = 0 WHERE id = ?", (refund.stripe_id,))
    deliver_due(lambda _body, _signature: 200)
    for refund in Refund.objects.exclude(stripe_id=""):
        refund_changed("refund.updated", refund.stripe_id)


def test_whole_refund_voids_ticket_and_frees_seat_at_once() -> None:
    order = bought()
    refund = by_host(order)
    order = as_it_is(order)
    assert (order.state, order.refunded, order.takes_seat, order.offer.taken) == (OrderState.PAID, 1_200, False, 0)
    assert (refund.state, refund.amount, refund.tax) == (RefundState.WANTED, 1_200, 200)
    assert not Ticket.objects.filter(voided_at=None).exists()
    assert not Admission.objects.filter(kind=AdmissionKind.TICKET, revoked_at=None).exists()
    assert balance(accounts.refunds("eur")) == euros(-1_200)


@pytest.mark.parametrize(("minor", "reminded"), [(1_199, True), (1_200, False)])
def test_whoever_gave_the_ticket_back_is_not_reminded_of_the_room(minor: int, *, reminded: bool) -> None:
    order = bought()
    by_host(order, minor)
    assert RoomReminder.objects.filter(room=order.offer.room, user=order.buyer).exists() == reminded


def test_sent_refund_ends_the_order_and_leaves_nothing_held() -> None:
    order = bought()
    by_host(order)
    assert send_due_refunds() == 1
    assert as_it_is(order).state == OrderState.REFUNDED
    assert {name: money for name, money in balances().items() if money} == {
        accounts.stripe("eur"): euros(-43),
        accounts.stripe_fees("eur"): euros(43),
    }
    assert findings(timezone.now()) == []


def test_partial_refunds_keep_the_ticket_until_nothing_is_left() -> None:
    order = bought()
    # Taxes of the parts: 200 * 500/1200 = 83, 117 * 699/700 = 117, and what is left.
    taxes = [by_host(order, minor).tax for minor in (500, 699)]
    assert (taxes, Ticket.objects.filter(voided_at=None).count()) == ([83, 117], 1)
    last = by_host(order, 1)
    assert (last.tax, Ticket.objects.filter(voided_at=None).count()) == (0, 0)
    send_due_refunds()
    assert (as_it_is(order).state, findings(timezone.now())) == (OrderState.REFUNDED, [])


@pytest.mark.parametrize(("minor", "taken"), [(1, True), (1_200, True), (1_201, False)])
def test_no_more_is_refunded_than_was_paid(minor: int, *, taken: bool) -> None:
    order = bought()
    if taken:
        assert by_host(order, minor).amount == minor
    else:
        with pytest.raises(RefundTooLargeError):
            by_host(order, minor)


@pytest.mark.parametrize("minor", [0, -1])
def test_nothing_is_no_refund(minor: int) -> None:
    order = bought()
    with pytest.raises(NotRefundableError):
        by_host(order, minor)


def test_what_is_gone_is_not_refunded_again() -> None:
    order = bought()
    by_host(order)
    with pytest.raises(NotRefundableError):
        by_host(order)


@pytest.mark.parametrize(("minutes", "may"), [(1, True), (-1, False)])
def test_buyer_may_refund_until_the_deadline(minutes: int, *, may: bool) -> None:
    offer = planned_offer(hours=48)
    order = buy(offer, UserFactory.create())
    Room.objects.update(starts_at=timezone.now() + timedelta(hours=24, minutes=minutes))
    if may:
        assert ask_refund(order.pk, reason=RefundReason.BUYER, by=order.buyer).amount == 1_200
    else:
        with pytest.raises(RefundTooLateError):
            ask_refund(order.pk, reason=RefundReason.BUYER, by=order.buyer)


def test_buyer_may_refund_late_after_the_room_was_moved() -> None:
    order = bought()
    Room.objects.update(starts_at=timezone.now() + timedelta(hours=1))
    Order.objects.update(free_refund_until=timezone.now() + timedelta(hours=1))
    assert ask_refund(order.pk, reason=RefundReason.BUYER, by=order.buyer).reason == RefundReason.BUYER


@pytest.mark.parametrize(("left", "taken"), [(1_199, False), (1_200, True), (1_201, False)])
def test_refund_is_of_what_was_left_when_it_was_chosen(left: int, *, taken: bool) -> None:
    order, chosen = bought(), Money(300, "eur")
    ask = functools.partial(ask_refund, order.pk, reason=RefundReason.HOST, by=None, amount=chosen)
    if taken:
        assert ask(left=Money(left, "eur")).amount == 300
    # The second press asks for the same, of what the first has left.
    with pytest.raises(RefundChangedError):
        ask(left=Money(left, "eur"))
    assert as_it_is(order).refunded == (300 if taken else 0)


def test_seat_of_a_refund_goes_to_the_first_who_waits() -> None:
    offer = planned_offer(seats=1)
    order, waiting = buy(offer, UserFactory.create()), UserFactory.create()
    join_line(offer.pk, waiting)
    by_host(order)
    assert WaitingPlace.objects.get(user=waiting).state == WaitingState.OFFERED
    offer.refresh_from_db()
    assert offer.taken == 1


@pytest.mark.parametrize(("card", "told"), [(GOOD_CARD, ["done"]), (SLOW, ["promised", "done"])])
def test_refund_is_told_once_if_it_is_done_at_once(card: str, told: list[str]) -> None:
    by_host(bought(number=card))
    assert steps_told() == []
    send_due_refunds()
    let_the_bank_answer()
    assert steps_told() == told


def test_refund_that_stripe_cannot_take_now_is_told_once(settings: Settings) -> None:
    refund = by_host(bought())
    settings.DEVSTRIPE = False
    for _ in range(2):
        Refund.objects.update(due_at=timezone.now())
        assert send_refund(refund.pk)
    assert steps_told() == ["promised"]


def test_refund_that_takes_a_moment_is_pending_first() -> None:
    order = bought(number=SLOW)
    refund = by_host(order)
    send_due_refunds()
    refund.refresh_from_db()
    assert (refund.state, as_it_is(order).state) == (RefundState.PENDING, OrderState.PAID)
    let_the_bank_answer()
    refund.refresh_from_db()
    assert (refund.state, as_it_is(order).state) == (RefundState.SUCCEEDED, OrderState.REFUNDED)
    assert findings(timezone.now()) == []


def test_failed_refund_puts_the_money_back_and_can_be_tried_again() -> None:
    order = bought(number=FAILING)
    refund = by_host(order)
    send_due_refunds()
    let_the_bank_answer()
    refund.refresh_from_db()
    order = as_it_is(order)
    assert (refund.state, order.refunded, order.state) == (RefundState.FAILED, 0, OrderState.PAID)
    assert balance(accounts.held_for_room(order.offer.room.public_id, "eur")) == euros(-1_000)
    assert balance(accounts.refunds("eur")) == euros(0)
    # The ticket stays void, so somebody has to look: check_ledger says so.
    assert not Ticket.objects.filter(voided_at=None).exists()
    assert by_host(order).amount == 1_200


def test_stripe_that_is_away_lets_the_refund_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_args: object, **_options: object) -> stripe_objects.Refund:
        raise PaymentsUnavailableError

    refund = by_host(bought())
    with monkeypatch.context() as network:
        network.setattr(gateway, "create_refund", away)
        assert send_refund(refund.pk)
    refund.refresh_from_db()
    assert (refund.state, refund.attempts, refund.due_at > timezone.now()) == (RefundState.WANTED, 1, True)
    assert not send_refund(refund.pk)
    Refund.objects.update(due_at=timezone.now())
    assert send_refund(refund.pk)
    refund.refresh_from_db()
    assert refund.state == RefundState.SUCCEEDED


def test_refund_whose_answer_was_lost_is_found_again_and_not_made_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a day Stripe has forgotten the key, so looking is all that helps."""
    order = bought()
    refund = by_host(order, 500)
    make: Callable[..., stripe_objects.Refund] = gateway.create_refund

    def made_and_lost(*args: object, **options: object) -> stripe_objects.Refund:
        make(*args, **options)
        raise PaymentsUnavailableError

    with monkeypatch.context() as network:
        network.setattr(gateway, "create_refund", made_and_lost)
        send_refund(refund.pk)
        Refund.objects.update(due_at=timezone.now())
        send_refund(refund.pk)
    refund.refresh_from_db()
    assert (refund.state, len(gateway.list_refunds(order.payment_intent))) == (RefundState.SUCCEEDED, 1)


def test_refund_is_sent_by_one_job_at_a_time() -> None:
    refund = by_host(bought())
    Refund.objects.update(leased_until=timezone.now() + timedelta(minutes=1))
    assert not send_refund(refund.pk)
    Refund.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    assert send_refund(refund.pk)


def test_refund_from_the_dashboard_is_written_down() -> None:
    order = bought()
    made = gateway.create_refund(order.payment_intent, amount=700, key="dashboard")
    for _ in range(2):
        refund_changed("refund.created", made.id)
    refund = Refund.objects.get()
    assert (refund.reason, refund.amount, refund.state) == (RefundReason.OUTSIDE, 700, RefundState.SUCCEEDED)
    assert (as_it_is(order).refunded, findings(timezone.now())) == (700, [])


def test_refund_from_the_dashboard_is_not_made_again_by_whoever_goes_on_after_a_death() -> None:
    order = bought()
    made = gateway.create_refund(order.payment_intent, amount=300, key="dashboard")
    # As far as a process came that was killed after its first commit.
    assert refunds._from_outside(made) is not None
    assert send_due_refunds() == 1
    assert [found.id for found in gateway.list_refunds(order.payment_intent)] == [made.id]
    assert (Refund.objects.get().state, findings(timezone.now())) == (RefundState.SUCCEEDED, [])


def test_whole_refund_from_the_dashboard_voids_the_ticket() -> None:
    order = bought()
    refund_changed("refund.created", gateway.create_refund(order.payment_intent, amount=1_200, key="dashboard").id)
    assert (as_it_is(order).state, Ticket.objects.filter(voided_at=None).exists()) == (OrderState.REFUNDED, False)


def test_refund_from_the_dashboard_takes_the_place_of_ours() -> None:
    order = bought()
    ours = by_host(order)
    gateway.create_refund(order.payment_intent, amount=1_200, key="dashboard")
    send_refund(ours.pk)
    ours.refresh_from_db()
    assert ours.state == RefundState.FAILED
    assert (as_it_is(order).state, as_it_is(order).refunded) == (OrderState.REFUNDED, 1_200)
    assert findings(timezone.now()) == []


def test_refund_that_was_given_up_and_made_all_the_same_is_one_from_outside() -> None:
    order = bought()
    ours = by_host(order, 300)
    made = gateway.create_refund(order.payment_intent, amount=300, key="k", metadata={"refund": ours.public_id})
    refunds.give_up_wanted(as_it_is(order))
    refund_changed("refund.created", made.id)
    assert list(Refund.objects.order_by("pk").values_list("state", "reason")) == [
        (RefundState.FAILED, RefundReason.HOST),
        (RefundState.SUCCEEDED, RefundReason.OUTSIDE),
    ]
    assert findings(timezone.now()) == []


def test_refund_given_up_while_stripe_made_it_is_written_down(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bank decided in the very moment in which a job had Stripe's answer in its hands."""
    order = bought()
    ours = by_host(order, 300)
    make: Callable[..., stripe_objects.Refund] = gateway.create_refund

    def made_and_given_up(*args: object, **options: object) -> stripe_objects.Refund:
        made = make(*args, **options)
        refunds.give_up_wanted(as_it_is(order))
        return made

    monkeypatch.setattr(gateway, "create_refund", made_and_given_up)
    assert send_refund(ours.pk)
    assert (as_it_is(order).refunded, findings(timezone.now())) == (300, [])


def test_old_word_of_a_refund_changes_nothing() -> None:
    order = bought()
    refund = by_host(order)
    send_due_refunds()
    Refund.objects.filter(pk=refund.pk).update(attempts=F("attempts") + 1)
    refund_changed("refund.created", Refund.objects.get().stripe_id)
    assert (Refund.objects.get().state, as_it_is(order).state) == (RefundState.SUCCEEDED, OrderState.REFUNDED)


def test_refund_of_somebody_elses_payment_is_passed_over() -> None:
    refund_changed("refund.created", "re_nobody")
    assert not Refund.objects.exists()
