"""The pages of whoever buys: the room's panel in each state, holding a seat, and the price in lists and links."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from accounts.services.block import block
from rooms.enums import EntryRule, RoomState
from rooms.models import Ban, Room
from tests.factories.payments import planned_offer
from tests.factories.people import person
from tests.factories.selling import held_order, paid_order
from ticketing.enums import OrderState, TicketKind, WaitingState
from ticketing.models import Offer, Order, Ticket, WaitingPlace

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django.fixtures import Settings

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
