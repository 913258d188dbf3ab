"""WCAG 2.2 AA: axe finds nothing on any page or in any state of the style guide, light and dark."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.e2e.actions import listen, microphone, path_of, wait_until_live
from tests.e2e.axe import violations, with_axe

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

pytestmark = pytest.mark.e2e

GUEST_PAGES = (
    "/",
    "/@ines/",
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/password/reset/",
    "/accounts/password/reset/done/",
    "/nowhere/",
    "/offline/en/",
    "/offline/fr/",
)
OWN_PAGES = (
    "/",
    "/@sam/",
    "/settings/",
    "/rooms/new/",
    "/accounts/email/",
    "/accounts/password/change/",
    "/accounts/logout/",
)


def guide_paths(page: Page) -> list[str]:
    """Return the addresses that the style guide's own first page lists, and that page."""
    page.goto("/styleguide/")
    found: list[str] = page.eval_on_selector_all(
        "main a[href^='/styleguide/']", "(links) => links.map((link) => link.pathname)"
    )
    assert len(found) > 20
    return ["/styleguide/", *found]


def test_pages_for_everybody(open_page: Callable[..., Page]) -> None:
    page = with_axe(open_page())
    found = {}
    for path in GUEST_PAGES:
        page.goto(path)
        found[path] = violations(page)
    assert {path: some for path, some in found.items() if some} == {}


def test_pages_of_ones_own(open_page: Callable[..., Page]) -> None:
    page = with_axe(open_page("sam"))
    found = {}
    for path in OWN_PAGES:
        page.goto(path)
        found[path] = violations(page)
    assert {path: some for path, some in found.items() if some} == {}


def test_form_with_mistakes(open_page: Callable[..., Page]) -> None:
    page = with_axe(open_page())
    page.goto("/accounts/signup/")
    page.evaluate("for (const field of document.querySelectorAll('main input')) field.removeAttribute('required')")
    page.locator("main form button").last.click()
    expect(page.locator("[aria-invalid=true]").first).to_be_visible()
    assert violations(page) == []


def test_every_page_of_the_style_guide(open_page: Callable[..., Page]) -> None:
    page = with_axe(open_page("sam"))
    paths = guide_paths(page)
    found = {}
    for path in paths:
        page.goto(path)
        found[path] = violations(page)
    assert {path: some for path, some in found.items() if some} == {}


def test_room_that_is_live_for_host_and_listener(host: Page, open_page: Callable[..., Page]) -> None:
    yara = with_axe(open_page("yara"))
    listen(yara, host)
    assert violations(yara) == []
    yara.locator("#bar [data-slot=hand]").click()
    expect(yara.locator("#bar [data-slot=hand]")).to_have_attribute("aria-pressed", "true")
    assert violations(yara) == []

    yara.goto("/")
    expect(yara.locator("#dock")).to_be_visible()
    assert violations(yara) == []


def test_dialogs_of_a_room(host: Page, open_page: Callable[..., Page]) -> None:
    sam = with_axe(open_page("theo"))
    sam.goto(path_of(host))
    wait_until_live(sam)
    expect(microphone(sam)).to_be_visible()
    sam.locator("#stage .seat__open").first.click()
    expect(sam.locator("#person")).to_be_visible()
    assert violations(sam) == []
    sam.keyboard.press("Escape")
    sam.keyboard.press("?")
    expect(sam.locator("dialog[open]")).to_have_count(1)
    assert violations(sam) == []
