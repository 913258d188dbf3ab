"""Everything by keyboard alone: come in, raise the hand, be brought up, speak, leave. The focus is always seen."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.e2e.actions import path_of, wait_until_live
from tests.e2e.sounds import wait_to_hear

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page, Route

pytestmark = pytest.mark.e2e

MOST_TABS = 120
# A focus that is drawn around a card belongs to the link in it.
SEEN = """
() => {
  const drawn = (element) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(element);
    return outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
  };
  const focused = document.activeElement;
  const box = focused.getBoundingClientRect();
  const inWindow = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  const around = [focused, focused.parentElement, focused.closest("li, .settings__row, label")].filter(Boolean);
  return { what: focused.outerHTML.slice(0, 120), seen: inWindow && around.some(drawn) };
}
"""


def tab_to(page: Page, selector: str, key: str = "Tab") -> None:
    """Press Tab until the focus is there; each stop on the way must be seen."""
    stops: list[str] = []
    for _ in range(MOST_TABS):
        page.keyboard.press(key)
        stop = page.evaluate(SEEN)
        stops.append(stop["what"])
        assert stop["seen"], f"the focus is not seen on {stop['what']}"
        if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
    pytest.fail(f"no way by {key} to {selector}; it went over {stops}")


def test_way_of_a_speaker_by_keyboard_alone(host: Page, enter: Callable[..., Page]) -> None:
    yara = enter("yara", 880)
    yara.goto("/")

    tab_to(yara, f"a[href='{path_of(host)}']")
    yara.keyboard.press("Enter")
    wait_until_live(yara)
    expect(yara.locator("h1.stage__title")).to_be_focused()
    expect(yara.locator("#announcer")).to_have_text(re.compile("Tones"))

    tab_to(yara, "#bar [data-slot=hand]")
    yara.keyboard.press("Enter")
    expect(yara.locator("#bar [data-slot=hand]")).to_have_attribute("aria-pressed", "true")

    tab_to(host, "#hands [data-do='hand.accept']")
    host.keyboard.press("Enter")

    expect(yara.locator("#bar [data-slot=mic]")).to_be_focused()
    yara.keyboard.press("Enter")
    expect(yara.locator("#bar [data-slot=mic]")).to_have_attribute("data-voice", "air")
    wait_to_hear(host, 880)

    tab_to(yara, "#bar [data-slot=leave]", "Shift+Tab")
    yara.keyboard.press("Enter")
    expect(yara).to_have_url(re.compile("/$"))
    expect(yara.locator("#dock")).to_be_hidden()
    expect(host.locator("#stage .seat")).to_have_count(1)
    wait_to_hear(host)


def test_dialogs_and_menus_give_the_focus_back(host: Page) -> None:
    tab_to(host, "#bar [data-slot=share]")
    tab_to(host, "#bar [aria-haspopup=menu]")
    host.keyboard.press("Enter")
    expect(host.locator("[role=menuitem]:focus")).to_have_count(1)
    host.keyboard.press("ArrowDown")
    expect(host.locator("[role=menuitem]:focus")).to_have_count(1)
    host.keyboard.press("Escape")
    expect(host.locator("#bar [aria-haspopup=menu]")).to_be_focused()

    host.keyboard.press("?")
    expect(host.locator("dialog[open]")).to_have_count(1)
    host.keyboard.press("Escape")
    expect(host.locator("dialog[open]")).to_have_count(0)
    expect(host.locator("#bar [aria-haspopup=menu]")).to_be_focused()


@pytest.mark.parametrize("place", ["a.skip", "main a, main button"])
def test_page_shown_anew_by_the_browsers_clock_leaves_the_focus(open_page: Callable[..., Page], place: str) -> None:
    page = open_page()
    held: list[Route] = []
    page.route(
        lambda _: True, lambda route: held.append(route) if "hx-request" in route.request.headers else route.continue_()
    )
    with page.expect_request(lambda request: "hx-request" in request.headers):
        page.goto("/")
    tab_to(page, place)
    focused = page.evaluate("() => document.activeElement.outerHTML")
    held[0].continue_()
    expect(page.locator("[data-zoneless]")).to_have_count(0)
    # A page that was asked for puts the focus on its title, a moment after it is there.
    page.evaluate("() => new Promise((done) => setTimeout(done, 100))")
    assert page.evaluate("() => document.activeElement.outerHTML") == focused


def test_skip_link_leads_to_the_page(open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.goto("/")
    # By the clock of this browser: what is shown anew in the very moment of a Tab takes the focus with it.
    expect(page.locator("[data-zoneless]")).to_have_count(0)
    tab_to(page, "a.skip")
    page.keyboard.press("Enter")
    tab_to(page, "main a, main button")
