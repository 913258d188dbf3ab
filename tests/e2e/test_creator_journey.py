"""A creator's way to their money: onboarded, heard, settled, paid; dashboard, statement and ledger say the same."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.e2e.actions import end_room, listen, press_microphone, prove, wait_until_live
from tests.e2e.axe import violations
from tests.e2e.sounds import wait_to_hear
from tests.e2e.test_buying import at_site
from tests.e2e.test_getting_paid import choose_at_stripe
from tests.e2e.test_last_seat import pay_with_a_good_card

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.servers.embedded import Embedded

pytestmark = pytest.mark.e2e

CREATOR = "yara"
SELL = """
from datetime import timedelta
from django.utils import timezone
from accounts.models import User
from config.lib.money import Money
from rooms.services.planning import schedule_room
from ticketing.services.offer_terms import OfferTerms
from ticketing.services.offers import make_offer
host = User.objects.get(handle="{host}")
room = schedule_room(host, title="Field recordings", language="en", starts_at=timezone.now() + timedelta(days=3))
make_offer(room.public_id, by=host, terms=OfferTerms(price=Money(9900, "eur"), seats=3))
print("ROOM", room.public_id)
"""
# The room ended eight days ago, and settlement is due.
TIME_MOVES_ON = """
from datetime import timedelta
from django.db.models import F
from django.utils import timezone
from creators.services.settling import settle_rooms
from rooms.models import Room
days = timedelta(days=8)
Room.objects.filter(public_id="{room}").update(
    created_at=F("created_at") - days, live_at=F("live_at") - days, ended_at=F("ended_at") - days
)
while settle_rooms(timezone.now()):
    pass
"""
# The creator's account, what was earned and what is at Stripe, as the books have it.
BOOKS = """
import json
from django.utils import timezone
from accounts.models import User
from creators.models import Earning, Payout, Transfer
from ticketing import account_names, stripe_gateway
from ticketing.ledger_checks import findings
from ticketing.selectors.ledger import balance
person = User.objects.get(handle="{host}")
held = balance(account_names.held_for_room("{room}", "eur"))
owed = balance(account_names.creator(person.public_id, "eur"))
transfers = Transfer.objects.filter(earning__creator=person)
print("BOOKS", json.dumps(dict(
    held=held.minor, owed=-owed.minor,
    earned=[earning.money.written() for earning in Earning.objects.filter(creator=person)],
    net=sum(Earning.objects.filter(creator=person).values_list("net", flat=True)),
    payouts=list(Payout.objects.filter(payee__person=person).values_list("state", "amount")),
    at_stripe=[stripe_gateway.retrieve_transfer(row.stripe_id).amount for row in transfers.exclude(stripe_id="")],
    findings=findings(timezone.now()),
)))
"""


def books(embedded: Embedded, room: str) -> dict[str, Any]:
    said = at_site(embedded, BOOKS, host=CREATOR, room=room)
    (found,) = re.findall(r"^BOOKS (.*)$", said, re.MULTILINE)
    return dict(json.loads(found))


def onboard(page: Page) -> None:
    """Let Stripe find everything in order at once."""
    prove(page)
    page.goto("/earnings/payee/")
    page.locator("select").first.select_option("FR")
    page.locator("main form button[type=submit]").first.click()
    choose_at_stripe(page, "active")


def hold_with_sound(host: Page, buyer: Page, room: str) -> None:
    host.goto(f"/rooms/{room}/")
    host.locator(f"form[action='/rooms/{room}/start/'] button").click()
    wait_until_live(host)
    press_microphone(host)
    listen(buyer, host)
    wait_to_hear(buyer, 440)
    end_room(host)


def test_creator_onboards_sells_is_heard_settled_and_paid(enter: Callable[..., Page], embedded: Embedded) -> None:
    host, buyer = enter(CREATOR, 440), enter("oliver")
    onboard(host)
    (room,) = re.findall(r"^ROOM (\w+)$", at_site(embedded, SELL, host=CREATOR), re.MULTILINE)
    buyer.goto(f"/rooms/{room}/")
    buyer.locator(f"form[action='/rooms/{room}/seat/'] button").click()
    pay_with_a_good_card(buyer)
    hold_with_sound(host, buyer, room)

    # Until the margin is over, all of it is held for the room: 99.00 less 20 % tax in it.
    host.goto("/earnings/")
    expect(host.locator(".stats__sums")).to_contain_text("Expected")
    before = books(embedded, room)
    assert (before["held"], before["earned"], before["findings"]) == (-8250, [], [])

    at_site(embedded, TIME_MOVES_ON, room=room)
    settled = books(embedded, room)
    # Less what the payment cost: 1.5 % and 0.25.
    assert (settled["held"], settled["net"], settled["owed"]) == (0, 8250 - 174, 8250 - 174)
    host.reload()
    expect(host.locator(".stats__sums")).to_contain_text(settled["earned"][0])

    host.get_by_role("button", name="Pay it out now").click()
    expect(host.locator("main, .toast").filter(has_text="on its way").first).to_be_visible()
    paid = books(embedded, room)
    for _ in range(60):
        if paid["owed"] == 0 and paid["payouts"] == [["paid", settled["net"]]]:
            break
        host.wait_for_timeout(1000)
        paid = books(embedded, room)
    assert paid["payouts"] == [["paid", settled["net"]]]
    assert (paid["owed"], paid["at_stripe"], paid["findings"]) == (0, [settled["net"]], [])

    host.goto("/earnings/")
    expect(host.locator(".stats__sums")).to_have_text(re.compile(rf"Paid out\s+{re.escape(settled['earned'][0])}\s*$"))
    assert (violations(host), host.evaluate("document.documentElement.scrollWidth")) == ([], 1280)
    host.goto("/earnings/statements/")
    host.locator("main a[href*='/earnings/statements/eur/']").first.click()
    lines = host.get_by_role("region", name="Line by line").locator("tbody tr")
    expect(lines).to_have_count(2)
    expect(lines.nth(0)).to_contain_text(settled["earned"][0])
    expect(lines.nth(1)).to_contain_text("Paid out to you")
    expect(lines.nth(1).locator("td").last).to_have_text("€0.00")
    assert violations(host) == []
