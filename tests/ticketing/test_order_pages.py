"""An order's page from hold to refund, the list of one's tickets, and who sees whose."""

from __future__ import annotations

import re
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django.utils import timezone

from rooms.enums import RoomState
from rooms.models import Room
from tests.factories.payments import buy, pay_at_stripe, planned_offer
from tests.factories.people import person
from tests.factories.selling import held_order, paid_order, refund_of
from ticketing.enums import DisputeState, OrderState, RefundReason, RefundState, ReleaseReason, TicketKind
from ticketing.models import Offer, Order, Ticket, WaitingPlace
from ticketing.selectors.order_page import refundable_until
from ticketing.services import checkout
from ticketing.services.refunds import buyer_may_refund

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_django.fixtures import DjangoAssertNumQueries, Settings

    from accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def offer(ines: User) -> Offer:
    """Return what Inès sells: five seats of a room in three days."""
    return planned_offer(host=ines)


@pytest.fixture
def mine(client: Client, oliver: User) -> Client:
    """Return Oliver's browser."""
    client.force_login(oliver)
    return client


def address(offer: Offer) -> str:
    return f"/rooms/{offer.room.public_id}/"


def page_of(client: Client, order: Order, query: str = "") -> str:
    response = client.get(f"/orders/{order.public_id}/{query}")
    assert response.status_code == 200
    return response.content.decode()


def test_order_is_its_buyers_alone(client: Client, mine: Client, offer: Offer, oliver: User, yara: User) -> None:
    order = held_order(offer, oliver)
    others = Client()
    others.force_login(yara)
    paths = [f"/orders/{order.public_id}/{verb}" for verb in ("pay/", "give-up/", "refund/")]
    answers = [others.get(f"/orders/{order.public_id}/"), *(others.post(path) for path in paths)]
    assert [answer.status_code for answer in answers] == [404] * 4
    assert mine.get(f"/orders/{order.public_id}/").status_code == 200
    anonymous = Client().get(f"/orders/{order.public_id}/")
    assert anonymous["Location"] == f"/accounts/login/?next=/orders/{order.public_id}/"
    order.refresh_from_db()
    assert order.state == OrderState.HELD


def test_no_order_is_404(mine: Client) -> None:
    assert mine.get("/orders/nothing/").status_code == 404


def test_back_from_stripe_with_the_payment_there_leads_to_the_ticket(mine: Client, offer: Offer, oliver: User) -> None:
    mine.post(f"{address(offer)}seat/")
    order = Order.objects.get()
    pay_at_stripe(order)
    response = mine.get(f"/orders/{order.public_id}/?paid=1")
    assert response["Location"] == f"/orders/{order.public_id}/"
    page = page_of(mine, order)
    assert "It is paid, and your seat is yours." in page
    for fact in ("€12.00", "€2.00 (20%)", order.public_id, "CAUSERIE", "Add to calendar", "Give the ticket back"):
        assert fact in page
    assert mine.get(address(offer)).status_code == 200


def test_payment_that_is_not_there_yet_is_looked_for(mine: Client, offer: Offer, oliver: User) -> None:
    order = held_order(offer, oliver)
    page = page_of(mine, order, "?paid=1")
    assert "We are confirming your payment." in page
    (poll,) = re.findall(r'hx-get="([^"]+)"', page)
    assert mine.get(poll.replace("&amp;", "&")).status_code == 204


def test_page_that_is_loaded_again_and_again_asks_stripe_now_and_then(
    mine: Client, offer: Offer, oliver: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = held_order(offer, oliver, session="cs_test_waits")
    asked: list[Order] = []
    monkeypatch.setattr(checkout, "look_at", asked.append)
    for _ in range(5):
        page_of(mine, order, "?paid=1")
    # Two, if a new window of seconds begins in between.
    assert len(asked) in {1, 2}


def test_payment_that_comes_while_the_page_looks_shows_the_ticket(mine: Client, offer: Offer, oliver: User) -> None:
    order = buy(offer, oliver)
    response = mine.get(f"/orders/{order.public_id}/?paid=1&poll=1&since={int(time.time())}")
    assert (response.status_code, response["HX-Replace-Url"]) == (200, f"/orders/{order.public_id}/")
    assert "your seat is yours" in response.content.decode()


@pytest.mark.parametrize(("seconds", "words"), [(58, "We are confirming"), (60, "is not confirmed yet")])
def test_page_looks_for_a_minute_and_then_says_what_to_do(
    mine: Client, offer: Offer, oliver: User, seconds: int, words: str
) -> None:
    order = held_order(offer, oliver)
    assert words in page_of(mine, order, f"?paid=1&since={int(time.time()) - seconds}")


@pytest.mark.parametrize("since", ["", "x", "9" * 40, "-1", "²"])
def test_nonsense_in_the_address_begins_to_look_now(mine: Client, offer: Offer, oliver: User, since: str) -> None:
    assert "We are confirming" in page_of(mine, held_order(offer, oliver), f"?paid=1&since={since}")


def test_paying_a_hold_that_is_over_says_so(mine: Client, offer: Offer, oliver: User) -> None:
    order = held_order(offer, oliver)
    Order.objects.filter(pk=order.pk).update(
        state=OrderState.RELEASED, takes_seat=False, released_at=timezone.now(), release_reason=ReleaseReason.EXPIRED
    )
    page = mine.post(f"/orders/{order.public_id}/pay/", follow=True).content.decode()
    assert "The time to pay was over" in page


def test_giving_up_frees_the_seat(mine: Client, offer: Offer, oliver: User) -> None:
    order = held_order(offer, oliver)
    page = mine.post(f"/orders/{order.public_id}/give-up/", follow=True).content.decode()
    offer.refresh_from_db()
    assert ("You gave up this seat." in page, "Nothing was charged." in page, offer.taken) == (True, True, 0)


def test_giving_up_what_was_just_paid_keeps_it(mine: Client, offer: Offer, oliver: User) -> None:
    mine.post(f"{address(offer)}seat/")
    order = Order.objects.get()
    pay_at_stripe(order)
    page = mine.post(f"/orders/{order.public_id}/give-up/", follow=True).content.decode()
    assert "Your payment had just come in" in page


def test_ticket_is_given_back_until_the_deadline(mine: Client, offer: Offer, oliver: User) -> None:
    order = buy(offer, oliver)
    page = mine.post(f"/orders/{order.public_id}/refund/", follow=True).content.decode()
    assert ("€12.00 is on its way back to you." in page, "You gave your ticket back." in page) == (True, True)
    assert "Buy a ticket" in mine.get(address(offer)).content.decode()


def test_ticket_is_not_given_back_after_the_deadline(mine: Client, ines: User, oliver: User) -> None:
    order = buy(planned_offer(host=ines, hours=23), oliver)
    assert "Give the ticket back" not in page_of(mine, order)
    page = mine.post(f"/orders/{order.public_id}/refund/", follow=True).content.decode()
    assert "The time in which you may give your ticket back is over." in page


@pytest.mark.parametrize("state", list(RoomState))
@pytest.mark.parametrize("hours", [-1, 23, 25])
@pytest.mark.parametrize("free", [None, -1, 1])
def test_page_and_service_agree_on_the_deadline(
    offer: Offer, oliver: User, state: RoomState, hours: int, free: int | None
) -> None:
    now = timezone.now()
    order = paid_order(offer, oliver)
    order.offer.room.state, order.offer.room.starts_at = state, now + timedelta(hours=hours)
    order.free_refund_until = None if free is None else now + timedelta(hours=free)
    assert (refundable_until(order, now) is not None) == buyer_may_refund(order, now)


def stuck(order: Order) -> None:
    refund_of(order, state=RefundState.FAILED)
    Order.objects.filter(pk=order.pk).update(refunded=0)


def dispute(order: Order, state: DisputeState) -> None:
    Order.objects.filter(pk=order.pk).update(dispute="dp_1", dispute_state=state)
    Ticket.objects.update(frozen_at=timezone.now())


STATES: list[tuple[Callable[[Order], Any], str]] = [
    (refund_of, "is on its way back to you"),
    (lambda order: refund_of(order, state=RefundState.SUCCEEDED), "All of your money has gone back."),
    (lambda order: refund_of(order, reason=RefundReason.NO_SHOW), "The host did not come."),
    (stuck, "Your bank did not take €12.00 back."),
    (lambda order: dispute(order, DisputeState.OPEN), "Your bank asks for this payment back"),
    (lambda order: dispute(order, DisputeState.LOST), "Your bank has given you your money back."),
    (lambda order: refund_of(order, amount=500), "− €5.00"),
]


@pytest.mark.parametrize(("make", "words"), STATES)
def test_order_says_where_the_money_is(
    mine: Client, offer: Offer, oliver: User, make: Callable[[Order], Any], words: str
) -> None:
    order = paid_order(offer, oliver)
    make(order)
    assert words in re.sub(r"\s+", " ", page_of(mine, order))


def test_look_at_an_order_asks_stripe_and_survives_its_silence(
    mine: Client, offer: Offer, oliver: User, settings: Settings
) -> None:
    order = held_order(offer, oliver, session="cs_test_unknown")
    assert "We are confirming" in page_of(mine, order, "?paid=1")
    assert Order.objects.get().state == OrderState.HELD


# --- my tickets ------------------------------------------------------------------------------------------------------


def titles(page: str) -> list[tuple[str, list[str]]]:
    """Return the headings of the lists, with what stands below each."""
    parts = re.split(r'<section aria-labelledby="(\w+)">', page)[1:]
    names, inside = parts[::2], parts[1::2]
    return [
        (name, re.findall(r'class="stub__title">\s*<a[^>]*>([^<]+)</a>', text))
        for name, text in zip(names, inside, strict=True)
    ]


def a_room(host: User, title: str) -> Offer:
    offer = planned_offer(host=host)
    Room.objects.filter(pk=offer.room_id).update(title=title)
    offer.room.refresh_from_db()
    return offer


def test_tickets_stand_where_they_belong(mine: Client, oliver: User) -> None:
    hosts = [person(f"host{number}") for number in range(6)]
    offers = [a_room(host, title) for host, title in zip(hosts, "ABCDEF", strict=True)]
    paid_order(offers[0], oliver)
    paid_order(offers[1], oliver)
    Room.objects.filter(title="B").update(state=RoomState.ENDED, live_at=timezone.now(), ended_at=timezone.now())
    held_order(offers[2], oliver)
    refund_of(paid_order(offers[3], oliver))
    WaitingPlace.objects.create(offer=offers[4], user=oliver)
    Ticket.objects.create(room=offers[5].room, holder=oliver, kind=TicketKind.GUEST)
    assert titles(mine.get("/tickets/").content.decode()) == [
        ("held", ["C"]),
        ("coming", ["A", "F"]),
        ("waiting", ["E"]),
        ("past", ["B"]),
        ("returned", ["D"]),
    ]


def test_nobody_sees_tickets_of_others(mine: Client, offer: Offer, yara: User) -> None:
    paid_order(offer, yara)
    page = mine.get("/tickets/").content.decode()
    assert (titles(page), "You have no tickets yet" in page) == ([], True)


def test_tickets_need_an_account(client: Client) -> None:
    assert client.get("/tickets/")["Location"] == "/accounts/login/?next=/tickets/"


@pytest.mark.parametrize("number", [1, 3])
def test_tickets_ask_the_database_as_often_for_three_as_for_one(
    mine: Client, oliver: User, number: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for turn in range(number):
        host = person(f"host{turn}")
        paid_order(planned_offer(host=host), oliver)
        held_order(planned_offer(host=host), oliver)
        refund_of(paid_order(planned_offer(host=host), oliver))
        WaitingPlace.objects.create(offer=planned_offer(host=host), user=oliver)
        past = paid_order(planned_offer(host=host), oliver)
        Room.objects.filter(pk=past.offer.room_id).update(
            state=RoomState.ENDED, live_at=timezone.now(), ended_at=timezone.now()
        )
    mine.get("/tickets/")
    with django_assert_num_queries(9):
        mine.get("/tickets/")
