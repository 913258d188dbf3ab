"""Paying on devstripe's page in a browser: a declined card, the bank's question, the way back, and what is told."""

from __future__ import annotations

import secrets
import sqlite3
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.e2e.axe import violations
from tests.servers.embedded import wait_until
from ticketing import stripe_gateway as gateway
from ticketing.stripe_objects import CheckoutItem, CheckoutRequest

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page
    from pytest_django.fixtures import Settings

    from tests.servers.embedded import Embedded

pytestmark = pytest.mark.e2e

TOLD = {
    "charge.failed",
    "payment_intent.payment_failed",
    "payment_intent.requires_action",
    "charge.succeeded",
    "payment_intent.succeeded",
    "checkout.session.completed",
}


@pytest.fixture
def checkout(embedded: Embedded, settings: Settings) -> str:
    """Return a Checkout Session that this process makes for the site that runs: they share devstripe's file."""
    settings.DEVSTRIPE, settings.STRIPE_SECRET_KEY = True, ""
    settings.DEVSTRIPE_FILE = embedded.var / "devstripe.sqlite3"
    asked = CheckoutRequest(
        item=CheckoutItem("Le tour du monde en salons", 1_200, "eur", "One seat"),
        reference="order_1",
        success_url=f"{embedded.url}/topics/?session={{CHECKOUT_SESSION_ID}}",
        cancel_url=f"{embedded.url}/search/",
        expires_at=timezone.now() + timedelta(minutes=31),
        email="oliver@example.org",
    )
    return gateway.create_checkout(asked, key=secrets.token_hex(8)).id


def fill_in(page: Page, number: str) -> None:
    page.locator(f"button[name=fill][value='{number}']").click()


def pay(page: Page) -> None:
    page.locator("#pay .form__do button").click()


def types_stored(embedded: Embedded) -> set[str]:
    """Return the types of the events that the site has taken in."""
    with closing(sqlite3.connect(f"file:{embedded.var / 'causerie.sqlite3'}?mode=ro", uri=True)) as rows:
        return {kind for (kind,) in rows.execute("SELECT type FROM ticketing_stripeevent")}


@pytest.mark.parametrize(
    ("locale", "width", "words"),
    [
        ("en-GB", 1280, ["€12.00", "This card was declined.", "Your bank did not confirm that it was you."]),
        ("fr-FR", 390, ["12,00\u00a0€", "Cette carte a été refusée.", "Votre banque n’a pas confirmé"]),
    ],
)
def test_newcomer_is_declined_asked_and_pays(
    open_page: Callable[..., Page],
    embedded: Embedded,
    checkout: str,
    locale: str,
    width: int,
    words: list[str],
) -> None:
    price, declined, failed = words
    page = open_page(locale=locale, viewport={"width": width, "height": 844})
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)
    page.goto(gateway.retrieve_checkout(checkout).url or "")
    expect(page.locator(".price b")).to_have_text(price)
    page.locator("[name=country]").select_option("FR")
    fill_in(page, "4000000000000002")
    pay(page)
    expect(page.locator(".field__error")).to_contain_text(declined)
    fill_in(page, "4000002500003155")
    expect(page.locator("[name=number]")).to_have_value("4000 0025 0000 3155")
    pay(page)
    page.locator("[name=answer][value=bad]").click()
    expect(page.locator(".notice")).to_contain_text(failed)
    pay(page)
    page.locator("[name=answer][value=good]").click()
    page.wait_for_url(f"{embedded.url}/topics/?session={checkout}")
    assert (gateway.retrieve_checkout(checkout).is_paid, refused) == (True, [])
    # Jobs deliver what happened through the site's own endpoint, signed.
    wait_until(lambda: types_stored(embedded) >= TOLD, 30)


def test_page_works_by_keyboard_and_leads_back(
    open_page: Callable[..., Page], embedded: Embedded, checkout: str
) -> None:
    page = open_page()
    page.goto(gateway.retrieve_checkout(checkout).url or "")
    page.locator("[name=number]").fill("4242424242424242")
    page.locator("[name=country]").select_option("DE")
    # Enter pays: the buttons that fill cards in come later.
    page.locator("[name=number]").press("Enter")
    page.wait_for_url(f"{embedded.url}/topics/**")
    assert gateway.retrieve_checkout(checkout).country == "DE"
    page.goto(f"/devstripe/checkout/{checkout}/")
    page.locator(".desk__form a").click()
    page.wait_for_url(f"{embedded.url}/search/")


def test_pages_have_nothing_that_axe_finds_wrong(open_page: Callable[..., Page], checkout: str) -> None:
    page = open_page(viewport={"width": 390, "height": 844})
    page.goto(gateway.retrieve_checkout(checkout).url or "")
    found = violations(page)
    page.locator("[name=country]").select_option("FR")
    fill_in(page, "4000000000000002")
    pay(page)
    found += violations(page)
    fill_in(page, "4000000000003220")
    pay(page)
    found += violations(page)
    gateway.expire_checkout(checkout, key=secrets.token_hex(8))
    page.reload()
    found += violations(page)
    assert (found, page.evaluate("document.documentElement.scrollWidth")) == ([], 390)
