"""A bank asks for the money back: the ticket is frozen, and good again or void when it is decided."""

from __future__ import annotations

import pytest
from django.utils import timezone

from config.lib.money import Money
from rooms.enums import AdmissionKind
from rooms.models import Admission, RoomReminder
from tests.factories.payments import buy, planned_offer
from tests.factories.people import UserFactory
from ticketing import account_names as accounts
from ticketing.devstripe import controls
from ticketing.enums import DisputeState, OrderState, RefundReason, RefundState
from ticketing.ledger_checks import findings
from ticketing.models import Entry, Order, Refund, Ticket
from ticketing.selectors.host import takings_of
from ticketing.selectors.ledger import balances
from ticketing.selling_errors import InDisputeError
from ticketing.services.disputes import dispute_changed
from ticketing.services.refunds import ask_refund, send_due_refunds

pytestmark = pytest.mark.django_db


def euros(minor: int) -> Money:
    return Money(minor, "eur")


def disputed(refunded: int = 0) -> tuple[Order, str]:
    """Return a paid order whose payment is disputed, and the dispute."""
    order = buy(planned_offer(), UserFactory.create())
    if refunded:
        ask_refund(order.pk, reason=RefundReason.HOST, by=None, amount=euros(refunded))
        send_due_refunds()
    dispute = controls.open_dispute(order.payment_intent)
    dispute_changed("charge.dispute.created", dispute)
    return as_it_is(order), dispute


def as_it_is(order: Order) -> Order:
    return Order.objects.select_related("offer__room", "buyer").get(pk=order.pk)


def has_key() -> bool:
    return Admission.objects.filter(kind=AdmissionKind.TICKET, revoked_at=None).exists()


def test_dispute_freezes_the_ticket_and_keeps_the_seat() -> None:
    order, dispute = disputed()
    assert (order.dispute, order.dispute_state, order.offer.taken) == (dispute, DisputeState.OPEN, 1)
    assert (Ticket.objects.get().frozen_at is not None, has_key()) == (True, False)
    assert balances()[accounts.disputes("eur")] == euros(1_200)
    # 43 for the payment, 20 euros for the dispute.
    assert balances()[accounts.stripe_fees("eur")] == euros(2_043)
    assert findings(timezone.now()) == []


def test_nothing_is_refunded_while_a_bank_decides() -> None:
    order, _dispute = disputed()
    with pytest.raises(InDisputeError):
        ask_refund(order.pk, reason=RefundReason.STAFF, by=None)


def test_won_dispute_opens_the_door_again() -> None:
    order, dispute = disputed()
    controls.close_dispute(dispute, "won")
    dispute_changed("charge.dispute.closed", dispute)
    assert (as_it_is(order).dispute_state, Ticket.objects.get().frozen_at, has_key()) == (DisputeState.WON, None, True)
    assert RoomReminder.objects.filter(room=order.offer.room, user=order.buyer).exists()
    assert balances()[accounts.disputes("eur")] == euros(0)
    assert findings(timezone.now()) == []


def test_lost_dispute_voids_the_ticket_and_takes_what_was_held() -> None:
    order, dispute = disputed()
    controls.close_dispute(dispute, "lost")
    dispute_changed("charge.dispute.closed", dispute)
    order = as_it_is(order)
    assert (order.dispute_state, order.state, order.disputed, order.offer.taken) == (
        DisputeState.LOST,
        OrderState.REFUNDED,
        1_200,
        0,
    )
    assert (Ticket.objects.filter(voided_at=None).exists(), has_key()) == (False, False)
    assert {name: money for name, money in balances().items() if money} == {
        accounts.stripe("eur"): euros(-2_043),
        accounts.stripe_fees("eur"): euros(2_043),
    }
    found = takings_of(order.offer)
    assert (found.tax, found.held, found.left) == (euros(0), euros(0), euros(-43))
    assert findings(timezone.now()) == []


def test_lost_dispute_after_a_partial_refund_takes_the_rest() -> None:
    order, dispute = disputed(refunded=500)
    controls.close_dispute(dispute, "lost")
    dispute_changed("charge.dispute.closed", dispute)
    order = as_it_is(order)
    assert (order.refunded, order.disputed, order.state) == (500, 700, OrderState.REFUNDED)
    found = takings_of(order.offer)
    assert (found.tax, found.left) == (euros(0), found.held - found.fees)
    assert findings(timezone.now()) == []


def test_dispute_is_followed_once_in_whatever_order_it_is_told() -> None:
    order = buy(planned_offer(), UserFactory.create())
    dispute = controls.open_dispute(order.charge)
    controls.close_dispute(dispute, "won")
    # The first word that comes is that it was opened; by then it is won.
    for kind in ("charge.dispute.created", "charge.dispute.closed", "charge.dispute.funds_withdrawn"):
        dispute_changed(kind, dispute)
    assert (as_it_is(order).dispute_state, has_key()) == (DisputeState.WON, True)
    assert Entry.objects.filter(key__startswith="dispute:").count() == 3
    assert findings(timezone.now()) == []


def test_lost_dispute_undoes_what_was_promised_and_not_sent() -> None:
    order = buy(planned_offer(), UserFactory.create())
    ask_refund(order.pk, reason=RefundReason.HOST, by=None, amount=euros(400))
    dispute = controls.open_dispute(order.charge)
    dispute_changed("charge.dispute.created", dispute)
    send_due_refunds()
    controls.close_dispute(dispute, "lost")
    dispute_changed("charge.dispute.closed", dispute)
    order = as_it_is(order)
    assert (Refund.objects.get().state, order.refunded, order.disputed) == (RefundState.FAILED, 0, 1_200)
    assert findings(timezone.now()) == []


def test_won_dispute_lets_go_what_was_promised_before() -> None:
    order = buy(planned_offer(), UserFactory.create())
    ask_refund(order.pk, reason=RefundReason.HOST, by=None)
    dispute = controls.open_dispute(order.charge)
    dispute_changed("charge.dispute.created", dispute)
    for _ in range(2):
        Refund.objects.update(due_at=timezone.now())
        send_due_refunds()
    controls.close_dispute(dispute, "won")
    dispute_changed("charge.dispute.closed", dispute)
    # The ticket was void before, and stays so.
    assert (send_due_refunds(), as_it_is(order).state, has_key()) == (1, OrderState.REFUNDED, False)
    assert findings(timezone.now()) == []


def test_dispute_of_somebody_elses_payment_is_passed_over() -> None:
    dispute_changed("charge.dispute.created", "dp_nobody")
    assert not Entry.objects.exists()
