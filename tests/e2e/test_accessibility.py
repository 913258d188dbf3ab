"""WCAG 2.2 AA: axe finds nothing on any page or in any state of the style guide, light and dark."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.e2e.actions import choose, listen, microphone, path_of, prove
from tests.e2e.addresses import FRESH_PAGES, GUEST_PAGES, OWN_PAGES
from tests.e2e.axe import violations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from playwright.sync_api import Page

pytestmark = pytest.mark.e2e

OFFLINE = ("/offline/en/", "/offline/fr/")
# All its pages take minutes, in which nobody could tell a test that hangs.
GUIDE_PARTS = 8


def guide_paths(page: Page) -> list[str]:
    """Return the addresses that the style guide's own pages list, with its letters and its problems."""
    found = {"/styleguide/": None}
    for path in ("/styleguide/", "/styleguide/mail/"):
        page.goto(path)
        links: list[str] = page.eval_on_selector_all("main a", "(links) => links.map((link) => link.pathname)")
        found |= dict.fromkeys(link for link in links if link.startswith("/styleguide/"))
    assert len(found) > 50
    return list(found)


def all_violations(page: Page, paths: Iterable[str]) -> dict[str, list[str]]:
    found = {}
    for path in paths:
        page.goto(path)
        found[path] = violations(page)
    return {path: some for path, some in found.items() if some}


def test_pages_for_everybody(open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.goto("/")
    replay = page.locator(".again__title a").first.get_attribute("href")
    assert replay
    assert all_violations(page, (*GUEST_PAGES, *OFFLINE, replay)) == {}


def test_pages_in_french(open_page: Callable[..., Page]) -> None:
    # Names of controls have other words in them than in English.
    page = open_page(locale="fr")
    page.goto("/")
    room = page.locator(".room-card h3 a").first.get_attribute("href")
    assert room
    assert all_violations(page, (*GUEST_PAGES, *OFFLINE, room)) == {}


def test_pages_of_ones_own(open_page: Callable[..., Page]) -> None:
    assert all_violations(open_page("sam"), OWN_PAGES) == {}


def test_pages_that_want_the_password_once_more(open_page: Callable[..., Page]) -> None:
    page = open_page("sam")
    prove(page)
    for path in FRESH_PAGES:
        page.goto(path)
        assert path_of(page) == path
    assert all_violations(page, FRESH_PAGES) == {}


def test_form_with_mistakes(open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.goto("/accounts/signup/")
    page.evaluate("for (const field of document.querySelectorAll('main input')) field.removeAttribute('required')")
    page.locator("main form button").last.click()
    expect(page.locator("[aria-invalid=true]").first).to_be_visible()
    assert violations(page) == []


@pytest.mark.parametrize("part", range(GUIDE_PARTS))
def test_every_page_of_the_style_guide(open_page: Callable[..., Page], part: int) -> None:
    page = open_page("sam")
    found = all_violations(page, guide_paths(page)[part::GUIDE_PARTS])
    for path in [path for path in found if path.startswith("/styleguide/mail/")]:
        # A letter is shown inside the page of a mail program, whose landmarks those are.
        found[path] = [line for line in found[path] if not re.match("light (landmark-one-main|region):", line)]
    assert {path: some for path, some in found.items() if some} == {}


def test_room_that_is_live_for_host_and_listener(host: Page, open_page: Callable[..., Page]) -> None:
    yara = open_page("yara")
    listen(yara, host)
    assert violations(yara) == []
    yara.locator("#bar [data-slot=hand]").click()
    expect(yara.locator("#bar [data-slot=hand]")).to_have_attribute("aria-pressed", "true")
    assert violations(yara) == []

    yara.goto("/")
    expect(yara.locator("#dock")).to_be_visible()
    assert violations(yara) == []


def test_everything_that_opens_in_a_room(host: Page, open_page: Callable[..., Page]) -> None:
    yara = open_page("yara")
    listen(yara, host)
    yara.locator("#bar [data-slot=hand]").click()
    expect(host.locator("#hands .queue__tools [data-do='hand.accept']")).to_be_visible()
    found = {"hands": violations(host)}
    host.locator("#hands .queue__tools [data-do='hand.accept']").click()
    expect(host.locator("#stage .seat")).to_have_count(2)
    expect(microphone(yara)).to_be_focused()
    found["a speaker’s page"] = violations(yara)

    for tab in host.get_by_role("tab").all():
        tab.click()
        found[f"tab {tab.inner_text()}"] = violations(host)
    host.locator("#bar [data-slot=more-door]").click()
    expect(host.locator("#more [role=menuitem]:focus")).to_have_count(1)
    found["menu"] = violations(host)
    host.keyboard.press("Escape")
    host.locator("#bar [data-slot=react]").click()
    expect(host.locator("#reactions")).to_be_visible()
    found["reactions"] = violations(host)
    host.keyboard.press("Escape")

    ways: dict[str, Callable[[], None]] = {
        "person": host.locator("#stage .seat__open").last.click,
        "record": host.locator("#stage [data-slot=record]").click,
        "keys": lambda: host.keyboard.press("?"),
        "sound": lambda: choose(host, "sound-settings"),
        "end": lambda: choose(host, "end"),
    }
    for dialog, way in ways.items():
        way()
        expect(host.locator(f"#{dialog}")).to_be_visible()
        found[dialog] = violations(host)
        host.keyboard.press("Escape")
        expect(host.locator(f"#{dialog}")).to_be_hidden()
    assert {state: some for state, some in found.items() if some} == {}
