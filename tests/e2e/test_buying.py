"""Buying a ticket in a browser: from the door into the room, past a declined card and a bank that asks; the line."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.e2e.actions import wait_until_live
from tests.e2e.axe import violations
from tests.e2e.test_devstripe import fill_in, pay
from tests.servers.embedded import NOT_INHERITED, ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Page

    from tests.servers.embedded import Embedded

pytestmark = pytest.mark.e2e

TITLE = "La nuit des villes"
# Maïwenn plans a room and sells seats in it.
SELL = """
from datetime import timedelta
from django.utils import timezone
from accounts.models import User
from rooms.enums import EntryRule
from rooms.services.planning import schedule_room
from ticketing.models import Offer
now = timezone.now()
at = now + timedelta(days=3)
host = User.objects.get(handle="maiwenn")
room = schedule_room(host, title="{title}", language="fr", starts_at=at, entry_rule=EntryRule.TICKET)
Offer.objects.create(
    room=room, seller=host, seller_key=host.public_id, amount=1200, currency="eur", capacity={seats},
    sales_begin_at=now, sales_end_at=at,
)
print("ROOM", room.public_id)
"""
START = """
from rooms.models import Room
from rooms.services.planning import start_room
start_room("{room}", by=Room.objects.get(public_id="{room}").host)
"""
# Whoever bought for a cancelled room has their money back.
END = """
from rooms.models import Room
from rooms.services.lifecycle import end_room
from rooms.services.planning import cancel_room
room = Room.objects.get(public_id="{room}")
(end_room if room.is_live else cancel_room)(room.public_id, by=room.host)
"""


def at_site(embedded: Embedded, script: str, **names: object) -> str:
    """Run a script in the running installation; return what it prints."""
    inherited = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "-c", script.format(**names)],
        cwd=ROOT,
        env=inherited | {"VAR_DIR": str(embedded.var)},
        check=True,
        timeout=60,
        capture_output=True,
        text=True,
    )
    return done.stdout


@pytest.fixture
def sell(embedded: Embedded) -> Iterator[Callable[[int], str]]:
    """Return `sell(seats)`, which returns the id of a room of Maïwenn that sells so many; it is over afterwards."""
    rooms: list[str] = []

    def begin(seats: int) -> str:
        said = at_site(embedded, SELL, title=TITLE, seats=seats)
        (room,) = re.findall(r"^ROOM (\w+)$", said, re.MULTILINE)
        rooms.append(room)
        return str(room)

    yield begin
    for room in rooms:
        at_site(embedded, END, room=room)


@pytest.mark.parametrize(
    ("browser_of", "words"),
    [
        (
            ("oliver", "en-GB", 390),
            ["Buy a ticket", "This card was declined.", "your seat is yours", "Go to the room", "You have a ticket."],
        ),
        (
            ("theo", "fr-FR", 1280),
            [
                "Acheter un billet",
                "Cette carte a été refusée.",
                "la place est à vous",
                "Aller au salon",
                "Vous avez un billet.",
            ],
        ),
    ],
)
def test_declined_then_asked_by_the_bank_then_in_the_room(
    open_page: Callable[..., Page],
    embedded: Embedded,
    sell: Callable[[int], str],
    browser_of: tuple[str, str, int],
    words: list[str],
) -> None:
    handle, locale, width = browser_of
    buy, declined, yours, go, has_ticket = words
    room = sell(10)
    page = open_page(handle, locale=locale, viewport={"width": width, "height": 844})
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text) if "form-action" in message.text else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(f"/rooms/{room}/")
    assert violations(page) == []
    page.get_by_role("button", name=buy).click()
    page.wait_for_url("**/devstripe/checkout/**")
    page.locator("[name=country]").select_option("FR")
    fill_in(page, "4000000000000002")
    pay(page)
    expect(page.locator(".field__error")).to_contain_text(declined)
    fill_in(page, "4000002500003155")
    pay(page)
    page.locator("[name=answer][value=good]").click()
    page.wait_for_url(re.compile(r"/orders/\w+/$"))
    expect(page.locator(".offer")).to_contain_text(yours)
    assert violations(page) == []
    page.get_by_role("link", name=go).click()
    expect(page.locator(".plan__offer")).to_contain_text(has_ticket)
    # Whoever holds a ticket is in when the room begins: the page becomes it.
    at_site(embedded, START, room=room)
    page.reload()
    wait_until_live(page)
    assert (wrong, page.evaluate("document.documentElement.scrollWidth")) == ([], width)


def test_ticket_is_bought_given_back_and_listed(open_page: Callable[..., Page], sell: Callable[[int], str]) -> None:
    room = sell(10)
    page = open_page("oliver", viewport={"width": 390, "height": 844})
    page.goto(f"/rooms/{room}/")
    page.get_by_role("button", name="Buy a ticket").click()
    page.wait_for_url("**/devstripe/checkout/**")
    # Back without paying: the seat is held, and paying goes on.
    page.goto(f"/rooms/{room}/")
    page.get_by_role("link", name="See your order").click()
    expect(page.locator(".countdown__places")).to_contain_text("34")
    page.get_by_role("button", name="Pay now").click()
    page.locator("[name=country]").select_option("FR")
    fill_in(page, "4242424242424242")
    pay(page)
    page.wait_for_url(re.compile(r"/orders/\w+/$"))
    expect(page.locator(".receipt")).to_contain_text("€2.00 (20%)")
    page.get_by_role("link", name="All your tickets").click()
    expect(page.locator("section[aria-labelledby=coming] .stub__title")).to_have_text([re.compile(TITLE)])
    page.locator("section[aria-labelledby=coming] .stub__title a").click()
    page.get_by_role("button", name="Give the ticket back").click()
    dialog = page.locator("#give-back")
    expect(dialog).to_be_visible()
    assert violations(page) == []
    dialog.get_by_role("button", name="Give the ticket back").click()
    expect(page.locator(".offer")).to_contain_text(re.compile("on its way back to you|has gone back"))
    page.goto("/tickets/")
    expect(page.locator("section[aria-labelledby=returned] .stub__title").first).to_contain_text(TITLE)


def test_last_seat_goes_to_whoever_waits_once_it_is_given_up(
    open_page: Callable[..., Page], sell: Callable[[int], str]
) -> None:
    room = sell(1)
    first = open_page("oliver")
    second = open_page("theo", locale="fr-FR", viewport={"width": 390, "height": 844})
    first.goto(f"/rooms/{room}/")
    first.get_by_role("button", name="Buy a ticket").click()
    first.wait_for_url("**/devstripe/checkout/**")
    second.goto(f"/rooms/{room}/")
    expect(second.locator(".offer")).to_contain_text("Complet")
    second.get_by_role("button", name="Attendre une place").click()
    expect(second.locator(".offer")).to_contain_text("Vous êtes numéro 1 dans la file.")
    first.goto(f"/rooms/{room}/")
    first.get_by_role("button", name="Give up the seat").click()
    first.locator("#give-up").get_by_role("button", name="Give up the seat").click()
    expect(first.locator(".offer")).to_contain_text("You gave up this seat.")
    second.goto("/notifications/")
    second.get_by_role("link", name=re.compile("Une place se libère")).first.click()
    expect(second.locator(".offer")).to_contain_text("Votre place est gardée")
    second.get_by_role("button", name="Payer maintenant").click()
    second.locator("[name=country]").select_option("FR")
    fill_in(second, "4242424242424242")
    pay(second)
    second.wait_for_url(re.compile(r"/orders/\w+/$"))
    expect(second.locator(".offer")).to_contain_text("la place est à vous")
    first.goto(f"/rooms/{room}/")
    expect(first.locator(".offer")).to_contain_text("Sold out")


def test_page_that_waits_for_the_payment_becomes_the_ticket(
    open_page: Callable[..., Page], sell: Callable[[int], str]
) -> None:
    room = sell(10)
    page = open_page("oliver", viewport={"width": 390, "height": 844})
    page.goto(f"/rooms/{room}/")
    page.get_by_role("button", name="Buy a ticket").click()
    page.wait_for_url("**/devstripe/checkout/**")
    waiting = page.context.new_page()
    waiting.goto(f"/rooms/{room}/")
    waiting.get_by_role("link", name="See your order").click()
    waiting.wait_for_url(re.compile(r"/orders/\w+/$"))
    address = waiting.url
    waiting.goto(f"{address}?paid=1")
    expect(waiting.locator(".offer")).to_contain_text("We are confirming your payment.")
    waiting.evaluate("window.here = true")
    page.locator("[name=country]").select_option("FR")
    fill_in(page, "4242424242424242")
    pay(page)
    expect(waiting.locator(".offer")).to_contain_text("your seat is yours", timeout=20_000)
    # By itself, without a reload, and under the order's own address.
    assert (waiting.evaluate("window.here"), waiting.url) == (True, address)
