"""A host sells tickets in a browser: offered, bought by somebody, counted, kept as a file, and all given back."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from playwright.sync_api import expect

from tests.e2e.actions import path_of
from tests.e2e.axe import violations
from tests.e2e.test_devstripe import fill_in, pay

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

pytestmark = pytest.mark.e2e

GOOD_CARD = "4242424242424242"


class Words(NamedTuple):
    """What the host reads and presses, in one language."""

    title: str
    plan: str
    about: str
    sell: str
    price: str
    seats: str
    on_sale: str
    sum: str
    invite: str
    guest: str
    refunded: str
    cancel: str
    all_back: str


ENGLISH = Words(
    title="What will you talk about",
    plan="Plan the room",
    about="Stories of the night",
    sell="Sell tickets",
    price="Price of a ticket, in EUR",
    seats="How many seats",
    on_sale="Your tickets are on sale.",
    sum="€12.50",
    invite="Invite",
    guest="Yara Nasser is on the guest list.",
    refunded="€2.50 goes back.",
    cancel="Cancel the room",
    all_back="Everybody has their money back",
)
FRENCH = Words(
    title="De quoi parlerez-vous",
    plan="Prévoir le salon",
    about="Histoires de la nuit",
    sell="Vendre des billets",
    price="Prix d’un billet, en EUR",
    seats="Nombre de places",
    on_sale="Vos billets sont en vente.",
    sum="12,50\u00a0€",
    invite="Inviter",
    guest="Yara Nasser est sur la liste d’invités.",
    refunded="2,50\u00a0€ sont en cours de remboursement.",
    cancel="Annuler le salon",
    all_back="Tout le monde est remboursé",
)


class Case(NamedTuple):
    """Who sells and who buys, in which language and on which window. People read what their account says."""

    host: str
    buyer: str
    locale: str
    width: int
    words: Words


IN_ENGLISH = Case("oliver", "theo", "en-GB", 390, ENGLISH)
IN_FRENCH = Case("theo", "oliver", "fr-FR", 1280, FRENCH)


@pytest.mark.parametrize("case", [IN_ENGLISH, IN_FRENCH], ids=["en", "fr"])
def test_host_sells_counts_and_cancels(open_page: Callable[..., Page], case: Case) -> None:
    window = {"width": case.width, "height": 844}
    host = open_page(case.host, locale=case.locale, timezone_id="Europe/Paris", viewport=window)
    words = case.words
    errors: list[str] = []
    host.on("pageerror", lambda error: errors.append(str(error)))
    sold = offered(host, words)
    try:
        buy(open_page(case.buyer), sold)
        see_the_sale(host, sold, case)
        invite(host, words)
        keep_a_file(host, case.buyer)
        refund_a_part(host, words)
    finally:
        host.goto(f"{sold}cancel/")
        host.get_by_role("button", name=words.cancel).click()
        host.wait_for_url("**/rooms/planned/")
    all_is_given_back(host, sold, words)
    assert errors == []


def offered(host: Page, words: Words) -> str:
    """Plan a room and offer tickets for it; return its path."""
    host.goto("/rooms/new/?when=later")
    host.get_by_label(words.title).fill(words.about)
    host.get_by_role("button", name=words.plan).click()
    expect(host.get_by_role("heading", name=words.about)).to_be_visible()
    room = path_of(host)
    host.get_by_role("link", name=words.sell).click()
    host.get_by_label(words.price).fill("0,50")
    host.get_by_label(words.seats).fill("3")
    host.get_by_role("button", name=words.sell).click()
    expect(host.locator("#id_price_error")).to_be_visible()
    assert violations(host) == []
    host.get_by_label(words.price).fill("12,50")
    host.get_by_role("button", name=words.sell).click()
    expect(host.locator(".notices")).to_contain_text(words.on_sale)
    assert violations(host) == []
    return room


def buy(buyer: Page, room: str) -> None:
    buyer.goto(room)
    buyer.locator(f"form[action='{room}seat/'] button").click()
    buyer.wait_for_url("**/devstripe/checkout/**")
    buyer.locator("[name=country]").select_option("FR")
    fill_in(buyer, GOOD_CARD)
    pay(buyer)
    buyer.wait_for_url(re.compile(r"/orders/"))


def see_the_sale(host: Page, room: str, case: Case) -> None:
    """The event of the payment takes a moment to come in."""
    host.goto(f"{room}tickets/")
    holder = host.locator(f".sales__holders a[href='/@{case.buyer}/']")
    for _ in range(20):
        if holder.count():
            break
        host.wait_for_timeout(500)
        host.reload()
    expect(holder).to_contain_text(case.words.sum)
    expect(host.locator(".stats__sums .sum").first).to_have_text("1")
    expect(host.locator(".sums dd").first).to_have_text(case.words.sum)


def invite(host: Page, words: Words) -> None:
    host.locator("#id_handle").fill("@yara")
    host.get_by_role("button", name=words.invite, exact=True).click()
    expect(host.locator(".notices")).to_contain_text(words.guest)
    expect(host.locator(".sales__holders .person")).to_have_count(2)
    assert violations(host) == []


def keep_a_file(host: Page, buyer: str) -> None:
    with host.expect_download() as loaded:
        host.locator("a[href$='holders.csv']").click()
    lines = Path(loaded.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert [re.split("[,;]", line)[1] for line in lines[1:]] == ["yara", buyer]


def refund_a_part(host: Page, words: Words) -> None:
    host.locator("a[href$='/refund/']").click()
    expect(host.locator("#id_part")).to_be_visible()
    assert violations(host) == []
    host.locator("input[name=how_much][value=part]").check()
    host.locator("#id_part").fill("2.5")
    host.locator("form.form button[type=submit]").click()
    expect(host.locator(".notices")).to_contain_text(words.refunded)


def all_is_given_back(host: Page, room: str, words: Words) -> None:
    host.goto(f"{room}tickets/")
    expect(host.locator(".notice").first).to_be_visible()
    for _ in range(60):
        if host.get_by_role("heading", name=words.all_back).count():
            break
        host.wait_for_timeout(1000)
        host.reload()
    expect(host.get_by_role("heading", name=words.all_back)).to_be_visible()
    host.locator("a[href$='/statement/']").click()
    expect(host.locator(".sales__statement tbody tr").first).to_be_visible()
    # Nothing is held any more.
    expect(host.locator(".sales__statement tbody tr").first.locator("td").last).to_contain_text(re.compile(r"0[.,]00"))
    assert violations(host) == []
