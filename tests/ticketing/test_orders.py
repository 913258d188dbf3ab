"""An order from its hold to its ticket: paid in time, too late, twice, or not at all."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Notification, User
from config.lib.money import Money
from rooms.enums import AdmissionKind, RoomState
from rooms.models import Admission, Ban, Room, RoomReminder
from tests.factories.payments import buy, pay_at_stripe, planned_offer
from tests.factories.people import UserFactory
from tests.factories.selling import offer_of
from ticketing import account_names as accounts
from ticketing import stripe_gateway as gateway
from ticketing.devstripe import controls
from ticketing.devstripe.store import opened
from ticketing.enums import OrderState, RefundReason, RefundState, ReleaseReason, TicketKind, WaitingState
from ticketing.ledger_checks import findings
from ticketing.models import Entry, Offer, Order, Refund, Ticket, WaitingPlace
from ticketing.selectors.ledger import balance, balances
from ticketing.selling_errors import HoldOverError, TicketHeldError
from ticketing.services import checkout
from ticketing.services.line import serve_lines
from ticketing.services.payments import tell_bought
from ticketing.services.refunds import send_due_refunds
from ticketing.services.seats import hold_seat, join_line, release

pytestmark = pytest.mark.django_db


def run_out(order: Order) -> None:
    Order.objects.filter(pk=order.pk).update(held_until=timezone.now() - timedelta(seconds=1))


def has_key(order: Order, person: User) -> bool:
    room = order.offer.room
    return Admission.objects.filter(room=room, user=person, kind=AdmissionKind.TICKET, revoked_at=None).exists()


def test_paid_order_gives_ticket_key_and_entries() -> None:
    offer, buyer = planned_offer(), UserFactory.create()
    order = buy(offer, buyer)
    assert (order.state, order.takes_seat, order.charged) == (OrderState.PAID, True, 1_200)
    # 20 % in France, included; 1.5 % of 12 euros and a quarter for Stripe.
    assert (order.country, order.tax_rate, order.tax, order.fee) == ("FR", 2_000, 200, 43)
    assert Ticket.objects.get().order == order
    assert has_key(order, buyer)
    assert RoomReminder.objects.filter(room=offer.room, user=buyer).exists()
    room = offer.room.public_id
    assert balances() == {
        accounts.held_for_room(room, "eur"): Money(-1_000, "eur"),
        accounts.stripe("eur"): Money(1_200 - 43, "eur"),
        accounts.stripe_fees("eur"): Money(43, "eur"),
        accounts.vat("fr", "eur"): Money(-200, "eur"),
    }
    assert findings(timezone.now()) == []


def test_paid_order_is_recorded_once_however_often_it_is_told() -> None:
    offer = planned_offer()
    order = buy(offer, UserFactory.create())
    for _ in range(3):
        checkout.session_changed("checkout.session.completed", order.session)
        checkout.look(order.pk)
    assert (Order.objects.count(), Ticket.objects.count(), Entry.objects.count()) == (1, 1, 3)
    offer.refresh_from_db()
    assert offer.taken == 1


def test_country_without_a_rate_leaves_all_to_the_room() -> None:
    order = buy(planned_offer(), UserFactory.create(), country="US")
    assert (order.country, order.tax_rate, order.tax) == ("US", 0, 0)
    assert balance(accounts.held_for_room(order.offer.room.public_id, "eur")) == Money(-1_200, "eur")


def test_open_page_is_shown_again() -> None:
    order = hold_seat(planned_offer().pk, UserFactory.create())
    first = checkout.begin(order, language="en")
    assert checkout.begin(order, language="fr") == first
    order.refresh_from_db()
    assert (order.checkout_tries, gateway.retrieve_checkout(order.session).status) == (1, "open")


def test_first_page_stays_unseen_beside_one_that_is_shown() -> None:
    order = hold_seat(planned_offer().pk, UserFactory.create())
    shown = checkout.begin(Order.objects.get(), language="en")
    assert order.is_fresh
    assert checkout.begin(order, language="en") == shown
    order.refresh_from_db()
    assert (order.is_fresh, order.checkout_tries) == (False, 1)
    with opened() as store:
        pages = {page["id"]: page["status"] for page in store.newest("checkout.session")}
    assert pages.pop(order.session) == "open"
    assert list(pages.values()) == ["expired"]


def test_hold_outlives_the_page_of_whoever_comes_late() -> None:
    order = hold_seat(planned_offer().pk, UserFactory.create())
    Order.objects.filter(pk=order.pk).update(held_until=timezone.now() + timedelta(minutes=1))
    checkout.begin(order, language="en")
    order.refresh_from_db()
    assert gateway.retrieve_checkout(order.session).expires_at < order.held_until


def test_page_of_a_hold_that_is_over_is_refused() -> None:
    order = hold_seat(planned_offer().pk, UserFactory.create())
    run_out(order)
    with pytest.raises(HoldOverError):
        checkout.begin(order, language="en")


def test_page_of_a_paid_order_is_refused() -> None:
    order = hold_seat(planned_offer().pk, UserFactory.create())
    pay_at_stripe(order)
    with pytest.raises(TicketHeldError):
        checkout.begin(order, language="en")
    order.refresh_from_db()
    assert order.state == OrderState.PAID


def test_given_up_seat_is_free_and_its_page_closed() -> None:
    offer = planned_offer()
    order = hold_seat(offer.pk, UserFactory.create())
    checkout.begin(order, language="en")
    order = checkout.give_up(order.pk)
    offer.refresh_from_db()
    assert (order.state, order.release_reason, offer.taken) == (OrderState.RELEASED, ReleaseReason.GIVEN_UP, 0)
    assert gateway.retrieve_checkout(order.session).status == "expired"


def test_giving_up_without_a_page_frees_the_seat() -> None:
    offer = planned_offer()
    order = checkout.give_up(hold_seat(offer.pk, UserFactory.create()).pk)
    offer.refresh_from_db()
    assert (order.state, offer.taken) == (OrderState.RELEASED, 0)


def test_who_pays_and_gives_up_has_paid() -> None:
    order = hold_seat(planned_offer().pk, UserFactory.create())
    pay_at_stripe(order)
    order = checkout.give_up(order.pk)
    assert (order.state, Ticket.objects.count()) == (OrderState.PAID, 1)


def test_holds_end_when_their_time_is_over() -> None:
    offer = planned_offer()
    paid, unpaid, paged, fresh = (hold_seat(offer.pk, buyer) for buyer in UserFactory.create_batch(4))
    pay_at_stripe(paid)
    checkout.begin(paged, language="en")
    for order in (paid, unpaid, paged):
        run_out(order)
    assert checkout.end_holds() == 3
    for order in (paid, unpaid, paged, fresh):
        order.refresh_from_db()
    states = [order.state for order in (paid, unpaid, paged, fresh)]
    assert states == [OrderState.PAID, OrderState.RELEASED, OrderState.RELEASED, OrderState.HELD]
    offer.refresh_from_db()
    assert offer.taken == 2


def test_money_after_the_hold_takes_a_free_seat() -> None:
    offer = planned_offer(seats=1)
    order = hold_seat(offer.pk, UserFactory.create())
    pay_at_stripe(order)
    assert release(order.pk, ReleaseReason.EXPIRED)
    order = checkout.look(order.pk)
    offer.refresh_from_db()
    assert (order.state, order.takes_seat, offer.taken, Ticket.objects.count()) == (OrderState.PAID, True, 1, 1)


def test_money_after_the_last_seat_goes_back_by_itself() -> None:
    offer = planned_offer(seats=1)
    late = hold_seat(offer.pk, UserFactory.create())
    pay_at_stripe(late)
    release(late.pk, ReleaseReason.EXPIRED)
    buy(offer, UserFactory.create())
    late = checkout.look(late.pk)
    refund = Refund.objects.get()
    assert (late.state, late.takes_seat, refund.order, refund.reason) == (
        OrderState.PAID,
        False,
        late,
        RefundReason.NO_SEAT,
    )
    assert send_due_refunds() == 1
    late.refresh_from_db()
    refund.refresh_from_db()
    assert (late.state, refund.state) == (OrderState.REFUNDED, RefundState.SUCCEEDED)
    assert balance(accounts.refunds("eur")) == Money(0, "eur")
    # Stripe keeps its fee of both payments.
    assert balance(accounts.stripe("eur")) == Money(1_200 - 2 * 43, "eur")
    assert findings(timezone.now()) == []


def test_second_payment_for_one_order_goes_back() -> None:
    """A page that was opened and forgotten, as by a process that died, was paid; and then another one."""
    offer, buyer = planned_offer(), UserFactory.create()
    order = hold_seat(offer.pk, buyer)
    first = pay_at_stripe(order)
    Order.objects.filter(pk=order.pk).update(session="")
    order.refresh_from_db()
    second = pay_at_stripe(order)
    assert first != second
    checkout.session_changed("checkout.session.completed", second)
    checkout.session_changed("checkout.session.completed", first)
    assert list(Order.objects.order_by("pk").values_list("session", "takes_seat", "charged")) == [
        (second, True, 1_200),
        (first, False, 1_200),
    ]
    assert Refund.objects.get().order.session == first
    offer.refresh_from_db()
    assert (offer.taken, Ticket.objects.count()) == (1, 1)


def test_page_that_was_forgotten_is_the_orders_own_once_it_is_paid() -> None:
    order = hold_seat(planned_offer().pk, UserFactory.create())
    session = pay_at_stripe(order)
    Order.objects.filter(pk=order.pk).update(session="")
    checkout.session_changed("checkout.session.completed", session)
    order.refresh_from_db()
    assert (order.state, order.session) == (OrderState.PAID, session)


def test_other_sum_than_was_shown_goes_back() -> None:
    order = hold_seat(planned_offer().pk, UserFactory.create())
    pay_at_stripe(order)
    Order.objects.filter(pk=order.pk).update(amount=1_100)
    order = checkout.look(order.pk)
    order.offer.refresh_from_db()
    assert (order.charged, order.refunded, order.takes_seat, order.offer.taken) == (1_200, 1_200, False, 0)
    assert not Ticket.objects.exists()


def test_payment_of_a_closed_account_goes_back() -> None:
    order = hold_seat(planned_offer().pk, UserFactory.create())
    pay_at_stripe(order)
    Order.objects.filter(pk=order.pk).update(buyer=None)
    order = checkout.look(order.pk)
    assert (order.refunded, Ticket.objects.exists()) == (1_200, False)


def test_payment_for_a_cancelled_room_goes_back() -> None:
    order = hold_seat(planned_offer().pk, UserFactory.create())
    pay_at_stripe(order)
    Offer.objects.update(refund_all=RefundReason.NO_SHOW, closed_at=timezone.now())
    order = checkout.look(order.pk)
    assert (order.refunded, Refund.objects.get().reason) == (1_200, RefundReason.NO_SHOW)


def test_late_payment_for_a_room_that_is_over_goes_back() -> None:
    offer = planned_offer()
    order = hold_seat(offer.pk, UserFactory.create())
    pay_at_stripe(order)
    release(order.pk, ReleaseReason.EXPIRED)
    Room.objects.update(state=RoomState.ENDED, live_at=timezone.now(), ended_at=timezone.now())
    assert checkout.look(order.pk).refunded == 1_200


def test_guest_who_pays_as_well_gets_the_money_back_and_keeps_one_seat() -> None:
    offer, buyer = planned_offer(), UserFactory.create()
    order = hold_seat(offer.pk, buyer)
    pay_at_stripe(order)
    Ticket.objects.create(room=offer.room, holder=buyer, kind="guest")
    Offer.objects.update(taken=2)
    order = checkout.look(order.pk)
    offer.refresh_from_db()
    assert (order.refunded, order.takes_seat, offer.taken, Ticket.objects.count()) == (1_200, False, 1, 1)


def test_seat_given_up_is_offered_to_the_first_who_waits() -> None:
    offer = offer_of(seats=1)
    order = hold_seat(offer.pk, UserFactory.create())
    first, second = UserFactory.create_batch(2)
    join_line(offer.pk, first)
    join_line(offer.pk, second)
    checkout.give_up(order.pk)
    place = WaitingPlace.objects.get(user=first)
    assert place.order is not None
    assert (place.state, place.order.state, place.order.buyer) == (WaitingState.OFFERED, OrderState.HELD, first)
    assert WaitingPlace.objects.get(user=second).state == WaitingState.WAITING
    pay_at_stripe(place.order)
    checkout.look(place.order.pk)
    place.refresh_from_db()
    offer.refresh_from_db()
    assert (place.state, offer.taken) == (WaitingState.OVER, 1)


def test_offered_seat_that_is_let_go_by_goes_to_the_next() -> None:
    offer = offer_of(seats=1)
    order = hold_seat(offer.pk, UserFactory.create())
    first, second = UserFactory.create_batch(2)
    join_line(offer.pk, first)
    join_line(offer.pk, second)
    checkout.give_up(order.pk)
    run_out(Order.objects.get(buyer=first))
    checkout.end_holds()
    assert WaitingPlace.objects.get(user=first).state == WaitingState.OVER
    assert WaitingPlace.objects.get(user=second).state == WaitingState.OFFERED


def test_whoever_opens_their_account_again_gets_the_seat_that_became_free_meanwhile() -> None:
    offer = offer_of(seats=1)
    order, waiting = hold_seat(offer.pk, UserFactory.create()), UserFactory.create()
    join_line(offer.pk, waiting)
    User.objects.filter(pk=waiting.pk).update(is_active=False)
    checkout.give_up(order.pk)
    assert serve_lines() == 0
    User.objects.filter(pk=waiting.pk).update(is_active=True)
    assert [serve_lines(), serve_lines()] == [1, 0]
    offer.refresh_from_db()
    assert (offer.taken, WaitingPlace.objects.get().state) == (1, WaitingState.OFFERED)


@pytest.mark.parametrize("how", ["sold out", "stopped", "not yet", "no more"])
def test_line_of_what_is_not_sold_waits_on(how: str) -> None:
    now, hour = timezone.now(), timedelta(hours=1)
    fields: dict[str, dict[str, Any]] = {
        "sold out": {"taken": 1},
        "stopped": {"closed_at": now},
        "not yet": {"sales_begin_at": now + hour},
        "no more": {"sales_end_at": now - hour},
    }
    offer = offer_of(seats=1, **fields[how])
    WaitingPlace.objects.create(offer=offer, user=UserFactory.create())
    assert (serve_lines(), Order.objects.count()) == (0, 0)


def test_whoever_is_sent_out_for_good_pays_for_no_shut_door() -> None:
    offer, buyer = planned_offer(), UserFactory.create()
    order = hold_seat(offer.pk, buyer)
    Ban.objects.create(room=offer.room, host=offer.room.host, user=buyer)
    with pytest.raises(HoldOverError):
        checkout.begin(order, language="en")
    assert Order.objects.get().session == ""


def test_money_of_whoever_is_sent_out_for_good_while_they_pay_goes_back() -> None:
    offer, buyer = planned_offer(), UserFactory.create()
    order = hold_seat(offer.pk, buyer)
    pay_at_stripe(order)
    Ban.objects.create(room=offer.room, host=offer.room.host, user=buyer)
    order = checkout.look(order.pk)
    offer.refresh_from_db()
    assert (order.refunded, Ticket.objects.count(), offer.taken) == (1_200, 0, 0)
    assert Refund.objects.get().reason == RefundReason.NO_SEAT
    assert findings(timezone.now()) == []


def test_event_of_somebody_elses_checkout_is_passed_over() -> None:
    checkout.session_changed("checkout.session.completed", "cs_nobody")
    order = hold_seat(planned_offer().pk, UserFactory.create())
    session = pay_at_stripe(order)
    Order.objects.all().delete()
    checkout.session_changed("checkout.session.completed", session)
    assert controls.latest(1)[0][2] == session
    assert not Order.objects.exists()


def test_receipt_is_sent_by_a_job_and_once() -> None:
    order = buy(planned_offer(), UserFactory.create())
    receipts = Notification.objects.filter(user=order.buyer, kind="receipt")
    assert (order.tell_bought, receipts.count()) == (True, 0)
    assert [tell_bought(), tell_bought()] == [1, 0]
    assert receipts.get().link == f"/orders/{order.public_id}/"
    # What is known of the payment only later sends nothing again.
    checkout.session_changed("checkout.session.completed", order.session)
    assert (tell_bought(), receipts.count()) == (0, 1)


def test_receipts_are_sent_so_many_at_once() -> None:
    offer = planned_offer()
    for _ in range(3):
        buy(offer, UserFactory.create())
    assert [tell_bought(2), tell_bought(2), tell_bought(2)] == [2, 1, 0]


def test_who_paid_in_vain_is_sent_no_receipt() -> None:
    offer, buyer = planned_offer(), UserFactory.create()
    order = hold_seat(offer.pk, buyer)
    pay_at_stripe(order)
    Ticket.objects.create(room=offer.room, holder=buyer, kind=TicketKind.GUEST)
    checkout.look(order.pk)
    order.refresh_from_db()
    assert (order.tell_bought, tell_bought()) == (False, 0)
    assert list(Notification.objects.filter(user=buyer).values_list("kind", flat=True)) == ["refund"]
