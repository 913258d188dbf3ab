"""The last seat, from the press of two people to the sound: one has it, the other waits, is offered it, and listens."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.e2e.actions import listen, press_microphone, wait_until_live
from tests.e2e.sounds import wait_to_hear
from tests.e2e.test_buying import at_site
from tests.e2e.test_devstripe import fill_in, pay

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Page

    from tests.servers.embedded import Embedded

pytestmark = pytest.mark.e2e

HOST = "maiwenn"
SELL = """
from datetime import timedelta
from django.utils import timezone
from accounts.models import User
from config.lib.money import Money
from rooms.services.planning import schedule_room
from ticketing.services.offer_terms import OfferTerms
from ticketing.services.offers import make_offer
host = User.objects.get(handle="{host}")
room = schedule_room(host, title="Un siège", language="fr", starts_at=timezone.now() + timedelta(days=3))
make_offer(room.public_id, by=host, terms=OfferTerms(price=Money(1500, "eur"), seats=1))
print("ROOM", room.public_id)
"""
END = """
from rooms.models import Room
from rooms.services.lifecycle import end_room
from rooms.services.planning import cancel_room
room = Room.objects.get(public_id="{room}")
(end_room if room.is_live else cancel_room)(room.public_id, by=room.host)
"""
# What the ledger says of the room, and what is wrong with any of it.
BOOKS = """
from django.utils import timezone
from rooms.models import Room
from ticketing import account_names
from ticketing.ledger_checks import findings
from ticketing.models import Offer, Refund, Ticket
from ticketing.selectors.ledger import balance
room = Room.objects.get(public_id="{room}")
held = balance(account_names.held_for_room(room.public_id, "eur"))
tickets = Ticket.objects.filter(room=room, voided_at=None).values_list("holder__handle", flat=True)
refunds = Refund.objects.filter(order__offer__room=room).values_list("state", flat=True)
print("BOOKS", held, room.offer.taken, ",".join(tickets), ",".join(refunds))
print("FINDINGS", findings(timezone.now()))
"""


@pytest.fixture
def room(embedded: Embedded) -> Iterator[str]:
    """Return the id of a room of Maïwenn with one seat; it is over afterwards."""
    (made,) = re.findall(r"^ROOM (\w+)$", at_site(embedded, SELL, host=HOST), re.MULTILINE)
    yield made
    at_site(embedded, END, room=made)


def race(first: Page, second: Page, room: str) -> tuple[Page, Page]:
    """Let both press in the same moment; return who is on Stripe's page, and who may wait."""
    buttons = []
    for page in (first, second):
        page.goto(f"/rooms/{room}/")
        buttons.append(page.locator(f"form[action='/rooms/{room}/seat/'] button"))
        expect(buttons[-1]).to_be_visible()
    for button in buttons:
        # Without waiting for what comes of it.
        button.evaluate("(button) => void setTimeout(() => button.click())")
    won: list[Page] = []
    for _ in range(60):
        if won := [page for page in (first, second) if "/devstripe/" in page.url]:
            break
        first.wait_for_timeout(500)
    (winner,) = won
    other = second if winner is first else first
    # Who comes too late is led to the line.
    expect(other.locator(f"form[action='/rooms/{room}/line/']")).to_be_visible()
    return winner, other


def pay_with_a_good_card(page: Page) -> None:
    page.wait_for_url("**/devstripe/checkout/**")
    page.locator("[name=country]").select_option("FR")
    fill_in(page, "4242424242424242")
    pay(page)
    page.wait_for_url(re.compile(r"/orders/\w+/$"))
    # The ticket is there.
    expect(page.locator(".offer .icon").first).to_be_visible()


def books(embedded: Embedded, room: str) -> str:
    said = at_site(embedded, BOOKS, room=room)
    assert "FINDINGS []" in said, said
    (found,) = re.findall(r"^BOOKS (.*)$", said, re.MULTILINE)
    return str(found)


def test_two_race_for_the_last_seat_and_the_second_gets_it_and_hears(
    enter: Callable[..., Page], embedded: Embedded, room: str
) -> None:
    english = enter("oliver", locale="en-GB")
    french = enter("theo", locale="fr-FR", viewport={"width": 390, "height": 844})
    winner, other = race(english, french, room)
    pay_with_a_good_card(winner)

    other.locator(f"form[action='/rooms/{room}/line/'] button").click()
    expect(other.locator(f"form[action='/rooms/{room}/line/leave/']")).to_be_attached()

    winner.locator("[data-dialog=give-back]").click()
    winner.locator("#give-back form button[type=submit]").click()
    expect(winner.locator("#give-back")).to_be_hidden()

    other.goto(f"/rooms/{room}/")
    other.locator("a[href^='/orders/']").first.click()
    other.locator("form[action$='/pay/'] button").click()
    pay_with_a_good_card(other)
    handle = "theo" if other is french else "oliver"
    # 15 euros with 20 % tax in them: 12.50 are held for the room, once.
    found = books(embedded, room)
    for _ in range(30):
        if found.endswith("succeeded"):
            break
        other.wait_for_timeout(500)
        found = books(embedded, room)
    assert found == f"-12.50 eur 1 {handle} succeeded"

    host = enter(HOST, 440)
    host.goto(f"/rooms/{room}/")
    host.locator(f"form[action='/rooms/{room}/start/'] button").click()
    wait_until_live(host)
    press_microphone(host)
    listen(other, host)
    wait_to_hear(other, 440)
    # Who gave the seat back stands before the door.
    winner.goto(f"/rooms/{room}/")
    expect(winner.locator("#live")).to_have_count(0)
