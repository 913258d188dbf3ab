"""What `check_ledger` finds in orders, refunds, tickets and seats that do not fit the books or each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db.models import F
from django.utils import timezone

from config.lib.money import Money
from tests.factories.payments import buy, pay_at_stripe, planned_offer
from tests.factories.people import UserFactory
from tests.ticketing.books import write
from tests.ticketing.test_check_ledger import tampered
from ticketing import account_names as accounts
from ticketing.devstripe import controls
from ticketing.enums import DisputeState, OrderState, RefundReason, RefundState, ReleaseReason, TicketKind
from ticketing.models import Offer, Order, Refund, Ticket
from ticketing.order_checks import findings, settled_rooms
from ticketing.services import checkout, disputes
from ticketing.services.ledger import Posting
from ticketing.services.refunds import ask_refund, send_due_refunds
from ticketing.services.seats import hold_seat, release

if TYPE_CHECKING:
    from collections.abc import Callable


pytestmark = pytest.mark.django_db


@pytest.fixture
def order() -> Order:
    """Return an order of 12 euros, 2 of them tax, 43 cents of them Stripe's."""
    return buy(planned_offer(), UserFactory.create())


def found() -> list[str]:
    return list(findings())


def refunded(order: Order, minor: int | None = None) -> Refund:
    amount = None if minor is None else Money(minor, "eur")
    refund = ask_refund(order.pk, reason=RefundReason.HOST, by=None, amount=amount)
    send_due_refunds()
    refund.refresh_from_db()
    return refund


def held(order: Order) -> str:
    return accounts.held_for_room(order.offer.room.public_id, "eur")


def entry_gone(key: str) -> None:
    tampered(f"DELETE FROM ticketing_entry WHERE key = '{key}'")  # noqa: S608 - our own key


def test_everything_that_may_happen_to_an_order_has_no_findings() -> None:
    offer = planned_offer(seats=9)
    bought, partly, whole, given_up, late, won, lost, again = (
        hold_seat(offer.pk, buyer) for buyer in UserFactory.create_batch(8)
    )
    for order in (bought, partly, whole, late, won, lost, again):
        pay_at_stripe(order)
    checkout.give_up(given_up.pk)
    release(late.pk, ReleaseReason.EXPIRED)
    for order in (bought, partly, whole, late, won, lost, again):
        checkout.look(order.pk)
    refunded(partly, 333)
    refunded(again, 5)
    refunded(again)
    ask_refund(whole.pk, reason=RefundReason.STAFF, by=None)
    for order, outcome in ((won, "won"), (lost, "lost"), (partly, "lost")):
        order.refresh_from_db()
        dispute = controls.open_dispute(order.charge)
        disputes.dispute_changed("", dispute)
        assert found() == []
        controls.close_dispute(dispute, outcome)
        disputes.dispute_changed("", dispute)
    assert found() == []
    states = Order.objects.order_by("pk").values_list("state", flat=True)
    assert sorted(states) == ["paid"] * 4 + ["refunded"] * 3 + ["released"]


@pytest.mark.parametrize(("part", "sum_"), [("sale", "10.00"), ("vat", "2.00"), ("fee", "0.43")])
def test_entry_that_is_not_there_is_found(order: Order, part: str, sum_: str) -> None:
    key = f"order:{order.public_id}:{part}"
    entry_gone(key)
    assert found() == [f"Order {order.public_id} (paid) has no entry {key} of {sum_} eur."]


def test_entry_of_another_sum_is_found(order: Order) -> None:
    key = f"order:{order.public_id}:sale"
    tampered(f"UPDATE ticketing_entry SET amount = 999 WHERE key = '{key}'")  # noqa: S608 - our own key
    way = f"from {held(order)} to stripe:eur"
    assert found() == [
        f"Order {order.public_id} (paid): {key} must be 10.00 eur {way}, but is 9.99 eur {way}.",
    ]


def test_entry_of_other_accounts_is_found(order: Order) -> None:
    key = f"order:{order.public_id}:vat"
    tampered(f"UPDATE ticketing_entry SET debit_id = credit_id, credit_id = debit_id WHERE key = '{key}'")  # noqa: S608
    wanted, is_there = "from vat:fr:eur to stripe:eur", "from stripe:eur to vat:fr:eur"
    assert found() == [
        f"Order {order.public_id} (paid): {key} must be 2.00 eur {wanted}, but is 2.00 eur {is_there}.",
    ]


@pytest.mark.parametrize("state", [OrderState.HELD, OrderState.RELEASED])
def test_entry_of_an_order_without_money_is_found(state: OrderState) -> None:
    order = hold_seat(planned_offer().pk, UserFactory.create())
    if state == OrderState.RELEASED:
        release(order.pk, ReleaseReason.GIVEN_UP)
    key = f"order:{order.public_id}:sale"
    write(Posting("stripe:eur", held(order), Money(1_200, "eur"), key, order=order.public_id))
    assert found() == [f"Order {order.public_id} ({state}) has the entry {key}, and nothing that it could stand for."]


@pytest.mark.parametrize("part", ["promise", "promise-vat", "paid"])
def test_entry_of_a_refund_that_is_not_there_is_found(order: Order, part: str) -> None:
    refund = refunded(order)
    sums = {"promise": "10.00", "promise-vat": "2.00", "paid": "12.00"}
    key = f"refund:{refund.public_id}:{part}"
    entry_gone(key)
    assert found() == [f"Order {order.public_id} (refunded) has no entry {key} of {sums[part]} eur."]


def test_refund_that_is_said_to_be_paid_and_was_not_is_found(order: Order) -> None:
    refund = ask_refund(order.pk, reason=RefundReason.HOST, by=None)
    Refund.objects.update(state=RefundState.SUCCEEDED)
    Order.objects.update(state=OrderState.REFUNDED)
    said = f"Order {order.public_id} (refunded) has no entry refund:{refund.public_id}:paid of 12.00 eur."
    assert found() == [said]


@pytest.mark.parametrize("taken", [False, True])
def test_refund_that_failed_must_be_undone(order: Order, taken: bool) -> None:
    refund = ask_refund(order.pk, reason=RefundReason.HOST, by=None, amount=Money(600, "eur"))
    Refund.objects.update(state=RefundState.FAILED, stripe_id="re_1" if taken else "")
    Order.objects.update(refunded=0)
    key = f"refund:{refund.public_id}"
    missing = [f"{key}:paid of 6.00 eur.", f"{key}:returned of 6.00 eur."] if taken else []
    missing += [f"{key}:undo of 5.00 eur.", f"{key}:undo-vat of 1.00 eur."]
    assert found() == [f"Order {order.public_id} (paid) has no entry {each}" for each in missing]


def test_sum_that_its_refunds_do_not_come_to_is_found(order: Order) -> None:
    refunded(order, 600)
    Order.objects.update(refunded=700)
    assert found() == [
        f"Order {order.public_id} (paid) says that 7.00 eur went back, but its refunds come to 6.00 eur."
    ]


def test_order_that_was_given_back_whole_must_say_so(order: Order) -> None:
    refunded(order)
    Order.objects.update(state=OrderState.PAID)
    assert found() == [f"Order {order.public_id} (paid) was given back whole and does not say so."]


def test_ticket_without_money_is_found(order: Order) -> None:
    refunded(order)
    Ticket.objects.update(voided_at=None)
    assert found() == [f"Order {order.public_id} (refunded) has a ticket and no money."]


def test_money_without_ticket_or_refund_is_found(order: Order) -> None:
    Ticket.objects.update(voided_at=timezone.now())
    Order.objects.update(takes_seat=False)
    Offer.objects.update(taken=0)
    assert found() == [f"Order {order.public_id} (paid) has money (12.00 eur) and neither a ticket nor a refund."]


def test_ticket_without_a_seat_is_found(order: Order) -> None:
    Order.objects.update(takes_seat=False)
    Offer.objects.update(taken=0)
    assert found() == [f"Order {order.public_id} (paid) has a ticket without a seat."]


def test_seat_without_a_ticket_is_found(order: Order) -> None:
    Ticket.objects.update(voided_at=timezone.now())
    assert found() == [
        f"Order {order.public_id} (paid) has money (12.00 eur) and neither a ticket nor a refund.",
        f"Order {order.public_id} (paid) has a seat without a ticket.",
    ]


@pytest.mark.parametrize("miscounted", [1, -1])
def test_seats_that_were_miscounted_are_found(order: Order, miscounted: int) -> None:
    room, guest = order.offer.room, UserFactory.create()
    Ticket.objects.create(room=room, holder=guest, kind=TicketKind.GUEST)
    hold_seat(order.offer_id, UserFactory.create())
    Offer.objects.update(taken=3)
    assert found() == []
    Offer.objects.update(taken=F("taken") + miscounted)
    offer = Offer.objects.get()
    assert found() == [
        f"Offer {offer.public_id} counts {3 + miscounted} seats as taken, but 2 are of orders and 1 of guests."
    ]


def test_guest_who_was_taken_off_the_list_takes_no_seat() -> None:
    offer = planned_offer()
    Ticket.objects.create(room=offer.room, holder=UserFactory.create(), kind=TicketKind.GUEST, voided_at=timezone.now())
    assert found() == []


def disputed(order: Order, outcome: str = "") -> str:
    dispute = controls.open_dispute(order.charge)
    disputes.dispute_changed("", dispute)
    if outcome:
        controls.close_dispute(dispute, outcome)
        disputes.dispute_changed("", dispute)
    return dispute


def test_dispute_that_the_order_does_not_know_is_found(order: Order) -> None:
    disputed(order)
    Order.objects.update(dispute_state=DisputeState.NONE)
    assert found() == [
        f"Order {order.public_id} (paid) has entries of a dispute that it knows nothing of.",
        f"Order {order.public_id} (paid): its dispute is , but 12.00 eur of it lies in between.",
    ]


def test_dispute_that_was_won_must_have_brought_the_money_back(order: Order) -> None:
    dispute = disputed(order, "won")
    entry_gone(f"dispute:{dispute}:won")
    assert found() == [f"Order {order.public_id} (paid): its dispute is won, but 12.00 eur of it lies in between."]


def test_dispute_that_was_lost_must_be_covered(order: Order) -> None:
    dispute = disputed(order, "lost")
    entry_gone(f"dispute:{dispute}:lost-vat")
    assert found() == [
        f"Order {order.public_id} (refunded) has lost 12.00 eur to a bank, but its entries come to 10.00 eur.",
        f"Order {order.public_id} (refunded): its dispute is lost, but 2.00 eur of it lies in between.",
    ]


# --- rooms that refund everybody --------------------------------------------------------------------------------------


def nothing(_order: Order) -> None: ...


def promised(order: Order) -> None:
    ask_refund(order.pk, reason=RefundReason.CANCELLED, by=None)


def partly(order: Order) -> None:
    refunded(order, 600)


def whole(order: Order) -> None:
    refunded(order)


def contested(order: Order) -> None:
    disputed(order)


def kept_by_the_bank(order: Order) -> None:
    disputed(order, "lost")


def won_back(order: Order) -> None:
    disputed(order, "won")


@pytest.mark.parametrize(
    ("happened", "settled"),
    [
        (nothing, False),
        (promised, False),
        (partly, False),
        (whole, True),
        (contested, False),
        (kept_by_the_bank, True),
        (won_back, False),
    ],
)
def test_cancelled_room_is_settled_once_everybody_has_their_money(
    order: Order, happened: Callable[[Order], None], settled: bool
) -> None:
    names = [held(order), "held:other:eur"]
    happened(order)
    assert settled_rooms(names) == []
    Offer.objects.update(refund_all=RefundReason.CANCELLED)
    assert settled_rooms(names) == ([held(order)] if settled else [])


def test_cancelled_room_is_not_settled_while_somebody_may_be_paying(order: Order) -> None:
    other = hold_seat(order.offer_id, UserFactory.create())
    Offer.objects.update(refund_all=RefundReason.CANCELLED)
    refunded(order)
    assert settled_rooms([held(order)]) == []
    checkout.give_up(other.pk)
    assert settled_rooms([held(order)]) == [held(order)]


def test_queries_do_not_grow_with_the_orders(order: Order, django_assert_num_queries: Callable[..., object]) -> None:
    with django_assert_num_queries(7):  # type: ignore[attr-defined]
        found()
    for _ in range(2):
        refunded(buy(order.offer, UserFactory.create()), 100)
    with django_assert_num_queries(7):  # type: ignore[attr-defined]
        found()
