"""A payment for a seat that is still held is one statement; whatever has changed since the order was read, it sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from rooms.enums import AdmissionKind
from rooms.models import Admission, Ban, RoomReminder
from tests.factories.payments import know_accounts, pay_at_stripe, planned_offer
from tests.factories.people import UserFactory
from ticketing.enums import OrderState, RefundReason, ReleaseReason, TicketKind
from ticketing.ledger_checks import findings
from ticketing.models import Entry, Offer, Order, Refund, Ticket, WaitingPlace
from ticketing.services import checkout, payments
from ticketing.services.seats import hold_seat, join_line, release

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.django_db


@pytest.fixture
def offer() -> Iterator[Offer]:
    offer = planned_offer(seats=1)
    with know_accounts(offer):
        yield offer


def paid_and_read(offer: Offer) -> Order:
    """Return an order that was paid at Stripe, as somebody has read it before anything else happened."""
    order = hold_seat(offer.pk, UserFactory.create())
    pay_at_stripe(order)
    return Order.objects.select_related("offer__room", "buyer").get(pk=order.pk)


def test_nothing_but_one_statement_is_needed(offer: Offer) -> None:
    order = paid_and_read(offer)
    with CaptureQueriesContext(connection) as queries:
        paid = checkout.look_at(order)
    if connection.vendor == "postgresql":
        assert [query["sql"].split()[0] for query in queries] == ["SAVEPOINT", "WITH", "RELEASE"]
    found = Order.objects.get(pk=order.pk)
    names = [field.attname for field in Order._meta.fields]
    assert [getattr(paid, name) for name in names] == [getattr(found, name) for name in names]
    assert (found.state, found.takes_seat, found.charged, found.tax, found.fee) == ("paid", True, 1_200, 200, 43)
    assert found.tell_bought
    # The order that was read stays as it was read.
    assert order.state == OrderState.HELD
    ticket = Ticket.objects.get(order=found)
    assert (ticket.holder, ticket.room, ticket.kind) == (found.buyer, offer.room, TicketKind.BOUGHT)
    assert Admission.objects.filter(room=offer.room, user=found.buyer, kind=AdmissionKind.TICKET).exists()
    assert RoomReminder.objects.filter(room=offer.room, user=found.buyer).exists()
    assert Entry.objects.filter(order_key=found.public_id).count() == 3
    assert findings(timezone.now()) == []


def ban(order: Order) -> None:
    assert order.buyer is not None
    Ban.objects.create(host=order.offer.room.host, room=order.offer.room, user=order.buyer)


def ban_everywhere(order: Order) -> None:
    assert order.buyer is not None
    Ban.objects.create(host=order.offer.room.host, room=None, user=order.buyer)


def close_account(order: Order) -> None:
    assert order.buyer is not None
    type(order.buyer).objects.filter(pk=order.buyer.pk).update(is_active=False)


def erase(order: Order) -> None:
    Order.objects.filter(pk=order.pk).update(buyer=None)


def call_off(order: Order) -> None:
    Offer.objects.filter(pk=order.offer_id).update(refund_all=RefundReason.CANCELLED)


def sell_to_another(order: Order) -> None:
    release(order.pk, ReleaseReason.EXPIRED)
    hold_seat(order.offer_id, UserFactory.create())


@pytest.mark.parametrize("happens", [ban, ban_everywhere, close_account, erase, call_off, sell_to_another])
def test_what_has_happened_since_sends_the_money_back(offer: Offer, happens: Callable[[Order], None]) -> None:
    order = paid_and_read(offer)
    happens(order)
    paid = checkout.look_at(order)
    assert (paid.charged, paid.refunded, paid.tell_bought) == (1_200, 1_200, False)
    assert (Ticket.objects.count(), Refund.objects.count()) == (0, 1)
    assert findings(timezone.now()) == []


@pytest.mark.parametrize("happens", [ban, ban_everywhere, close_account, call_off, sell_to_another])
def test_control_money_stays_for_a_seat_that_is_no_good_without_the_conditions(
    offer: Offer, happens: Callable[[Order], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(payments, "_held_in_order", Order.objects.all)
    order = paid_and_read(offer)
    happens(order)
    assert checkout.look_at(order).state == OrderState.PAID
    assert (Ticket.objects.count(), Refund.objects.count()) == (1, 0)


def test_hold_that_was_over_and_has_its_seat_still_is_paid(offer: Offer) -> None:
    order = paid_and_read(offer)
    release(order.pk, ReleaseReason.EXPIRED)
    assert checkout.look_at(order).takes_seat
    offer.refresh_from_db()
    assert (offer.taken, Ticket.objects.count(), findings(timezone.now())) == (1, 1, [])


def test_buyer_with_a_ticket_by_other_means_has_the_money_back(offer: Offer) -> None:
    order = paid_and_read(offer)
    Offer.objects.filter(pk=offer.pk).update(capacity=2, taken=F("taken") + 1)
    Ticket.objects.create(room=offer.room, holder=order.buyer, kind=TicketKind.GUEST)
    assert checkout.look_at(order).refunded == 1_200
    offer.refresh_from_db()
    assert (offer.taken, Ticket.objects.count(), findings(timezone.now())) == (1, 1, [])


def test_place_in_the_line_is_over_with_the_payment(offer: Offer) -> None:
    first, buyer = hold_seat(offer.pk, UserFactory.create()), UserFactory.create()
    join_line(offer.pk, buyer)
    release(first.pk, ReleaseReason.GIVEN_UP)
    offered = Order.objects.select_related("offer__room", "buyer").get(buyer=buyer)
    pay_at_stripe(offered)
    assert checkout.look_at(offered).state == OrderState.PAID
    assert (WaitingPlace.objects.get().state, Ticket.objects.count()) == ("over", 1)


def test_entry_that_is_there_already_stops_the_payment_as_ever(offer: Offer) -> None:
    order = paid_and_read(offer)
    checkout.look_at(order)
    entries = list(Entry.objects.order_by("pk").values_list("key", "amount"))
    assert checkout.look_at(order).state == OrderState.PAID
    assert (Ticket.objects.count(), list(Entry.objects.order_by("pk").values_list("key", "amount"))) == (1, entries)
