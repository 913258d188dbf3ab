"""The pages of whoever buys: the room's panel in each state, the order from hold to refund, who sees whose."""

from __future__ import annotations

import re
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.services.block import block
from rooms.enums import EntryRule, RoomState
from rooms.models import Ban, Room
from tests.factories.payments import buy, pay_at_stripe, planned_offer
from tests.factories.people import person
from tests.factories.selling import held_order, paid_order, refund_of
from ticketing.enums import DisputeState, OrderState, RefundReason, RefundState, ReleaseReason, TicketKind, WaitingState
from ticketing.models import Offer, Order, Ticket, WaitingPlace
from ticketing.selectors.order_page import refundable_until
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


def stub(page: str) -> str:
    """Return the words of the panel, or of the ticket's stub."""
    (inside,) = re.findall(r'<div class="offer">(.*?)</main>', page, re.DOTALL)
    text = re.sub(r"<dialog.*?</dialog>|<[^>]+>", " ", inside, flags=re.DOTALL)
    return re.sub(r"\s+", " ", text).strip()


def shown(client: Client, offer: Offer) -> str:
    return stub(client.get(address(offer)).content.decode())


# --- the panel -------------------------------------------------------------------------------------------------------


def test_door_offers_a_ticket_with_its_price_and_the_time(mine: Client, offer: Offer) -> None:
    response = mine.get(address(offer))
    page = response.content.decode()
    assert (response.status_code, "Le tour du monde" in page, "Buy a ticket" in page) == (200, True, True)
    assert stub(page).startswith("€12.00 Tax included 5 seats left Buy a ticket")
    assert f'action="{address(offer)}seat/"' in page


def test_guest_is_asked_to_log_in_and_comes_back(client: Client, offer: Offer) -> None:
    page = client.get(address(offer)).content.decode()
    assert "Log in to buy a ticket" in page
    assert f'href="/accounts/login/?next={address(offer)}"' in page


@pytest.mark.parametrize(
    ("seats", "taken", "words"),
    [(7, 1, None), (6, 1, "5 seats left"), (5, 4, "1 seat left"), (5, 5, "Sold out")],
)
def test_seats_left_are_told_only_when_few(
    mine: Client, offer: Offer, seats: int, taken: int, words: str | None
) -> None:
    Offer.objects.filter(pk=offer.pk).update(capacity=seats, taken=taken)
    panel = shown(mine, offer)
    assert ("left" in panel or "Sold out" in panel) is (words is not None)
    assert words is None or words in panel


def test_sale_says_when_it_begins_and_that_it_is_over(mine: Client, offer: Offer) -> None:
    now = timezone.now()
    Offer.objects.filter(pk=offer.pk).update(sales_begin_at=now + timedelta(hours=1))
    soon = shown(mine, offer)
    Offer.objects.filter(pk=offer.pk).update(sales_begin_at=now - timedelta(hours=2), sales_end_at=now)
    over = shown(mine, offer)
    assert ("Sales begin on" in soon, "Buy a ticket" in soon) == (True, False)
    assert over.startswith("No more tickets are sold.")


def test_closed_sale_is_over(mine: Client, offer: Offer) -> None:
    Offer.objects.filter(pk=offer.pk).update(closed_at=timezone.now())
    assert shown(mine, offer).startswith("No more tickets are sold.")


def test_held_seat_is_shown_with_its_end_and_what_to_do(mine: Client, offer: Offer, oliver: User) -> None:
    order = held_order(offer, oliver)
    page = mine.get(address(offer)).content.decode()
    assert "Your seat is kept for" in page
    for verb in ("pay", "give-up"):
        assert f'action="/orders/{order.public_id}/{verb}/"' in page


def test_holder_sees_their_ticket_on_the_planned_page(mine: Client, offer: Offer, oliver: User) -> None:
    order = paid_order(offer, oliver)
    response = mine.get(address(offer))
    page = response.content.decode()
    assert (response.status_code, "You have a ticket." in page) == (200, True)
    assert f'href="/orders/{order.public_id}/"' in page
    assert "Buy a ticket" not in page


def test_guest_of_the_host_is_told_so(mine: Client, offer: Offer, oliver: User) -> None:
    Ticket.objects.create(room=offer.room, holder=oliver, kind=TicketKind.GUEST)
    assert shown(mine, offer).startswith("You are on the guest list.")


def test_host_sees_how_many_seats_are_taken(client: Client, offer: Offer, ines: User, oliver: User) -> None:
    ines.language = "en"
    ines.save(update_fields=["language"])
    paid_order(offer, oliver)
    client.force_login(ines)
    assert "Tickets for €12.00: 1 of 5 seats are taken." in client.get(address(offer)).content.decode()


def test_frozen_ticket_says_why_the_door_is_shut(mine: Client, offer: Offer, oliver: User) -> None:
    paid_order(offer, oliver)
    Ticket.objects.update(frozen_at=timezone.now())
    assert "Your bank asks for your payment back" in shown(mine, offer)


def test_whoever_waits_sees_their_number(mine: Client, offer: Offer, oliver: User, yara: User) -> None:
    Offer.objects.filter(pk=offer.pk).update(taken=5)
    closed = person("closed", is_active=False)
    for one in (closed, yara, oliver):
        WaitingPlace.objects.create(offer=offer, user=one)
    # An account that is closed is passed over.
    assert "You are number 2 in the line." in shown(mine, offer)


def test_live_room_and_its_end_show_the_ticket(mine: Client, offer: Offer, oliver: User) -> None:
    order = paid_order(offer, oliver)
    now = timezone.now()
    Room.objects.update(state=RoomState.LIVE, live_at=now)
    assert f'href="/orders/{order.public_id}/"' in mine.get(address(offer)).content.decode()
    Room.objects.update(state=RoomState.ENDED, ended_at=now)
    assert "You have a ticket." in mine.get(address(offer)).content.decode()


def test_ended_room_sells_nothing(mine: Client, offer: Offer) -> None:
    Room.objects.update(state=RoomState.ENDED, live_at=timezone.now(), ended_at=timezone.now())
    assert shown(mine, offer).startswith("No more tickets are sold.")


def test_cancelled_room_says_that_the_money_goes_back(mine: Client, offer: Offer, oliver: User) -> None:
    paid_order(offer, oliver)
    Room.objects.update(state=RoomState.CANCELLED, ended_at=timezone.now(), cancel_reason="host")
    assert "the money for your ticket goes back by itself" in shown(mine, offer)


def test_whoever_is_kept_out_learns_nothing_and_buys_nothing(
    mine: Client, offer: Offer, ines: User, oliver: User
) -> None:
    Ban.objects.create(host=ines, room=offer.room, user=oliver)
    page = mine.get(address(offer)).content.decode()
    assert ("You may not enter this room." in page, "€12.00" in page) == (True, False)
    answers = [mine.post(f"{address(offer)}{verb}/").status_code for verb in ("seat", "line", "line/leave")]
    assert (answers, Order.objects.count()) == ([404] * 3, 0)


def test_room_of_somebody_with_whom_there_is_a_block_is_not_there(
    mine: Client, offer: Offer, ines: User, oliver: User
) -> None:
    block(ines, oliver)
    answers = [mine.get(address(offer)).status_code, mine.post(f"{address(offer)}seat/").status_code]
    assert answers == [404, 404]


# --- buying ----------------------------------------------------------------------------------------------------------


def test_buying_needs_an_account(client: Client, offer: Offer) -> None:
    response = client.post(f"{address(offer)}seat/")
    assert response["Location"] == f"/accounts/login/?next={address(offer)}"


def test_buying_holds_a_seat_and_leads_to_stripes_page(mine: Client, offer: Offer) -> None:
    response = mine.post(f"{address(offer)}seat/")
    order = Order.objects.get()
    assert (response.status_code, order.state) == (303, OrderState.HELD)
    assert response["Location"].endswith(f"/devstripe/checkout/{order.session}/")
    # Pressed again it is the same seat and the same page.
    assert mine.post(f"{address(offer)}seat/")["Location"] == response["Location"]
    assert Order.objects.count() == 1


def test_buying_waits_for_a_confirmed_address_where_the_site_asks_for_one(
    mine: Client, offer: Offer, settings: Settings
) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    page = mine.post(f"{address(offer)}seat/", follow=True).content.decode()
    assert ("Confirm your e-mail address first" in page, Order.objects.count()) == (True, 0)


def test_sold_out_leads_to_the_line(mine: Client, offer: Offer, oliver: User) -> None:
    Offer.objects.filter(pk=offer.pk).update(taken=5)
    page = mine.post(f"{address(offer)}seat/", follow=True).content.decode()
    assert ("Every seat is taken." in page, "Wait for a seat" in page) == (True, True)
    page = mine.post(f"{address(offer)}line/", follow=True).content.decode()
    assert ("You are in the line." in page, "You are number <b>1</b> in the line." in page) == (True, True)
    mine.post(f"{address(offer)}line/leave/")
    assert WaitingPlace.objects.get(user=oliver).state == WaitingState.OVER


def test_seat_stays_held_while_payments_are_away(mine: Client, offer: Offer, settings: Settings) -> None:
    settings.DEVSTRIPE = False
    page = mine.post(f"{address(offer)}seat/", follow=True)
    order = Order.objects.get()
    assert page.redirect_chain[-1][0] == f"/orders/{order.public_id}/"
    assert ("does not take payments" in page.content.decode(), order.state) == (True, OrderState.HELD)
    assert "Pay now" in page.content.decode()


def test_own_room_and_second_ticket_are_refused_in_words(mine: Client, offer: Offer, ines: User, oliver: User) -> None:
    paid_order(offer, oliver)
    assert (
        "You have a ticket for this room already." in mine.post(f"{address(offer)}seat/", follow=True).content.decode()
    )
    mine.force_login(ines)
    ines.language = "en"
    ines.save(update_fields=["language"])
    assert "This is your own room" in mine.post(f"{address(offer)}seat/", follow=True).content.decode()


# --- the order's page ------------------------------------------------------------------------------------------------


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


# --- lists and links -------------------------------------------------------------------------------------------------


def test_price_stands_on_the_card_of_a_room_that_sells(mine: Client, offer: Offer, oliver: User) -> None:
    paid_order(offer, oliver)
    agenda = mine.get("/").content.decode()
    Room.objects.update(state=RoomState.LIVE, live_at=timezone.now())
    card = mine.get("/").content.decode()
    assert ("€12.00" in agenda, "€12.00" in card) == (True, True)


def test_link_shows_the_price_elsewhere(client: Client, offer: Offer) -> None:
    from rooms.sharing import words_of

    words = words_of(offer.room)
    assert (words.above, words.title) == ("Billet\u00a0: 12,00\u00a0€", "Le tour du monde")
    assert offer.room.entry_rule == EntryRule.TICKET


def test_look_at_an_order_asks_stripe_and_survives_its_silence(
    mine: Client, offer: Offer, oliver: User, settings: Settings
) -> None:
    order = held_order(offer, oliver, session="cs_test_unknown")
    assert "We are confirming" in page_of(mine, order, "?paid=1")
    assert Order.objects.get().state == OrderState.HELD
