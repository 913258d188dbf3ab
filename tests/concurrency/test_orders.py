"""Races for money on PostgreSQL: paid, given up, refunded and cancelled at once. Each guard has a control."""

from __future__ import annotations

import contextlib
import threading
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from accounts.models import Notification
from config.lib.errors import DomainError
from config.lib.money import Money
from rooms.services.planning import cancel_room
from tests.concurrency.lock_waits import SECONDS, wait_for_a_lock
from tests.concurrency.test_rooms import at_once
from tests.factories.payments import buy, know_accounts, pay_at_stripe, planned_offer
from tests.factories.people import UserFactory
from ticketing import stripe_gateway as gateway
from ticketing import tasks
from ticketing.devstripe.errors import ApiError
from ticketing.enums import OrderState, RefundReason, ReleaseReason, TicketKind
from ticketing.ledger_checks import findings
from ticketing.models import Entry, Offer, Order, Refund, Ticket
from ticketing.selling_errors import TicketHeldError
from ticketing.services import calling_off, checkout, payments, refunds, seats
from ticketing.services.calling_off import room_moved
from ticketing.services.payments import tell_bought
from ticketing.services.refunds import ask_refund, send_due_refunds, send_refund
from ticketing.services.seats import hold_seat, release

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytest_django.fixtures import Settings

    from rooms.models import Room

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def devstripe(settings: Settings, tmp_path: Path) -> None:
    settings.DEVSTRIPE, settings.STRIPE_SECRET_KEY = True, ""
    settings.DEVSTRIPE_FILE = tmp_path / "devstripe.sqlite3"


def meeting(monkeypatch: pytest.MonkeyPatch, where: object, name: str, parties: int = 2) -> None:
    """Let those who call a function go on only when all of them are there."""
    there, real = threading.Barrier(parties), getattr(where, name)

    def wait(*args: Any, **options: Any) -> Any:
        there.wait(20)
        return real(*args, **options)

    monkeypatch.setattr(where, name, wait)


def without_lock(monkeypatch: pytest.MonkeyPatch, where: object, name: str) -> None:
    """Let a function that reads an order under lock read it without, and let two have read before either writes."""
    read = threading.Barrier(2)

    def unlocked(key: int | None = None, **which: Any) -> Order:
        which |= {} if key is None else {"pk": key}
        orders = payments._locking()
        orders.query.select_for_update = False
        order: Order = orders.get(**which)
        read.wait(20)
        return order

    monkeypatch.setattr(where, name, unlocked)


def paid_and_unseen() -> Order:
    """Return an order that was paid at Stripe, of which the site does not know yet."""
    order = hold_seat(planned_offer().pk, UserFactory.create())
    pay_at_stripe(order)
    return order


def told_twice(order: Order) -> tuple[int, int, int]:
    """Let webhook and buyer tell at once; return how many tickets, refunds and entries of the sale there are."""
    at_once(
        partial(checkout.session_changed, "checkout.session.completed", order.session),
        partial(checkout.look, order.pk),
    )
    return Ticket.objects.count(), Refund.objects.count(), Entry.objects.filter(key__startswith="order:").count()


def test_payment_told_twice_at_once_is_recorded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    order = paid_and_unseen()
    meeting(monkeypatch, payments, "_charge_of")
    assert told_twice(order) == (1, 0, 3)
    assert findings(timezone.now()) == []


def test_payment_in_one_statement_told_twice_at_once_is_recorded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    order = paid_and_unseen()
    meeting(monkeypatch, payments, "write_if")
    with know_accounts(order.offer):
        assert told_twice(order) == (1, 0, 3)
    assert findings(timezone.now()) == []


def test_control_payment_told_twice_is_refunded_without_the_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    order = paid_and_unseen()
    without_lock(monkeypatch, payments, "_locked")
    told_twice(order)
    # The second finds the ticket of the first, and takes it for somebody else's.
    assert Refund.objects.count() == 1


def asked_twice(order: Order, minor: int = 700) -> int:
    """Let host and staff ask for more than half of the money at once; return how much is promised."""
    amount = Money(minor, "eur")
    at_once(
        *(
            partial(ask_refund, order.pk, reason=reason, by=None, amount=amount)
            for reason in (RefundReason.HOST, RefundReason.STAFF)
        )
    )
    return sum(Refund.objects.values_list("amount", flat=True))


def test_refunds_asked_at_once_are_never_more_than_was_paid() -> None:
    assert asked_twice(buy(planned_offer(), UserFactory.create())) == 700
    assert findings(timezone.now()) == []


def test_control_more_is_promised_than_was_paid_without_the_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    order = buy(planned_offer(), UserFactory.create())
    without_lock(monkeypatch, refunds, "locked_order")
    assert asked_twice(order) == 1_400


def sent_twice(refund: Refund) -> int:
    """Let two jobs send a refund at once; return how much went back at Stripe."""
    at_once(*[partial(send_refund, refund.pk)] * 2)
    return sum(made.amount for made in gateway.list_refunds(refund.order.payment_intent))


def part_of_a_payment() -> Refund:
    order = buy(planned_offer(), UserFactory.create())
    return ask_refund(order.pk, reason=RefundReason.HOST, by=None, amount=Money(500, "eur"))


def test_refund_sent_by_two_jobs_leaves_once() -> None:
    assert sent_twice(part_of_a_payment()) == 500
    assert findings(timezone.now()) == []


def test_control_refund_leaves_twice_without_lease_and_key(monkeypatch: pytest.MonkeyPatch) -> None:
    refund = part_of_a_payment()
    number = iter(range(2))
    make: Callable[..., object] = gateway.create_refund

    def send(pk: int) -> None:
        found = Refund.objects.select_related("order").get(pk=pk)
        make(found.order.payment_intent, amount=found.amount, key=f"{found.public_id}:{next(number)}")

    at_once(*[partial(send, refund.pk)] * 2)
    assert sum(made.amount for made in gateway.list_refunds(refund.order.payment_intent)) == 1_000


def test_late_money_and_a_new_buyer_never_get_one_seat_both() -> None:
    for _ in range(5):
        offer = planned_offer(seats=1)
        late = hold_seat(offer.pk, UserFactory.create())
        pay_at_stripe(late)
        release(late.pk, ReleaseReason.EXPIRED)
        at_once(partial(checkout.look, late.pk), partial(hold_seat, offer.pk, UserFactory.create()))
        offer.refresh_from_db()
        late.refresh_from_db()
        seats = Order.objects.filter(offer=offer, takes_seat=True).count()
        assert (offer.taken, seats) == (1, 1)
        assert late.takes_seat != (late.refunded == 1_200)
    send_due_refunds()
    assert findings(timezone.now()) == []


def test_late_money_and_a_new_hold_of_one_buyer_end_their_deadlock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The hold has locked the offer and waits for the buyer's other order, which waits for the offer."""
    offer, buyer = planned_offer(), UserFactory.create()
    late = hold_seat(offer.pk, buyer)
    pay_at_stripe(late)
    release(late.pk, ReleaseReason.EXPIRED)
    take: Callable[[int], bool] = seats.take_seat
    held: list[int | str] = []
    waited: list[bool] = []

    def hold() -> None:
        try:
            held.append(hold_seat(offer.pk, buyer).pk)
        except TicketHeldError as error:
            held.append(error.code)
        finally:
            connection.close()

    def take_later(offer_id: int) -> bool:
        if not waited:
            holding.start()
            waited.append(wait_for_a_lock(holding))
        return take(offer_id)

    monkeypatch.setattr(payments, "take_seat", take_later)
    holding = threading.Thread(target=hold)
    late = checkout.look(late.pk)
    holding.join(SECONDS)
    offer.refresh_from_db()
    assert (waited, offer.taken, Order.objects.filter(offer=offer, takes_seat=True).count()) == ([True], 1, 1)
    # Whichever of the two had to begin again found what the other had done.
    assert held == ["ticket_held"] if late.takes_seat else late.refunded == 1_200
    assert findings(timezone.now()) == []


def test_room_is_moved_while_a_seat_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever gives up has locked the order and wants the offer; the move must not come the other way round."""
    offer = planned_offer()
    order, room, before = hold_seat(offer.pk, UserFactory.create()), offer.room, offer.room.starts_at
    assert before is not None
    room.starts_at = before + timedelta(hours=1)
    errors: list[OperationalError] = []

    def move() -> None:
        try:
            with transaction.atomic():
                room_moved(room, before)
        except OperationalError as error:
            errors.append(error)
        finally:
            connection.close()

    moving = threading.Thread(target=move)
    free: Callable[[int], Order | None] = seats.free_seat

    def free_later(offer_id: int) -> Order | None:
        moving.start()
        assert wait_for_a_lock(moving)
        return free(offer_id)

    monkeypatch.setattr(seats, "free_seat", free_later)
    assert release(order.pk, ReleaseReason.GIVEN_UP)
    moving.join(SECONDS)
    offer.refresh_from_db()
    assert (errors, offer.taken, offer.sales_end_at) == ([], 0, room.starts_at)


def test_seat_held_while_the_room_is_moved_may_be_given_back_for_free(monkeypatch: pytest.MonkeyPatch) -> None:
    offer, buyer = planned_offer(), UserFactory.create()
    room, before = offer.room, offer.room.starts_at
    assert before is not None
    room.starts_at = before + timedelta(hours=1)
    mark: Callable[[Room], None] = calling_off._mark_moved
    marked: list[Room] = []

    def marks(moved: Room) -> None:
        mark(moved)
        if not marked:
            at_once(partial(hold_seat, offer.pk, buyer))
        marked.append(moved)

    monkeypatch.setattr(calling_off, "_mark_moved", marks)
    with transaction.atomic():
        room_moved(room, before)
    assert Order.objects.get(buyer=buyer).free_refund_until == room.starts_at


def pay_if_open(order: Order) -> None:
    """Pay, or find that Stripe's page was closed under one's hands."""
    with contextlib.suppress(ApiError):
        pay_at_stripe(order)


def test_payment_and_giving_up_at_once_leave_a_ticket_or_a_refund() -> None:
    for _ in range(5):
        order = hold_seat(planned_offer().pk, UserFactory.create())
        at_once(partial(pay_if_open, order), partial(checkout.give_up, order.pk))
        order = checkout.look(order.pk)
        assert order.state in (OrderState.PAID, OrderState.RELEASED)
        assert Ticket.objects.filter(order=order).exists() == (order.state == OrderState.PAID)
    assert findings(timezone.now()) == []


def test_room_cancelled_while_people_pay_refunds_all_of_them() -> None:
    offer = planned_offer(seats=6)
    orders = [hold_seat(offer.pk, buyer) for buyer in UserFactory.create_batch(6)]
    for order in orders:
        pay_at_stripe(order)
    at_once(
        partial(cancel_room, offer.room.public_id, by=offer.room.host),
        *(partial(checkout.look, order.pk) for order in orders),
    )
    for _ in range(3):
        tasks.keep_sales()
    assert set(Order.objects.values_list("state", flat=True)) == {OrderState.REFUNDED}
    assert sum(Refund.objects.values_list("amount", flat=True)) == 6 * 1_200
    offer.refresh_from_db()
    assert (offer.taken, findings(timezone.now())) == (0, [])


def test_two_tabs_pay_once() -> None:
    order = hold_seat(planned_offer().pk, UserFactory.create())
    addresses = at_once(*[partial(checkout.begin, order, language="en")] * 4)
    assert len(set(addresses)) == 1
    order.refresh_from_db()
    assert gateway.retrieve_checkout(order.session).url == addresses[0]


def test_control_two_tabs_have_two_pages_without_the_condition(monkeypatch: pytest.MonkeyPatch) -> None:
    order = hold_seat(planned_offer().pk, UserFactory.create())
    wanted = threading.Barrier(2)

    def begin(tab: int) -> str | None:
        found = Order.objects.select_related("offer__room", "buyer").get(pk=order.pk)
        request = checkout._request(found, "en", "https://causerie.example.org")
        wanted.wait(20)
        return gateway.create_checkout(request, key=f"checkout:{order.public_id}:{tab}").url

    assert len(set(at_once(partial(begin, 1), partial(begin, 2)))) == 2


def test_receipts_are_sent_once_by_many_jobs() -> None:
    offer = planned_offer(seats=6)
    for _ in range(6):
        buy(offer, UserFactory.create())
    assert at_once(*[partial(tell_bought, 2)] * 3) == [2, 2, 2]
    assert Notification.objects.filter(kind="receipt").count() == 6
    assert not Order.objects.filter(tell_bought=True).exists()


def test_guest_and_buyer_of_one_person_keep_one_seat() -> None:
    """The host puts somebody on the guest list in the moment in which their payment arrives."""
    offer, buyer = planned_offer(), UserFactory.create()
    order = hold_seat(offer.pk, buyer)
    pay_at_stripe(order)

    def guest() -> object:
        try:
            Ticket.objects.create(room=offer.room, holder=buyer, kind=TicketKind.GUEST)
        except DomainError as error:
            return error
        return Offer.objects.filter(pk=offer.pk).update(taken=2)

    at_once(guest, partial(checkout.look, order.pk))
    assert Ticket.objects.filter(room=offer.room, holder=buyer, voided_at=None).count() == 1
