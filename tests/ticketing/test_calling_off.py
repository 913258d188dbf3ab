"""Rooms with buyers that are cancelled, that nobody opens, or that are moved."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Notification
from config.lib.money import Money
from rooms.enums import CancelReason
from rooms.models import Room, RoomReminder
from rooms.services.alarms import ring_next
from rooms.services.planning import cancel_overdue, cancel_room, reschedule_room, start_room
from tests.factories.payments import buy, pay_at_stripe, planned_offer
from tests.factories.people import UserFactory
from tests.rooms.planned import pass_by
from ticketing import account_names as accounts
from ticketing import tasks
from ticketing.enums import OrderState, RefundReason, ReleaseReason, WaitingState
from ticketing.ledger_checks import findings
from ticketing.models import Offer, Order, Refund, WaitingPlace
from ticketing.selectors.ledger import balance
from ticketing.selectors.order_page import order_page
from ticketing.selling_errors import NotForSaleError, RefundTooLateError
from ticketing.services import checkout
from ticketing.services.calling_off import refund_cancelled, tell_moved
from ticketing.services.check_in import people_seen
from ticketing.services.refunds import ask_refund
from ticketing.services.seats import hold_seat, join_line

pytestmark = pytest.mark.django_db


def cancel(offer: Offer) -> None:
    cancel_room(offer.room.public_id, by=offer.room.host)


def test_cancelled_room_refunds_all_and_holds_nothing() -> None:
    offer = planned_offer()
    orders = [buy(offer, buyer) for buyer in UserFactory.create_batch(3)]
    cancel(offer)
    tasks.keep_sales()
    assert {Order.objects.get(pk=order.pk).state for order in orders} == {OrderState.REFUNDED}
    assert set(Refund.objects.values_list("reason", flat=True)) == {RefundReason.CANCELLED}
    offer.refresh_from_db()
    assert (offer.taken, offer.closed_at is not None) == (0, True)
    assert balance(accounts.held_for_room(offer.room.public_id, "eur")) == Money(0, "eur")
    assert findings(timezone.now()) == []


def test_room_whose_host_does_not_come_refunds_all() -> None:
    offer = planned_offer(hours=1)
    order = buy(offer, UserFactory.create())
    pass_by(hours=2)
    assert cancel_overdue(offer.room.public_id)
    tasks.keep_sales()
    order.refresh_from_db()
    assert (order.state, Refund.objects.get().reason) == (OrderState.REFUNDED, RefundReason.NO_SHOW)
    offer.room.refresh_from_db()
    assert offer.room.cancel_reason == CancelReason.NO_SHOW


def test_cancelled_room_ends_holds_and_the_line() -> None:
    offer = planned_offer(seats=1)
    held, waiting = hold_seat(offer.pk, UserFactory.create()), UserFactory.create()
    checkout.begin(held, language="en")
    join_line(offer.pk, waiting)
    cancel(offer)
    tasks.keep_sales()
    held.refresh_from_db()
    assert (held.state, held.release_reason) == (OrderState.RELEASED, ReleaseReason.ROOM)
    assert WaitingPlace.objects.get().state == WaitingState.OVER
    with pytest.raises(NotForSaleError):
        hold_seat(offer.pk, waiting)


def test_payment_under_way_when_the_room_is_cancelled_comes_back() -> None:
    offer = planned_offer()
    order = hold_seat(offer.pk, UserFactory.create())
    pay_at_stripe(order)
    cancel(offer)
    for _ in range(2):
        tasks.keep_sales()
    order.refresh_from_db()
    assert (order.state, order.refunded, findings(timezone.now())) == (OrderState.REFUNDED, 1_200, [])


def test_each_gets_the_money_back_once() -> None:
    offer = planned_offer()
    first, second = (buy(offer, buyer) for buyer in UserFactory.create_batch(2))
    ask_refund(first.pk, reason=RefundReason.HOST, by=None, amount=Money(200, "eur"))
    cancel(offer)
    assert refund_cancelled() == 2
    assert refund_cancelled() == 0
    assert list(Refund.objects.order_by("pk").values_list("order", "amount")) == [
        (first.pk, 200),
        (first.pk, 1_000),
        (second.pk, 1_200),
    ]


def test_all_are_refunded_in_several_runs() -> None:
    offer = planned_offer()
    for buyer in UserFactory.create_batch(3):
        buy(offer, buyer)
    cancel(offer)
    assert [refund_cancelled(limit=2) for _ in range(3)] == [2, 1, 0]


def test_refund_that_failed_is_left_to_staff() -> None:
    offer = planned_offer()
    buy(offer, UserFactory.create(), number="4000000000005126")
    cancel(offer)
    refund_cancelled()
    Refund.objects.update(state="failed", settled_at=timezone.now())
    Order.objects.update(refunded=0)
    assert refund_cancelled() == 0


@pytest.mark.parametrize(("reason", "refunded"), [(RefundReason.HOST, 1), (RefundReason.CANCELLED, 0)])
def test_refund_that_failed_before_does_not_stand_in_the_way(reason: RefundReason, refunded: int) -> None:
    offer = planned_offer()
    order = buy(offer, UserFactory.create())
    Refund.objects.create(order=order, amount=500, reason=reason, state="failed", settled_at=timezone.now())
    cancel(offer)
    assert refund_cancelled() == refunded


def test_moved_room_lets_buyers_give_back_until_it_begins() -> None:
    offer = planned_offer(hours=48)
    order = buy(offer, UserFactory.create())
    to = (timezone.now() + timedelta(hours=5)).replace(second=0, microsecond=0)
    reschedule_room(offer.room.public_id, by=offer.room.host, starts_at=to)
    order.refresh_from_db()
    offer.refresh_from_db()
    assert (order.free_refund_until, offer.sales_end_at) == (to, to)
    assert [tell_moved(), tell_moved()] == [1, 0]
    told = Notification.objects.get(kind="ticket")
    assert (told.user, told.link) == (order.buyer, f"/orders/{order.public_id}/")
    # Five hours before is too late for whoever buys now.
    later = buy(offer, UserFactory.create())
    assert later.free_refund_until is None
    assert ask_refund(order.pk, reason=RefundReason.BUYER, by=order.buyer).amount == 1_200


def test_moved_room_is_told_once_to_buyers_and_to_those_who_only_wait() -> None:
    offer = planned_offer(hours=48)
    order, waiting = buy(offer, UserFactory.create()), UserFactory.create()
    RoomReminder.objects.create(room=offer.room, user=waiting)
    to = (timezone.now() + timedelta(hours=5)).replace(second=0, microsecond=0)
    reschedule_room(offer.room.public_id, by=offer.room.host, starts_at=to)
    while ring_next():
        pass
    tell_moved()
    told = Notification.objects.exclude(kind="receipt").order_by("kind").values_list("kind", "user")
    assert list(told) == [("plans", waiting.pk), ("ticket", order.buyer_id)]


def test_whoever_pays_while_the_room_is_moved_may_give_back_too() -> None:
    offer = planned_offer(hours=48)
    order = hold_seat(offer.pk, UserFactory.create())
    pay_at_stripe(order)
    to = (timezone.now() + timedelta(hours=5)).replace(second=0, microsecond=0)
    reschedule_room(offer.room.public_id, by=offer.room.host, starts_at=to)
    order = checkout.look(order.pk)
    assert (order.state, order.free_refund_until, tell_moved()) == (OrderState.PAID, to, 0)
    assert ask_refund(order.pk, reason=RefundReason.BUYER, by=order.buyer).amount == 1_200


def test_whoever_came_to_the_moved_room_has_had_it() -> None:
    offer = planned_offer(hours=48)
    order = buy(offer, UserFactory.create())
    to = (timezone.now() + timedelta(hours=5)).replace(second=0, microsecond=0)
    reschedule_room(offer.room.public_id, by=offer.room.host, starts_at=to)
    start_room(offer.room.public_id, by=offer.room.host)
    people_seen({offer.room_id: [order.buyer_id or 0]}, timezone.now())
    with pytest.raises(RefundTooLateError):
        ask_refund(order.pk, reason=RefundReason.BUYER, by=order.buyer)
    assert order_page(Order.objects.get()).refundable_until is None


def test_seat_that_became_free_after_the_sale_goes_to_the_line_when_the_room_is_moved() -> None:
    offer = planned_offer(seats=1)
    order, waiting = buy(offer, UserFactory.create()), UserFactory.create()
    join_line(offer.pk, waiting)
    past = timezone.now() - timedelta(minutes=1)
    Room.objects.update(starts_at=past)
    Offer.objects.update(sales_end_at=past)
    ask_refund(order.pk, reason=RefundReason.HOST, by=None)
    tasks.keep_sales()
    assert (Offer.objects.get().taken, WaitingPlace.objects.get().state) == (0, WaitingState.WAITING)
    to = (timezone.now() + timedelta(hours=5)).replace(second=0, microsecond=0)
    reschedule_room(offer.room.public_id, by=offer.room.host, starts_at=to)
    tasks.keep_sales()
    place = WaitingPlace.objects.get()
    assert (Offer.objects.get().taken, place.state) == (1, WaitingState.OFFERED)
    assert place.order is not None
    assert place.order.buyer == waiting


def test_moved_room_keeps_an_end_of_sales_that_was_chosen() -> None:
    ends = timezone.now() + timedelta(hours=3)
    offer = planned_offer(hours=48)
    Offer.objects.update(sales_end_at=ends)
    reschedule_room(
        offer.room.public_id, by=offer.room.host, starts_at=timezone.now().replace(second=0) + timedelta(hours=72)
    )
    offer.refresh_from_db()
    assert offer.sales_end_at == ends
