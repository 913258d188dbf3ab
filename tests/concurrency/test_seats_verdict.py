"""What the campaigns' verdict notices: each fault that it looks for, made by hand, and nothing where all is well."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import pytest

from rooms.services.planning import cancel_room
from tests.campaigns.seats_verdict import judge, settle
from tests.factories.payments import buy, pay_at_stripe, planned_offer
from tests.factories.people import UserFactory
from ticketing import stripe_gateway as gateway
from ticketing.enums import RefundReason
from ticketing.models import Offer, Order, Ticket
from ticketing.services.payments import tell_bought
from ticketing.services.refunds import ask_refund
from ticketing.services.seats import hold_seat

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytest_django.fixtures import Settings

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
NOTHING: tuple[list[str], list[str]] = ([], [])


@pytest.fixture(autouse=True)
def devstripe(settings: Settings, tmp_path: Path) -> None:
    settings.DEVSTRIPE, settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRET = True, "", "whsec_of_the_tests"
    settings.DEVSTRIPE_FILE = tmp_path / "devstripe.sqlite3"
    # The verdict's own reconciliation sets it.
    settings.RECONCILE_MARGIN_MINUTES = 15


@pytest.fixture
def offer() -> Offer:
    return planned_offer(seats=2)


@pytest.fixture
def sold(offer: Offer) -> Order:
    order = buy(offer, UserFactory.create())
    tell_bought()
    return order


def found(offer: Offer, reconciled: tuple[list[str], list[str]] = NOTHING) -> set[str]:
    """Return of which kinds the violations are."""
    return {kind for kind, sentences in asdict(judge([offer.pk], reconciled)).items() if sentences}


def test_nothing_is_wrong_with_a_sale(offer: Offer, sold: Order) -> None:
    assert found(offer) == set()


def two_seats_of_one(offer: Offer, _sold: Order) -> None:
    buy(offer, UserFactory.create())
    tell_bought()
    Offer.objects.filter(pk=offer.pk).update(capacity=1, taken=1)


def a_seat_that_nobody_counted(offer: Offer, _sold: Order) -> None:
    Offer.objects.filter(pk=offer.pk).update(taken=0)


def a_payment_that_nobody_saw(offer: Offer, _sold: Order) -> None:
    pay_at_stripe(hold_seat(offer.pk, UserFactory.create()))


def a_ticket_that_is_void(_offer: Offer, sold: Order) -> None:
    Ticket.objects.filter(order=sold).update(voided_at=sold.paid_at)


def money_that_went_back_unseen(_offer: Offer, sold: Order) -> None:
    gateway.create_refund(sold.payment_intent, amount=sold.amount, key="unseen")


def a_refund_that_nobody_sent(_offer: Offer, sold: Order) -> None:
    ask_refund(sold.pk, reason=RefundReason.HOST, by=None)


def a_receipt_that_nobody_sent(offer: Offer, _sold: Order) -> None:
    buy(offer, UserFactory.create())


def a_room_called_off(offer: Offer, _sold: Order) -> None:
    cancel_room(offer.room.public_id, by=offer.room.host)


def a_fee_that_is_another(_offer: Offer, sold: Order) -> None:
    Order.objects.filter(pk=sold.pk).update(fee=0)


@pytest.mark.parametrize(
    ("fault", "kinds"),
    [
        (two_seats_of_one, {"oversold", "miscounted", "ledger"}),
        (a_seat_that_nobody_counted, {"miscounted", "ledger"}),
        (a_payment_that_nobody_saw, {"lost", "unfinished"}),
        (a_ticket_that_is_void, {"lost", "miscounted", "ledger"}),
        (money_that_went_back_unseen, {"unpaid"}),
        (a_refund_that_nobody_sent, {"lost", "unfinished"}),
        (a_receipt_that_nobody_sent, {"unfinished"}),
        (a_room_called_off, {"unfinished"}),
        (a_fee_that_is_another, {"ledger"}),
    ],
)
def test_each_fault_is_noticed(
    fault: Callable[[Offer, Order], None], kinds: set[str], offer: Offer, sold: Order
) -> None:
    fault(offer, sold)
    assert found(offer) == kinds


def test_what_reconciliation_finds_is_a_violation(offer: Offer, sold: Order) -> None:
    assert found(offer, (["Of re_1 Stripe has nothing."], [])) == {"reconciled"}
    assert found(offer, ([], ["Of re_1 Stripe has nothing."])) == {"reconciled"}


@pytest.mark.parametrize(
    "left",
    [
        a_payment_that_nobody_saw,
        money_that_went_back_unseen,
        a_refund_that_nobody_sent,
        a_receipt_that_nobody_sent,
        a_room_called_off,
    ],
)
def test_jobs_settle_what_was_left(left: Callable[[Offer, Order], None], offer: Offer, sold: Order) -> None:
    left(offer, sold)
    assert found(offer, settle()) == set()


def test_without_jobs_it_stays_and_is_noticed(offer: Offer, sold: Order) -> None:
    a_refund_that_nobody_sent(offer, sold)
    assert "unfinished" in found(offer, settle(sweep=lambda: None))
