"""Somebody lets themselves be paid, in a browser: a country, Stripe's pages, left and gone on with, and told of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest
from playwright.sync_api import expect

from tests.e2e.actions import path_of, prove
from tests.e2e.axe import violations

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

pytestmark = pytest.mark.e2e

PAGE = "/earnings/payee/"


class Case(NamedTuple):
    """Who is paid, in which language and window, and what they read. People read what their account says."""

    who: str
    locale: str
    width: int
    country: str
    begin: str
    not_yet: str
    choose: str
    wanted: str
    go_on: str
    review: str
    look: str
    paid: str
    told: str


ENGLISH = Case(
    who="grace",
    locale="en-GB",
    width=390,
    country="Ireland",
    begin="Begin at Stripe",
    not_yet="You cannot be paid yet",
    choose="Country where you live",
    wanted="A picture of your passport or identity card",
    go_on="Go on at Stripe",
    review="Stripe looks at what you have given",
    look="See it at Stripe",
    paid="You can be paid",
    told="You can be paid now",
)
FRENCH = Case(
    who="malo",
    locale="fr-FR",
    width=1280,
    country="Belgique",
    begin="Commencer chez Stripe",
    not_yet="Vous ne pouvez pas encore recevoir vos gains",
    choose="Pays où vous habitez",
    wanted="Une photo de votre passeport ou de votre carte d’identité",
    go_on="Continuer chez Stripe",
    review="Stripe examine ce que vous avez donné",
    look="Le voir chez Stripe",
    paid="Vous pouvez recevoir vos gains",
    told="Vous pouvez maintenant recevoir vos gains",
)


@pytest.mark.parametrize("case", [ENGLISH, FRENCH], ids=["en", "fr"])
def test_newcomer_is_paid_in_the_end(open_page: Callable[..., Page], case: Case) -> None:
    page = open_page(case.who, locale=case.locale, viewport={"width": case.width, "height": 844})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    prove(page)
    page.goto("/earnings/")
    expect(page.get_by_role("heading", name=case.not_yet)).to_be_visible()
    page.goto(PAGE)
    begin_by_keyboard(page, case)
    choose_at_stripe(page, "document")
    expect(page.get_by_text(case.wanted)).to_be_visible()
    look_sound(page, case)
    page.get_by_role("button", name=case.go_on).click()
    choose_at_stripe(page, "review")
    expect(page.get_by_role("heading", name=case.review)).to_be_visible()
    look_sound(page, case)
    page.get_by_role("button", name=case.look).click()
    choose_at_stripe(page, "active")
    expect(page.get_by_role("heading", name=case.paid)).to_be_visible()
    look_sound(page, case)
    page.goto("/notifications/")
    expect(page.get_by_text(case.told).first).to_be_visible()
    assert errors == []


def begin_by_keyboard(page: Page, case: Case) -> None:
    look_sound(page, case)
    # Enter in a list only opens it, so the button is reached by Tab.
    page.get_by_label(case.choose).focus()
    page.keyboard.type(case.country)
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name=case.begin)).to_be_focused()
    page.keyboard.press("Enter")


def choose_at_stripe(page: Page, standing: str) -> None:
    """Choose on devstripe's page what Stripe finds, and come back."""
    page.wait_for_url("**/devstripe/accounts/**")
    page.locator(f"button[name=standing][value={standing}]").click()
    page.wait_for_url(f"**{PAGE}")


def look_sound(page: Page, case: Case) -> None:
    """See that nothing on the page is wrong or too wide."""
    assert path_of(page) == PAGE
    found = violations(page)
    assert (found, page.evaluate("document.documentElement.scrollWidth")) == ([], case.width)
